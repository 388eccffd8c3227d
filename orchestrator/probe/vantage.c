/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request after the other through a node's sshd, which connects for us. */
#include "orchestrator/probe/vantage.h"

#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"
#include "orchestrator/probe/relay.h"
#include "orchestrator/probe/request.h"
#include "orchestrator/probe/stall.h"

/* A node that cannot be logged in to is tried again after this, doubled up to the second. */
#define RETRY_MS 1000
#define RETRY_MAX_MS 10000

struct eye {
	struct tally *tally; /* NULL: never asked; under mutex */
	bool forbidden;	     /* under mutex */
	bool told;	     /* that it is the vantage point */
};

struct vantage {
	struct request_plan plan;
	struct vantage_config config;
	uint64_t interval_us;
	pthread_t thread;
	bool joined;
	pthread_mutex_t mutex;
	pthread_cond_t changed;	      /* wanted or ending */
	int wanted;		      /* under mutex */
	bool ending;		      /* under mutex */
	volatile sig_atomic_t cancel; /* ends waits of the session */
	struct eye *eyes;	      /* one per node */
	/* Of the thread alone: */
	CURLM *multi;
	struct relay relay;
	int node; /* that session is with, or was */
	struct session *session;
	struct stall stall;
	uint64_t retry_ms;
	/* A request that timed out: the service's failure only if the node itself is well. */
	bool doubted;
	struct tally_span doubt;
	char doubt_text[TALLY_TEXT_MAX];
};

static struct tally *tally_at(struct vantage *vantage)
{
	return vantage->eyes[vantage->node].tally;
}

static void tell(struct vantage *vantage, bool warning, const char *words)
{
	if (vantage->config.told)
		vantage->config.told(vantage->config.data, (size_t)vantage->node, warning, words);
}

static void look(struct vantage *vantage)
{
	uint64_t now = clock_monotonic_us(), stalled = stall_look(&vantage->stall, now);

	pthread_mutex_lock(&vantage->mutex);
	tally_looked(tally_at(vantage), now, stalled);
	pthread_mutex_unlock(&vantage->mutex);
}

static void note(struct vantage *vantage, const struct tally_span *span, enum tally_outcome outcome,
	const char *text)
{
	pthread_mutex_lock(&vantage->mutex);
	/* Only now, and where its end is counted: one that came to no end that says anything of the
	 * service would have to be taken back from a timeline that is read already. */
	tally_asked(tally_at(vantage), span->end_us);
	if (outcome == TALLY_GOOD)
		tally_good(tally_at(vantage), span);
	else
		tally_failed(tally_at(vantage), span, text);
	pthread_mutex_unlock(&vantage->mutex);
}

/* Not asked, or nobody knows how it ended: that says nothing of the service. */
static void note_unasked(struct vantage *vantage)
{
	uint64_t now = clock_monotonic_us();

	pthread_mutex_lock(&vantage->mutex);
	tally_skipped(tally_at(vantage), now, 1);
	pthread_mutex_unlock(&vantage->mutex);
}

static void drop_session(struct vantage *vantage)
{
	session_free(vantage->session);
	vantage->session = NULL;
	if (vantage->doubted)
		note_unasked(vantage);
	vantage->doubted = false;
}

/* Waits until the moment, or something else is wanted; false then. */
static bool rest_until(struct vantage *vantage, uint64_t moment_us)
{
	struct timespec moment = {
		.tv_sec = (time_t)(moment_us / 1000000),
		.tv_nsec = (long)(moment_us % 1000000) * 1000,
	};
	int result = 0;
	bool same;

	pthread_mutex_lock(&vantage->mutex);
	while (!vantage->ending && vantage->wanted == vantage->node && result == 0)
		result = pthread_cond_timedwait(&vantage->changed, &vantage->mutex, &moment);
	same = !vantage->ending && vantage->wanted == vantage->node;
	pthread_mutex_unlock(&vantage->mutex);
	return same;
}

/* The session is there again, so the node was well all the while: the service did not answer. */
static void settle_doubt(struct vantage *vantage)
{
	if (vantage->doubted)
		note(vantage, &vantage->doubt, TALLY_TIMEOUT, vantage->doubt_text);
	vantage->doubted = false;
}

/* True with a session. */
static bool open_session(struct vantage *vantage)
{
	CLEANUP(error_release) struct error err = {0};
	struct eye *eye = &vantage->eyes[vantage->node];
	int result;

	if (vantage->session)
		return true;
	result = vantage->config.open(vantage->config.data, (size_t)vantage->node, &vantage->cancel,
		&vantage->session, &err);
	if (result < 0) {
		drop_session(vantage);
		rest_until(vantage, clock_monotonic_us() + vantage->retry_ms * 1000);
		vantage->retry_ms =
			vantage->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : vantage->retry_ms * 2;
		return false;
	}
	vantage->retry_ms = RETRY_MS;
	settle_doubt(vantage);
	if (!eye->told)
		tell(vantage, false, "asks the floating IP too");
	eye->told = true;
	return true;
}

/* 1 when libcurl's bytes go to the node now, 0 when it has not connected yet. */
static int carry(struct vantage *vantage, struct tunnel *tunnel)
{
	int descriptor = relay_accept(&vantage->relay);

	if (descriptor < 0)
		return descriptor == -EAGAIN ? 0 : descriptor;
	return session_carry(tunnel, descriptor, NULL) < 0 ? -EIO : 1;
}

/* The request through the tunnel; TALLY_TIMEOUT past its time or when it must end. */
static enum tally_outcome transfer(
	struct vantage *vantage, struct tunnel *tunnel, CURL *handle, char *text)
{
	uint64_t limit_us = vantage->plan.timeout_ms * 1000;
	enum tally_outcome outcome = TALLY_TIMEOUT;
	int running = 1, carried = 0, ignored;
	CURLMsg *message = NULL;

	stall_begin(&vantage->stall, clock_monotonic_us());
	if (curl_multi_add_handle(vantage->multi, handle) != CURLM_OK)
		return TALLY_TIMEOUT;
	while (!vantage->cancel && carried >= 0) {
		look(vantage);
		curl_multi_perform(vantage->multi, &running);
		message = running ? NULL : curl_multi_info_read(vantage->multi, &ignored);
		if (!carried)
			carried = carry(vantage, tunnel);
		if (!running || request_age_us(handle, clock_monotonic_us(),
					tally_stalled_us(tally_at(vantage))) >= limit_us)
			break;
		stall_rest(&vantage->stall, clock_monotonic_us(), STALL_US);
		curl_multi_poll(vantage->multi, NULL, 0, STALL_US / 1000, NULL);
	}
	if (message && message->msg == CURLMSG_DONE)
		outcome = request_outcome(handle, message->data.result, text, TALLY_TEXT_MAX);
	else
		request_timeout_text(handle, text, TALLY_TEXT_MAX);
	curl_multi_remove_handle(vantage->multi, handle);
	return outcome;
}

static enum tally_outcome get(
	struct vantage *vantage, struct tunnel *tunnel, uint64_t start_us, char *text)
{
	const struct request_start start = {
		.at_us = start_us, .stalled_us = tally_stalled_us(tally_at(vantage))};
	CURL *handle = request_new(&vantage->plan, &start);
	enum tally_outcome outcome = TALLY_TIMEOUT;

	snprintf(text, TALLY_TEXT_MAX, "no memory");
	if (handle) {
		curl_easy_setopt(handle, CURLOPT_ABSTRACT_UNIX_SOCKET, vantage->relay.name);
		outcome = transfer(vantage, tunnel, handle, text);
		request_free(handle);
	}
	return outcome;
}

static void forbid(struct vantage *vantage, const struct error *err)
{
	pthread_mutex_lock(&vantage->mutex);
	vantage->eyes[vantage->node].forbidden = true;
	pthread_mutex_unlock(&vantage->mutex);
	tell(vantage, true, error_text(err));
}

/* Judged when there is a session again. */
static void doubt(struct vantage *vantage, const struct tally_span *span, const char *text)
{
	vantage->doubted = true;
	vantage->doubt = *span;
	snprintf(vantage->doubt_text, sizeof(vantage->doubt_text), "%s", text);
}

/* What the way through the node says. */
static void note_refusal(
	struct vantage *vantage, int result, const struct tally_span *span, const struct error *err)
{
	char text[TALLY_TEXT_MAX];

	switch (-result) {
	case ECONNREFUSED:
		note(vantage, span, TALLY_REFUSED, "connection refused");
		break;
	case EHOSTUNREACH:
	case ENETUNREACH:
		note(vantage, span, TALLY_OTHER, "no way to it");
		break;
	case EAGAIN:
		note(vantage, span, TALLY_OTHER, "its name cannot be resolved there");
		break;
	case EACCES:
		note_unasked(vantage);
		forbid(vantage, err);
		break;
	case ETIMEDOUT:
		snprintf(text, sizeof(text), "no connection within %llu ms",
			(unsigned long long)vantage->plan.timeout_ms);
		doubt(vantage, span, text);
		break;
	default:
		note_unasked(vantage);
		drop_session(vantage);
		break;
	}
}

static void ask(struct vantage *vantage)
{
	CLEANUP(cleanup_session_connection) struct tunnel *tunnel = NULL;
	struct tally_span span = {.start_us = clock_monotonic_us()};
	char text[TALLY_TEXT_MAX] = "";
	enum tally_outcome outcome = TALLY_GOOD;
	CLEANUP(error_release) struct error err = {0};
	int result;

	result = session_connect(vantage->session, vantage->plan.host, vantage->plan.port,
		vantage->plan.timeout_ms, &tunnel, &err);
	span.end_us = clock_monotonic_us();
	if (result < 0) {
		note_refusal(vantage, result, &span, &err);
	} else if (vantage->plan.connect_only) {
		note(vantage, &span, TALLY_GOOD, "");
	} else {
		outcome = get(vantage, tunnel, span.start_us, text);
		span.end_us = clock_monotonic_us();
		if (outcome == TALLY_TIMEOUT)
			doubt(vantage, &span, text);
		else
			note(vantage, &span, outcome, text);
	}
}

static void move(struct vantage *vantage, int node)
{
	struct eye *eye;

	if (vantage->session || vantage->doubted)
		drop_session(vantage);
	vantage->node = node;
	vantage->retry_ms = RETRY_MS;
	if (node == VANTAGE_NONE)
		return;
	eye = &vantage->eyes[node];
	pthread_mutex_lock(&vantage->mutex);
	if (!eye->tally)
		eye->tally = tally_new(clock_monotonic_us(), vantage->plan.slow_us);
	pthread_mutex_unlock(&vantage->mutex);
}

/* What is wanted now: a node or none; false when it is to end. */
static bool take_wanted(struct vantage *vantage, int *wanted)
{
	bool ending;

	pthread_mutex_lock(&vantage->mutex);
	while (!vantage->ending && vantage->wanted == VANTAGE_NONE && vantage->node == VANTAGE_NONE)
		pthread_cond_wait(&vantage->changed, &vantage->mutex);
	*wanted = vantage->wanted;
	ending = vantage->ending;
	if (!ending)
		vantage->cancel = 0;
	pthread_mutex_unlock(&vantage->mutex);
	return !ending;
}

static void *vantage_thread(void *argument)
{
	const uint64_t never_us = 3600 * 1000000ULL;
	struct vantage *vantage = argument;
	uint64_t next_us = 0;
	int wanted;

	while (take_wanted(vantage, &wanted)) {
		if (wanted != vantage->node) {
			move(vantage, wanted);
		} else if (vantage_is_forbidden(vantage, (size_t)wanted)) {
			drop_session(vantage);
			rest_until(vantage, clock_monotonic_us() + never_us);
		} else if (open_session(vantage) && rest_until(vantage, next_us)) {
			next_us = clock_monotonic_us() + vantage->interval_us;
			ask(vantage);
			/* A new one tells whether it was the node that did not answer. */
			if (vantage->doubted) {
				session_free(vantage->session);
				vantage->session = NULL;
			}
		}
	}
	drop_session(vantage);
	return NULL;
}

static void vantage_destroy(struct vantage *vantage)
{
	for (size_t i = 0; vantage->eyes && i < vantage->config.node_count; i++)
		tally_free(vantage->eyes[i].tally);
	free(vantage->eyes);
	curl_multi_cleanup(vantage->multi);
	relay_close(&vantage->relay);
	request_plan_clear(&vantage->plan);
	pthread_cond_destroy(&vantage->changed);
	pthread_mutex_destroy(&vantage->mutex);
	free(vantage);
}

static void cleanup_unstarted(struct vantage **vantage)
{
	if (*vantage)
		vantage_destroy(*vantage);
}

static struct vantage *make(const struct vantage_config *config)
{
	struct vantage *vantage = calloc(1, sizeof(*vantage));

	if (!vantage)
		return NULL;
	thread_condition(&vantage->changed);
	pthread_mutex_init(&vantage->mutex, NULL);
	vantage->config = *config;
	vantage->config.service = NULL;
	vantage->wanted = vantage->node = VANTAGE_NONE;
	vantage->eyes = calloc(config->node_count, sizeof(*vantage->eyes));
	vantage->multi = curl_multi_init();
	vantage->relay.listener = -1;
	return vantage;
}

int vantage_start(const struct vantage_config *config, struct vantage **result, struct error *err)
{
	CLEANUP(cleanup_unstarted) struct vantage *vantage = NULL;
	int number;

	if (!config->rate || config->rate > VANTAGE_RATE_MAX)
		return error_set(err, EINVAL,
			"%u requests per second from a node are not in 1 to %d", config->rate,
			VANTAGE_RATE_MAX);
	vantage = make(config);
	if (!vantage || !vantage->eyes || !vantage->multi)
		return error_set(err, ENOMEM, "no memory for a vantage point");
	number = request_plan_read(config->service, &vantage->plan, err);
	if (number < 0)
		return number;
	number = relay_open(&vantage->relay, err);
	if (number < 0)
		return number;
	vantage->interval_us = 1000000 / config->rate;
	number = thread_start(&vantage->thread, vantage_thread, vantage);
	if (number < 0)
		return error_system(err, -number, "cannot start a thread for a vantage point");
	*result = TAKE(vantage);
	return 0;
}

static void change(struct vantage *vantage, int wanted, bool ending)
{
	pthread_mutex_lock(&vantage->mutex);
	if (vantage->wanted != wanted || ending) {
		vantage->wanted = wanted;
		vantage->ending = ending;
		vantage->cancel = 1;
		pthread_cond_signal(&vantage->changed);
	}
	pthread_mutex_unlock(&vantage->mutex);
}

void vantage_move(struct vantage *vantage, int node)
{
	change(vantage, node, false);
}

bool vantage_is_forbidden(struct vantage *vantage, size_t node)
{
	bool forbidden;

	pthread_mutex_lock(&vantage->mutex);
	forbidden = vantage->eyes[node].forbidden;
	pthread_mutex_unlock(&vantage->mutex);
	return forbidden;
}

void vantage_snapshot(struct vantage *vantage, size_t node, struct tally_summary *summary)
{
	*summary = (struct tally_summary){0};
	pthread_mutex_lock(&vantage->mutex);
	if (vantage->eyes[node].tally)
		tally_summary(vantage->eyes[node].tally, summary);
	pthread_mutex_unlock(&vantage->mutex);
}

void vantage_between(
	struct vantage *vantage, uint64_t from_us, uint64_t to_us, uint64_t *good, uint64_t *failed)
{
	*good = *failed = 0;
	pthread_mutex_lock(&vantage->mutex);
	for (size_t i = 0; i < vantage->config.node_count; i++) {
		uint64_t good_here = 0, failed_here = 0;

		if (vantage->eyes[i].tally)
			tally_between(
				vantage->eyes[i].tally, from_us, to_us, &good_here, &failed_here);
		*good += good_here;
		*failed += failed_here;
	}
	pthread_mutex_unlock(&vantage->mutex);
}

size_t vantage_buckets(struct vantage *vantage, size_t node, uint64_t *cursor,
	struct timeline_bucket *buckets, size_t max)
{
	size_t count = 0;

	pthread_mutex_lock(&vantage->mutex);
	if (vantage->eyes[node].tally)
		count = tally_buckets(vantage->eyes[node].tally, clock_monotonic_us(),
			vantage->joined, cursor, buckets, max);
	pthread_mutex_unlock(&vantage->mutex);
	return count;
}

void vantage_stop(struct vantage *vantage)
{
	if (vantage->joined)
		return;
	change(vantage, VANTAGE_NONE, true);
	pthread_join(vantage->thread, NULL);
	pthread_mutex_lock(&vantage->mutex);
	vantage->joined = true;
	pthread_mutex_unlock(&vantage->mutex);
}

void vantage_free(struct vantage *vantage)
{
	if (!vantage)
		return;
	vantage_stop(vantage);
	vantage_destroy(vantage);
}
