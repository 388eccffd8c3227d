/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rounds of use over connections that libcurl's cache keeps; a local port tells which is which. */
#include "orchestrator/probe/held.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/clock.h"
#include "lib/base/thread.h"
#include "orchestrator/probe/request.h"

/* From one round to the next: of requests, and of looks at silent connections. */
#define USE_EVERY_US 1000000
#define LOOK_EVERY_US 200000
/* So many rounds without a connection that could be used again: the service keeps none. */
#define ROUNDS_UNHELD 3

/* A connection that is held. */
struct slot {
	bool open;
	bool original; /* from the first round */
	bool used;     /* in the round that is just going on */
	long port;     /* our end's */
	int socket;    /* of tcp; else -1 */
	uint64_t opened_us;
};

struct held {
	struct request_plan plan;
	struct held_config config;
	pthread_t thread;
	bool joined;
	atomic_bool stop;
	pthread_mutex_t mutex;
	struct held_summary sums; /* under mutex */
	/* Of the thread alone: */
	CURLM *multi;
	struct slot slots[HELD_MAX];
	CURL *handles[HELD_MAX]; /* under way */
	size_t handle_count;
	unsigned rounds;
	bool began;		      /* a round is over in which any was opened */
	bool reused;		      /* any was ever of use a second time */
	char trouble[TALLY_TEXT_MAX]; /* of a request that failed in this round */
};

static void count_open(struct held *held)
{
	unsigned open = 0, survivors = 0;

	for (size_t i = 0; i < held->config.count; i++) {
		open += held->slots[i].open;
		survivors += held->slots[i].open && held->slots[i].original;
	}
	pthread_mutex_lock(&held->mutex);
	held->sums.open = open;
	held->sums.survivors = survivors;
	pthread_mutex_unlock(&held->mutex);
}

static void close_slot(struct slot *slot)
{
	if (slot->socket >= 0)
		close(slot->socket);
	*slot = (struct slot){.socket = -1};
}

static void break_slot(struct held *held, struct slot *slot, const char *text)
{
	struct held_break broke = {.at_us = clock_monotonic_us(), .text = text};

	broke.age_us = broke.at_us - slot->opened_us;
	close_slot(slot);
	pthread_mutex_lock(&held->mutex);
	held->sums.broken++;
	pthread_mutex_unlock(&held->mutex);
	if (held->config.broke)
		held->config.broke(held->config.data, &broke);
}

/* The service said that it would be the last answer over this connection. */
static void end_slot(struct held *held, struct slot *slot)
{
	close_slot(slot);
	pthread_mutex_lock(&held->mutex);
	held->sums.ended++;
	pthread_mutex_unlock(&held->mutex);
}

/* The connection with that port, or a free place for it. */
static struct slot *slot_of(struct held *held, long port)
{
	struct slot *free_one = NULL;

	for (size_t i = 0; i < held->config.count; i++) {
		struct slot *slot = &held->slots[i];

		if (slot->open && slot->port == port)
			return slot;
		if (!slot->open && !free_one)
			free_one = slot;
	}
	return free_one;
}

/* The slots that this round's requests did not find again are broken. Before new ones are noted. */
static void note_lost(struct held *held)
{
	for (size_t i = 0; i < held->config.count; i++) {
		struct slot *slot = &held->slots[i];

		if (!slot->open || slot->used)
			continue;
		if (held->reused)
			break_slot(held, slot,
				*held->trouble ? held->trouble
					       : "closed or reset by the other end");
		else
			end_slot(held, slot); /* it may well keep none at all */
	}
}

static bool is_last(CURL *handle)
{
	long version = 0;

	curl_easy_getinfo(handle, CURLINFO_HTTP_VERSION, &version);
	return request_was_last(handle) || version == CURL_HTTP_VERSION_1_0;
}

/* What a request's end tells of its connection, kept until the round is over. */
struct end {
	long port; /* 0: it failed */
	bool last;
	int socket;
};

static void watch_silent(int socket)
{
	static const int on = 1, seconds = 1, tries = 5;

	(void)setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
	(void)setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
	(void)setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
}

static struct end end_of(struct held *held, CURL *handle, CURLcode code)
{
	char text[TALLY_TEXT_MAX];
	struct end end = {.socket = -1};
	curl_socket_t socket = CURL_SOCKET_BAD;

	/* A bad status is the probe's business: the connection carried it. */
	if (code != CURLE_OK) {
		request_outcome(handle, code, text, sizeof(text));
		memcpy(held->trouble, text, sizeof(held->trouble));
		return end;
	}
	curl_easy_getinfo(handle, CURLINFO_LOCAL_PORT, &end.port);
	end.last = !held->plan.connect_only && is_last(handle);
	if (!held->plan.connect_only)
		return end;
	curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket);
	/* libcurl closes its own descriptor with the handle. */
	end.socket = socket == CURL_SOCKET_BAD ? -1 : dup(socket);
	if (end.socket < 0)
		end.port = 0;
	else
		watch_silent(end.socket);
	return end;
}

static void drop(struct held *held, CURL *handle)
{
	for (size_t i = 0; i < held->handle_count; i++) {
		if (held->handles[i] == handle) {
			held->handles[i] = held->handles[--held->handle_count];
			break;
		}
	}
	curl_multi_remove_handle(held->multi, handle);
	request_free(handle);
}

static void begin(struct held *held, size_t count)
{
	const struct request_start start = {.at_us = clock_monotonic_us()};

	while (count--) {
		CURL *handle = request_new(&held->plan, &start);

		if (!handle)
			return;
		curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 0L);
		curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 0L);
		curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)held->plan.timeout_ms);
		if (curl_multi_add_handle(held->multi, handle) != CURLM_OK) {
			request_free(handle);
			return;
		}
		held->handles[held->handle_count++] = handle;
	}
}

/* Until all requests of the round have ended; how many did. */
static size_t finish(struct held *held, struct end *ends)
{
	size_t count = 0;
	CURLMsg *message;
	int ignored;

	while (held->handle_count && !atomic_load(&held->stop)) {
		curl_multi_perform(held->multi, &ignored);
		while ((message = curl_multi_info_read(held->multi, &ignored))) {
			CURL *handle = message->easy_handle;

			if (message->msg != CURLMSG_DONE)
				continue;
			ends[count++] = end_of(held, handle, message->data.result);
			drop(held, handle);
		}
		if (held->handle_count)
			curl_multi_poll(held->multi, NULL, 0, 1000, NULL);
	}
	while (held->handle_count)
		drop(held, held->handles[0]);
	return count;
}

static void note_new(struct held *held, const struct end *end)
{
	struct slot *slot = slot_of(held, end->port);

	if (!slot || slot->open) {
		if (end->socket >= 0)
			close(end->socket);
		return;
	}
	*slot = (struct slot){
		.open = true,
		.original = !held->began,
		.port = end->port,
		.socket = end->socket,
		.opened_us = clock_monotonic_us(),
	};
}

/* Whoever keeps no connection at all breaks none either. */
static void judge_unheld(struct held *held)
{
	bool unheld = !held->plan.connect_only && !held->reused && held->rounds >= ROUNDS_UNHELD;

	pthread_mutex_lock(&held->mutex);
	held->sums.unheld = unheld && held->sums.ended > 0;
	pthread_mutex_unlock(&held->mutex);
}

/* A GET over each; the slots say which connections are old. */
static void use(struct held *held)
{
	struct end ends[HELD_MAX];
	size_t count;

	held->trouble[0] = '\0';
	begin(held, held->config.count);
	count = finish(held, ends);
	if (atomic_load(&held->stop))
		return;
	for (size_t i = 0; i < held->config.count; i++)
		held->slots[i].used = false;
	for (size_t i = 0; i < count; i++) {
		struct slot *slot = ends[i].port ? slot_of(held, ends[i].port) : NULL;

		if (slot && slot->open)
			slot->used = held->reused = true;
	}
	note_lost(held);
	for (size_t i = 0; i < count; i++) {
		if (ends[i].port)
			note_new(held, &ends[i]);
		if (ends[i].port && ends[i].last)
			end_slot(held, slot_of(held, ends[i].port));
	}
	held->rounds++;
	judge_unheld(held);
}

/* Looks at the silent ones, and opens those that are missing. */
static void look(struct held *held)
{
	struct end ends[HELD_MAX];
	size_t missing = 0, count;
	char bytes[4096];

	for (size_t i = 0; i < held->config.count; i++) {
		struct slot *slot = &held->slots[i];
		ssize_t came =
			slot->open ? recv(slot->socket, bytes, sizeof(bytes), MSG_DONTWAIT) : -1;

		if (slot->open && came == 0)
			break_slot(held, slot, "closed by the other end");
		else if (slot->open && came < 0 && errno != EAGAIN && errno != EINTR)
			break_slot(held, slot, strerror(errno));
		missing += !slot->open;
	}
	begin(held, missing);
	count = finish(held, ends);
	for (size_t i = 0; i < count; i++) {
		if (ends[i].port)
			note_new(held, &ends[i]);
	}
	held->rounds++;
}

static void *held_thread(void *argument)
{
	struct held *held = argument;
	uint64_t every_us = held->plan.connect_only ? LOOK_EVERY_US : USE_EVERY_US;
	uint64_t next_us = clock_monotonic_us();
	struct held_summary sums;

	while (!atomic_load(&held->stop)) {
		uint64_t now_us = clock_monotonic_us();

		if (now_us < next_us) {
			curl_multi_poll(
				held->multi, NULL, 0, (int)((next_us - now_us + 999) / 1000), NULL);
			continue;
		}
		if (held->plan.connect_only)
			look(held);
		else
			use(held);
		count_open(held);
		held_snapshot(held, &sums);
		held->began = held->began || sums.open || sums.ended;
		next_us = now_us + every_us;
		if (sums.unheld)
			break;
	}
	return NULL;
}

static void held_destroy(struct held *held)
{
	for (size_t i = 0; i < held->config.count; i++)
		close_slot(&held->slots[i]);
	curl_multi_cleanup(held->multi);
	request_plan_clear(&held->plan);
	pthread_mutex_destroy(&held->mutex);
	free(held);
}

static void cleanup_unstarted(struct held **held)
{
	if (*held)
		held_destroy(*held);
}

int held_start(const struct held_config *config, struct held **result, struct error *err)
{
	CLEANUP(cleanup_unstarted) struct held *held = calloc(1, sizeof(*held));
	int number;

	if (!held)
		return error_set(err, ENOMEM, "no memory to hold connections");
	pthread_mutex_init(&held->mutex, NULL);
	if (!config->count || config->count > HELD_MAX)
		return error_set(err, EINVAL, "%u connections to hold are not in 1 to %d",
			config->count, HELD_MAX);
	number = request_plan_read(config->service, &held->plan, err);
	if (number < 0)
		return number;
	held->config = *config;
	held->config.service = NULL;
	held->sums.wanted = config->count;
	for (size_t i = 0; i < config->count; i++)
		held->slots[i].socket = -1;
	held->multi = curl_multi_init();
	if (!held->multi)
		return error_set(err, ENOMEM, "no memory to hold connections");
	curl_multi_setopt(held->multi, CURLMOPT_MAXCONNECTS, (long)config->count);
	number = thread_start(&held->thread, held_thread, held);
	if (number < 0)
		return error_system(err, -number, "cannot start a thread to hold connections");
	*result = TAKE(held);
	return 0;
}

void held_snapshot(struct held *held, struct held_summary *summary)
{
	pthread_mutex_lock(&held->mutex);
	*summary = held->sums;
	pthread_mutex_unlock(&held->mutex);
}

void held_stop(struct held *held)
{
	if (held->joined)
		return;
	atomic_store(&held->stop, true);
	curl_multi_wakeup(held->multi);
	pthread_join(held->thread, NULL);
	held->joined = true;
}

void held_free(struct held *held)
{
	if (!held)
		return;
	held_stop(held);
	held_destroy(held);
}
