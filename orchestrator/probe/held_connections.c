/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rounds of use, each connection in a libcurl cache of its own; its local port tells it from
 * others. */
#include "orchestrator/probe/held_connections.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "lib/base/clock.h"
#include "lib/base/thread.h"
#include "orchestrator/probe/request.h"

/* From one round to the next: of requests, and of looks at silent connections. */
#define USE_EVERY_US 1000000
#define LOOK_EVERY_US 200000
/* The longest rest while requests are under way. */
#define REST_US 20000
/* So many rounds without a connection that could be used again: the service keeps none. */
#define ROUNDS_UNHELD 3

/* What a request's end tells of its connection. */
struct end {
	long port; /* 0: it failed */
	bool last;
	int socket;
	char text[TALLY_TEXT_MAX]; /* why it failed */
};

/* A connection that is held. */
struct slot {
	CURLM *multi;
	bool open;
	bool original; /* from the first round */
	long port;     /* our end's */
	int socket;    /* of tcp; else -1 */
	uint64_t opened_us;
	CURL *handle; /* of its request while that is under way */
	bool answered;
	struct end end; /* of the request, once answered */
};

struct held_connections {
	struct request_plan plan;
	struct held_connections_config config;
	pthread_t thread;
	bool joined;
	atomic_bool stop;
	atomic_bool leaving; /* connections are to be let go, or have been */
	CURLM *rest;	     /* without a request, to be woken up by */
	pthread_mutex_t mutex;
	struct held_connections_summary sums; /* under mutex */
	/* Of the thread alone: */
	struct slot slots[HELD_CONNECTIONS_MAX];
	unsigned rounds;
	bool left;	   /* all have been let go */
	unsigned finished; /* first ones that were let go unbroken */
	bool began;	   /* a round is over in which any was opened */
	bool reused;	   /* any was ever of use a second time */
};

/* Of one connection. NULL without memory. */
static CURLM *new_cache(void)
{
	CURLM *multi = curl_multi_init();

	if (multi)
		curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1L);
	return multi;
}

/* All at the same moment: one that broke is not open any more. */
static void publish(struct held_connections *held, unsigned broke, unsigned ended)
{
	unsigned open = 0, survivors = held->finished;

	for (size_t i = 0; i < held->config.count; i++) {
		open += held->slots[i].open;
		survivors += held->slots[i].open && held->slots[i].original;
	}
	pthread_mutex_lock(&held->mutex);
	held->sums.open = open;
	held->sums.survivors = survivors;
	held->sums.broken += broke;
	held->sums.ended += ended;
	pthread_mutex_unlock(&held->mutex);
}

static void close_slot(struct slot *slot)
{
	if (slot->socket >= 0)
		close(slot->socket);
	slot->open = slot->original = false;
	slot->socket = -1;
}

static void break_slot(struct held_connections *held, struct slot *slot, const char *text)
{
	struct held_connections_break broke = {.at_us = clock_monotonic_us(), .text = text};

	broke.age_us = broke.at_us - slot->opened_us;
	close_slot(slot);
	publish(held, 1, 0);
	if (held->config.broke)
		held->config.broke(held->config.data, &broke);
}

/* The service said that it would be the last answer over this connection. */
static void end_slot(struct held_connections *held, struct slot *slot)
{
	close_slot(slot);
	publish(held, 0, 1);
}

static bool is_last(CURL *handle)
{
	long version = 0;

	curl_easy_getinfo(handle, CURLINFO_HTTP_VERSION, &version);
	return request_was_last(handle) || version == CURL_HTTP_VERSION_1_0;
}

static void watch_silent(int socket)
{
	static const int on = 1, seconds = 1, tries = 5;

	(void)setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
	(void)setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
	(void)setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
}

static void read_end(struct held_connections *held, CURL *handle, CURLcode code, struct end *end)
{
	curl_socket_t socket = CURL_SOCKET_BAD;

	/* A bad status is the probe's business: the connection carried it. */
	if (code != CURLE_OK) {
		request_outcome(handle, code, end->text, sizeof(end->text));
		return;
	}
	curl_easy_getinfo(handle, CURLINFO_LOCAL_PORT, &end->port);
	end->last = !held->plan.connect_only && is_last(handle);
	if (!held->plan.connect_only)
		return;
	curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket);
	/* libcurl closes its own descriptor with the handle. */
	end->socket = socket == CURL_SOCKET_BAD ? -1 : dup(socket);
	if (end->socket < 0)
		end->port = 0;
	else
		watch_silent(end->socket);
}

/* A request, or only a connection, in the slot's own cache. */
static void begin(struct held_connections *held, struct slot *slot)
{
	const struct request_start start = {.at_us = clock_monotonic_us()};
	CURL *handle = slot->multi ? request_new(&held->plan, &start) : NULL;

	if (!handle)
		return;
	curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 0L);
	curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 0L);
	curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)held->plan.timeout_ms);
	curl_multi_add_handle(slot->multi, handle);
	slot->handle = handle;
}

static void drop_request(struct slot *slot)
{
	if (!slot->handle)
		return;
	curl_multi_remove_handle(slot->multi, slot->handle);
	request_free(TAKE(slot->handle));
}

static void go_on(struct held_connections *held, struct slot *slot)
{
	const CURLMsg *message;
	int running = 0, ignored;

	curl_multi_perform(slot->multi, &running);
	if (running)
		return;
	message = curl_multi_info_read(slot->multi, &ignored);
	slot->end = (struct end){.socket = -1};
	slot->answered = message && message->msg == CURLMSG_DONE;
	if (slot->answered)
		read_end(held, slot->handle, message->data.result, &slot->end);
	drop_request(slot);
}

/* What is ready of all that is under way; libcurl's own timers are looked at now and then. */
static void await_any(fd_set *sets, int highest)
{
	struct timeval rest = {.tv_usec = REST_US};

	select(highest + 1, &sets[0], &sets[1], &sets[2], &rest);
}

/*
 * All requests at the same time, each to its end: a round lasts no longer than the slowest of them,
 * and that no longer than a time-out.
 */
static void exchange(struct held_connections *held)
{
	bool busy = true;

	while (busy && !atomic_load(&held->stop)) {
		fd_set sets[3];
		int highest = -1;

		for (size_t i = 0; i < 3; i++)
			FD_ZERO(&sets[i]);
		busy = false;
		for (size_t i = 0; i < held->config.count; i++) {
			struct slot *slot = &held->slots[i];
			int own = -1;

			if (slot->handle)
				go_on(held, slot);
			if (!slot->handle)
				continue;
			busy = true;
			/* Descriptors that no set can hold are left out. */
			curl_multi_fdset(slot->multi, &sets[0], &sets[1], &sets[2], &own);
			highest = own > highest ? own : highest;
		}
		if (busy)
			await_any(sets, highest);
	}
	for (size_t i = 0; i < held->config.count; i++)
		drop_request(&held->slots[i]);
}

static void note_new(struct held_connections *held, struct slot *slot, const struct end *end)
{
	slot->open = true;
	slot->original = !held->began;
	slot->port = end->port;
	slot->socket = end->socket;
	slot->opened_us = clock_monotonic_us();
}

/* Whoever keeps no connection at all breaks none either. */
static void judge_unheld(struct held_connections *held)
{
	bool unheld = !held->plan.connect_only && !held->reused && held->rounds >= ROUNDS_UNHELD;

	pthread_mutex_lock(&held->mutex);
	held->sums.unheld = unheld && held->sums.ended > 0;
	pthread_mutex_unlock(&held->mutex);
}

/* A GET came to its end; libcurl opens a new connection when the old one is of no use any more. */
static void judge_used(struct held_connections *held, struct slot *slot)
{
	const struct end *end = &slot->end;

	if (slot->open && slot->port != end->port) {
		/* It may well keep none at all. */
		if (held->reused)
			break_slot(held, slot,
				*end->text ? end->text : "closed or reset by the other end");
		else
			end_slot(held, slot);
	}
	if (end->port && !slot->open)
		note_new(held, slot, end);
	if (end->last)
		end_slot(held, slot);
}

/* Has a silent one ended? */
static void look(struct held_connections *held, struct slot *slot)
{
	char bytes[4096];
	ssize_t came;

	if (!slot->open)
		return;
	came = recv(slot->socket, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (came == 0)
		break_slot(held, slot, "closed by the other end");
	else if (came < 0 && errno != EAGAIN && errno != EINTR)
		break_slot(held, slot, strerrordesc_np(errno));
}

/* Uses all of them, or opens those that are missing. */
static void go_round(struct held_connections *held)
{
	const bool silent = held->plan.connect_only;

	for (size_t i = 0; i < held->config.count; i++) {
		struct slot *slot = &held->slots[i];

		if (silent)
			look(held, slot);
		slot->answered = false;
		if (!silent || !slot->open)
			begin(held, slot);
	}
	exchange(held);
	for (size_t i = 0; i < held->config.count && !silent; i++) {
		const struct slot *slot = &held->slots[i];

		if (slot->answered && slot->open && slot->port == slot->end.port)
			held->reused = true;
	}
	for (size_t i = 0; i < held->config.count; i++) {
		struct slot *slot = &held->slots[i];

		if (slot->answered && silent && slot->end.port)
			note_new(held, slot, &slot->end);
		else if (slot->answered && !silent)
			judge_used(held, slot);
	}
	if (atomic_load(&held->stop))
		return;
	held->rounds++;
	judge_unheld(held);
}

static void let_go(struct held_connections *held)
{
	for (size_t i = 0; i < held->config.count; i++) {
		struct slot *slot = &held->slots[i];

		if (!slot->open)
			continue;
		held->finished += slot->original;
		close_slot(slot);
		/* What libcurl keeps goes with its cache. */
		curl_multi_cleanup(slot->multi);
		slot->multi = new_cache();
	}
	held->left = true;
}

static void *held_thread(void *argument)
{
	struct held_connections *held = argument;
	uint64_t every_us = held->plan.connect_only ? LOOK_EVERY_US : USE_EVERY_US;
	uint64_t next_us = clock_monotonic_us();
	struct held_connections_summary sums;

	while (!atomic_load(&held->stop)) {
		uint64_t now_us = clock_monotonic_us();
		bool leaving = atomic_load(&held->leaving);

		if (leaving ? held->left : now_us < next_us) {
			curl_multi_poll(held->rest, NULL, 0,
				leaving ? 1000 : (int)((next_us - now_us + 999) / 1000), NULL);
			held->left = held->left && leaving;
			continue;
		}
		held->left = false;
		go_round(held);
		if (leaving && !atomic_load(&held->stop))
			let_go(held);
		publish(held, 0, 0);
		held_connections_snapshot(held, &sums);
		held->began = held->began || sums.open || sums.ended || held->left;
		next_us = now_us + every_us;
		if (sums.unheld)
			break;
	}
	return NULL;
}

static void held_destroy(struct held_connections *held)
{
	for (size_t i = 0; i < held->config.count; i++) {
		close_slot(&held->slots[i]);
		curl_multi_cleanup(held->slots[i].multi);
	}
	curl_multi_cleanup(held->rest);
	request_plan_clear(&held->plan);
	pthread_mutex_destroy(&held->mutex);
	free(held);
}

static void cleanup_unstarted(struct held_connections **held)
{
	if (*held)
		held_destroy(*held);
}

int held_connections_start(const struct held_connections_config *config,
	struct held_connections **result, struct error *err)
{
	CLEANUP(cleanup_unstarted) struct held_connections *held = calloc(1, sizeof(*held));
	int number;

	if (!held)
		return error_set(err, ENOMEM, "no memory to hold connections");
	pthread_mutex_init(&held->mutex, NULL);
	if (!config->count || config->count > HELD_CONNECTIONS_MAX)
		return error_set(err, EINVAL, "%u connections to hold are not in 1 to %d",
			config->count, HELD_CONNECTIONS_MAX);
	number = request_plan_read(config->service, &held->plan, err);
	if (number < 0)
		return number;
	held->config = *config;
	held->config.service = NULL;
	held->sums.wanted = config->count;
	for (size_t i = 0; i < config->count; i++) {
		struct slot *slot = &held->slots[i];

		slot->socket = -1;
		slot->multi = new_cache();
	}
	held->rest = curl_multi_init();
	if (!held->rest || !held->slots[config->count - 1].multi)
		return error_set(err, ENOMEM, "no memory to hold connections");
	number = thread_start(&held->thread, held_thread, held);
	if (number < 0)
		return error_system(err, -number, "cannot start a thread to hold connections");
	*result = TAKE(held);
	return 0;
}

void held_connections_snapshot(
	struct held_connections *held, struct held_connections_summary *summary)
{
	pthread_mutex_lock(&held->mutex);
	*summary = held->sums;
	pthread_mutex_unlock(&held->mutex);
}

void held_connections_let_go(struct held_connections *held)
{
	if (!atomic_exchange(&held->leaving, true))
		curl_multi_wakeup(held->rest);
}

void held_connections_go_on(struct held_connections *held)
{
	if (atomic_exchange(&held->leaving, false))
		curl_multi_wakeup(held->rest);
}

void held_connections_stop(struct held_connections *held)
{
	if (held->joined)
		return;
	atomic_store(&held->stop, true);
	curl_multi_wakeup(held->rest);
	pthread_join(held->thread, NULL);
	held->joined = true;
}

void held_connections_free(struct held_connections *held)
{
	if (!held)
		return;
	held_connections_stop(held);
	held_destroy(held);
}
