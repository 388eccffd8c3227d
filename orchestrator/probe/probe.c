/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probe's thread: starts requests by the clock, and notes how each ended. */
#include "orchestrator/probe/probe.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "lib/base/clock.h"
#include "lib/base/thread.h"
#include "lib/base/vector.h"
#include "orchestrator/probe/request.h"
#include "orchestrator/probe/stall.h"

#define RATE_DEFAULT 100
/* A thread that could not run for longer than this does not make up for it by a burst. */
#define LATE_MAX_US 200000
/* The probe's thread among all of this machine's: what measures should not wait itself. */
#define NICENESS (-10)

enum mode {
	PROBE_ASKING,
	PROBE_FINISHING, /* no new requests; ends with the last outstanding one */
	PROBE_ENDING,	 /* at once */
};

struct probe {
	struct request_plan plan;
	uint64_t interval_us;
	size_t outstanding_max;
	pthread_t thread;
	bool joined;
	_Atomic int mode; /* enum mode */
	int wake;	  /* eventfd: mode has changed */
	pthread_mutex_t mutex;
	struct tally *tally; /* under mutex */
	uint64_t ended_us;   /* when it was told to end; 0: not yet; under mutex */
	/* Of the thread alone: */
	CURLM *multi;
	CURL **handles; /* outstanding */
	size_t handle_count;
	uint64_t next_us; /* when the next request is due */
	struct stall stall;
	uint64_t expires_us; /* no request times out earlier */
};

static void forget(struct probe *probe, CURL *handle)
{
	for (size_t i = 0; i < probe->handle_count; i++) {
		if (probe->handles[i] == handle) {
			probe->handles[i] = probe->handles[--probe->handle_count];
			break;
		}
	}
	curl_multi_remove_handle(probe->multi, handle);
	request_free(handle);
}

static void skip(struct probe *probe, uint64_t now_us, uint64_t count)
{
	pthread_mutex_lock(&probe->mutex);
	tally_skipped(probe->tally, now_us, count);
	pthread_mutex_unlock(&probe->mutex);
}

static void ask(struct probe *probe)
{
	struct request_start start = {.at_us = clock_monotonic_us()};
	uint64_t expires_us = start.at_us + probe->plan.timeout_ms * 1000;
	CURL *handle = NULL;

	/* Only this thread changes it. */
	start.stalled_us = tally_stalled_us(probe->tally);
	if (probe->handle_count < probe->outstanding_max)
		handle = request_new(&probe->plan, &start);
	if (!handle || curl_multi_add_handle(probe->multi, handle) != CURLM_OK) {
		request_free(handle);
		skip(probe, start.at_us, 1);
		return;
	}
	if (!probe->handle_count || expires_us < probe->expires_us)
		probe->expires_us = expires_us;
	*VECTOR_APPEND(probe->handles, probe->handle_count) = handle;
	pthread_mutex_lock(&probe->mutex);
	tally_asked(probe->tally, start.at_us);
	pthread_mutex_unlock(&probe->mutex);
}

static void ask_what_is_due(struct probe *probe)
{
	uint64_t now = clock_monotonic_us();

	if (now > probe->next_us + LATE_MAX_US) {
		uint64_t missed = (now - probe->next_us) / probe->interval_us;

		if (missed)
			skip(probe, now, missed);
		probe->next_us += missed * probe->interval_us;
	}
	while (probe->next_us <= now) {
		ask(probe);
		probe->next_us += probe->interval_us;
	}
}

static void note_end(
	struct probe *probe, CURL *handle, enum tally_outcome outcome, const char *text)
{
	const struct request_start *start = request_begun(handle);
	struct tally_span span = {
		.start_us = start->at_us,
		.end_us = clock_monotonic_us(),
		.stalled_us = tally_stalled_us(probe->tally) - start->stalled_us,
	};

	pthread_mutex_lock(&probe->mutex);
	if (outcome == TALLY_GOOD)
		tally_good(probe->tally, &span);
	else
		tally_failed(probe->tally, &span, text);
	pthread_mutex_unlock(&probe->mutex);
}

static void note_answers(struct probe *probe)
{
	char text[TALLY_TEXT_MAX];
	enum tally_outcome outcome;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(probe->multi, &left))) {
		/* The message goes with its handle. */
		CURL *handle = message->easy_handle;

		if (message->msg != CURLMSG_DONE)
			continue;
		outcome = request_outcome(handle, message->data.result, text, sizeof(text));
		note_end(probe, handle, outcome, text);
		forget(probe, handle);
	}
}

/* After the answers that came have been read: one that lay there during a stall is not late. */
static void note_timeouts(struct probe *probe)
{
	uint64_t now = clock_monotonic_us(), limit = probe->plan.timeout_ms * 1000;
	uint64_t stalled = tally_stalled_us(probe->tally);
	char text[TALLY_TEXT_MAX];
	size_t i = 0;

	if (now < probe->expires_us)
		return;
	/* A stall since look(): what came meanwhile is still to be read. */
	if (now > probe->stall.looked_us + STALL_US)
		stalled += now - probe->stall.looked_us;
	probe->expires_us = UINT64_MAX;
	while (i < probe->handle_count) {
		CURL *handle = probe->handles[i];
		uint64_t age = request_age_us(handle, now, stalled);

		if (age >= limit) {
			request_timeout_text(handle, text, sizeof(text));
			note_end(probe, handle, TALLY_TIMEOUT, text);
			forget(probe, handle); /* puts the last one in its place */
			continue;
		}
		if (now + (limit - age) < probe->expires_us)
			probe->expires_us = now + (limit - age);
		i++;
	}
}

/* Was this thread let run when it wanted to? */
static void look(struct probe *probe)
{
	uint64_t now = clock_monotonic_us();
	uint64_t stalled = stall_look(&probe->stall, now);

	pthread_mutex_lock(&probe->mutex);
	/* Who does not ask any more measures no gap. */
	tally_looked(probe->tally, probe->ended_us ?: now, stalled);
	pthread_mutex_unlock(&probe->mutex);
}

/* How long it may rest. */
static uint64_t leisure_us(const struct probe *probe, uint64_t now)
{
	uint64_t left = probe->next_us > now ? probe->next_us - now : 0;

	if (atomic_load(&probe->mode) != PROBE_ASKING)
		left = 1000000;
	return probe->handle_count && left > STALL_US ? STALL_US : left;
}

/* Until a socket moves, the next request is due, or the mode changes. */
static void rest(struct probe *probe)
{
	struct curl_waitfd wake = {.fd = probe->wake, .events = CURL_WAIT_POLLIN};
	uint64_t now = clock_monotonic_us();
	uint64_t left = leisure_us(probe, now);

	stall_rest(&probe->stall, now, left);
	curl_multi_poll(probe->multi, &wake, 1, (int)((left + 999) / 1000), NULL);
}

static void *probe_thread(void *argument)
{
	struct probe *probe = argument;
	int running;

	/* As good as it gets: only root may. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
	for (;;) {
		int mode = atomic_load(&probe->mode);

		if (mode == PROBE_ENDING || (mode == PROBE_FINISHING && !probe->handle_count))
			break;
		if (mode == PROBE_ASKING)
			ask_what_is_due(probe);
		else
			/* Seen: or the eventfd would keep us from resting. */
			eventfd_read(probe->wake, &(eventfd_t){0});
		look(probe);
		curl_multi_perform(probe->multi, &running);
		note_answers(probe);
		note_timeouts(probe);
		if (mode == PROBE_FINISHING && !probe->handle_count)
			break;
		rest(probe);
	}
	while (probe->handle_count)
		forget(probe, probe->handles[0]);
	return NULL;
}

/* Half of the descriptors this process may have: the others are for the rest of the program. */
static size_t outstanding_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > 2 * TALLY_RECENT_MAX)
		return TALLY_RECENT_MAX;
	return limit.rlim_cur / 2;
}

static void probe_destroy(struct probe *probe)
{
	curl_multi_cleanup(probe->multi);
	request_plan_clear(&probe->plan);
	tally_free(probe->tally);
	pthread_mutex_destroy(&probe->mutex);
	if (probe->wake >= 0)
		close(probe->wake);
	free(probe->handles);
	free(probe);
}

static void cleanup_unstarted(struct probe **probe)
{
	if (*probe)
		probe_destroy(*probe);
}

static void set_up_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

int probe_start(const struct probe_config *config, struct probe **result, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	CLEANUP(cleanup_unstarted) struct probe *probe = NULL;
	unsigned rate = config->rate ? config->rate : RATE_DEFAULT;
	int number;

	if (rate > PROBE_RATE_MAX)
		return error_set(err, EINVAL, "probe rate %u per second is above the limit of %d",
			rate, PROBE_RATE_MAX);
	pthread_once(&once, set_up_curl);
	probe = calloc(1, sizeof(*probe));
	if (!probe)
		return error_set(err, ENOMEM, "no memory for a probe");
	pthread_mutex_init(&probe->mutex, NULL);
	probe->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	number = request_plan_read(config, &probe->plan, err);
	if (number < 0)
		return number;
	probe->plan.reset = rate > PROBE_LINGER_RATE;
	probe->interval_us = 1000000 / rate;
	probe->outstanding_max = outstanding_limit();
	probe->next_us = clock_monotonic_us();
	stall_begin(&probe->stall, probe->next_us);
	probe->tally = tally_new(probe->next_us, probe->plan.slow_us);
	probe->multi = curl_multi_init();
	if (!probe->multi || probe->wake < 0)
		return error_set(err, ENOMEM, "no memory or descriptors for a probe");
	number = thread_start(&probe->thread, probe_thread, probe);
	if (number < 0)
		return error_system(err, -number, "cannot start the probe's thread");
	*result = TAKE(probe);
	return 0;
}

void probe_snapshot(struct probe *probe, struct tally_summary *summary)
{
	pthread_mutex_lock(&probe->mutex);
	tally_summary(probe->tally, summary);
	pthread_mutex_unlock(&probe->mutex);
}

size_t probe_buckets(
	struct probe *probe, uint64_t *cursor, struct timeline_bucket *buckets, size_t max)
{
	size_t count;

	pthread_mutex_lock(&probe->mutex);
	count = tally_buckets(probe->tally, probe->ended_us ?: clock_monotonic_us(), probe->joined,
		cursor, buckets, max);
	pthread_mutex_unlock(&probe->mutex);
	return count;
}

uint64_t probe_good_since(struct probe *probe, uint64_t since_us)
{
	uint64_t good;

	pthread_mutex_lock(&probe->mutex);
	good = tally_good_since(probe->tally, since_us);
	pthread_mutex_unlock(&probe->mutex);
	return good;
}

static void end(struct probe *probe, enum mode mode)
{
	if (probe->joined)
		return;
	/* Before the last answers are awaited. */
	pthread_mutex_lock(&probe->mutex);
	probe->ended_us = clock_monotonic_us();
	pthread_mutex_unlock(&probe->mutex);
	atomic_store(&probe->mode, mode);
	eventfd_write(probe->wake, 1);
	pthread_join(probe->thread, NULL);
	pthread_mutex_lock(&probe->mutex);
	probe->joined = true;
	pthread_mutex_unlock(&probe->mutex);
}

void probe_stop(struct probe *probe, struct tally_summary *summary)
{
	end(probe, PROBE_FINISHING);
	if (summary)
		probe_snapshot(probe, summary);
}

void probe_free(struct probe *probe)
{
	if (!probe)
		return;
	end(probe, PROBE_ENDING);
	probe_destroy(probe);
}
