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

#define RATE_DEFAULT 100
#define TIMEOUT_DEFAULT_MS 5000
#define SLOW_DEFAULT_MS 200
#define TIMEOUT_MAX_MS 60000
/* A thread that could not run for longer than this does not make up for it by a burst. */
#define LATE_MAX_US 1000000

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

static void skip(struct probe *probe, uint64_t count)
{
	pthread_mutex_lock(&probe->mutex);
	tally_skipped(probe->tally, count);
	pthread_mutex_unlock(&probe->mutex);
}

static void ask(struct probe *probe)
{
	CURL *handle = NULL;

	if (probe->handle_count < probe->outstanding_max)
		handle = request_new(&probe->plan, clock_monotonic_us());
	if (!handle || curl_multi_add_handle(probe->multi, handle) != CURLM_OK) {
		request_free(handle);
		skip(probe, 1);
		return;
	}
	*VECTOR_APPEND(probe->handles, probe->handle_count) = handle;
	pthread_mutex_lock(&probe->mutex);
	tally_asked(probe->tally);
	pthread_mutex_unlock(&probe->mutex);
}

static void ask_what_is_due(struct probe *probe)
{
	uint64_t now = clock_monotonic_us();

	if (now > probe->next_us + LATE_MAX_US) {
		uint64_t missed = (now - probe->next_us) / probe->interval_us;

		skip(probe, missed);
		probe->next_us += missed * probe->interval_us;
	}
	while (probe->next_us <= now) {
		ask(probe);
		probe->next_us += probe->interval_us;
	}
}

static void note_end(struct probe *probe, CURL *handle, CURLcode code)
{
	char text[TALLY_TEXT_MAX];
	enum tally_outcome outcome = request_outcome(handle, code, text, sizeof(text));
	uint64_t start = request_start_us(handle);
	uint64_t end = clock_monotonic_us();

	pthread_mutex_lock(&probe->mutex);
	if (outcome == TALLY_GOOD)
		tally_good(probe->tally, start, end);
	else
		tally_failed(probe->tally, start, end, outcome, text);
	pthread_mutex_unlock(&probe->mutex);
}

static void note_answers(struct probe *probe)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(probe->multi, &left))) {
		/* The message goes with its handle. */
		CURL *handle = message->easy_handle;

		if (message->msg != CURLMSG_DONE)
			continue;
		note_end(probe, handle, message->data.result);
		forget(probe, handle);
	}
}

/* Until a socket moves, the next request is due, or the mode changes. */
static void rest(struct probe *probe)
{
	struct curl_waitfd wake = {.fd = probe->wake, .events = CURL_WAIT_POLLIN};
	uint64_t now = clock_monotonic_us();
	uint64_t left = probe->next_us > now ? probe->next_us - now : 0;
	int timeout = (int)(left / 1000);

	if (atomic_load(&probe->mode) != PROBE_ASKING)
		timeout = 1000;
	else if (left > 0 && timeout == 0)
		timeout = 1;
	curl_multi_poll(probe->multi, &wake, 1, timeout, NULL);
}

static void *probe_thread(void *argument)
{
	struct probe *probe = argument;
	int running;

	for (;;) {
		int mode = atomic_load(&probe->mode);

		if (mode == PROBE_ENDING || (mode == PROBE_FINISHING && !probe->handle_count))
			break;
		if (mode == PROBE_ASKING)
			ask_what_is_due(probe);
		else
			/* Seen: or the eventfd would keep us from resting. */
			eventfd_read(probe->wake, &(eventfd_t){0});
		curl_multi_perform(probe->multi, &running);
		note_answers(probe);
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

static int check_config(const struct probe_config *config, struct error *err)
{
	if (!config->url || !*config->url)
		return error_set(err, EINVAL, "the probe has no url to ask");
	if (config->rate > PROBE_RATE_MAX)
		return error_set(err, EINVAL, "probe rate %u per second is above the limit of %d",
			config->rate, PROBE_RATE_MAX);
	if (config->timeout_ms > TIMEOUT_MAX_MS)
		return error_set(err, EINVAL, "probe timeout %llu ms is above the limit of %d ms",
			(unsigned long long)config->timeout_ms, TIMEOUT_MAX_MS);
	return 0;
}

int probe_start(const struct probe_config *config, struct probe **result, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	CLEANUP(cleanup_unstarted) struct probe *probe = NULL;
	unsigned rate = config->rate ? config->rate : RATE_DEFAULT;
	uint64_t slow_ms = config->slow_ms ? config->slow_ms : SLOW_DEFAULT_MS;
	int number = check_config(config, err);

	if (number < 0)
		return number;
	pthread_once(&once, set_up_curl);
	probe = calloc(1, sizeof(*probe));
	if (!probe)
		return error_set(err, ENOMEM, "no memory for a probe");
	pthread_mutex_init(&probe->mutex, NULL);
	probe->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	number = request_plan_read(config->url, &probe->plan, err);
	if (number < 0)
		return number;
	probe->plan.timeout_ms = config->timeout_ms ? config->timeout_ms : TIMEOUT_DEFAULT_MS;
	probe->plan.reset = rate > PROBE_LINGER_RATE;
	probe->interval_us = 1000000 / rate;
	probe->outstanding_max = outstanding_limit();
	probe->next_us = clock_monotonic_us();
	probe->tally = tally_new(probe->next_us, slow_ms * 1000);
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
	tally_summary(
		probe->tally, probe->ended_us ? probe->ended_us : clock_monotonic_us(), summary);
	pthread_mutex_unlock(&probe->mutex);
}

uint64_t probe_good_since(struct probe *probe, uint64_t since_us)
{
	uint64_t good;

	pthread_mutex_lock(&probe->mutex);
	good = tally_good_since(probe->tally, since_us);
	pthread_mutex_unlock(&probe->mutex);
	return good;
}

struct tally_failure *probe_failures(struct probe *probe, size_t *count)
{
	struct tally_failure *failures;

	pthread_mutex_lock(&probe->mutex);
	failures = tally_failures(probe->tally, count);
	pthread_mutex_unlock(&probe->mutex);
	return failures;
}

static void end(struct probe *probe, enum mode mode)
{
	if (probe->joined)
		return;
	/* Before the last answers are awaited: who does not ask any more measures no gap. */
	pthread_mutex_lock(&probe->mutex);
	probe->ended_us = clock_monotonic_us();
	pthread_mutex_unlock(&probe->mutex);
	atomic_store(&probe->mode, mode);
	eventfd_write(probe->wake, 1);
	pthread_join(probe->thread, NULL);
	probe->joined = true;
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
