/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts a vantage point and held connections beside the probe. */
#include "orchestrator/step/watch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/base/clock.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/probe/vantage.h"

/* A node's evidence is of the same moment when its request began that close to the probe's. */
#define SAME_MOMENT_US 500000ULL
/* A login for the vantage point may not take longer: its evidence is wanted now. */
#define LOGIN_MS 5000

struct watch {
	struct run_context *run;
	struct vantage *vantage;       /* NULL: not wanted, or impossible */
	struct held_connections *held; /* likewise */
	bool stopped;
	int node;  /* the vantage point's; of the run's thread */
	int asked; /* the newest vantage point; VANTAGE_NONE: none yet */
	uint64_t cursors[CLUSTER_NODES_MAX];
	pthread_mutex_t mutex;
	struct text trouble;	 /* under mutex */
	const struct step *step; /* the newest that began; under mutex */
	struct text breaks;	 /* how held connections broke; under mutex */
};

void watch_config(const struct cluster_probe *given, struct probe_config *config, char **tcp)
{
	*tcp = NULL;
	*config = (struct probe_config){
		.url = given->url,
		.rate = given->rate,
		.timeout_ms = given->timeout_ms,
		.ca = given->ca,
		.insecure = given->insecure,
		.status = given->status,
		.expect = given->expect,
	};
	if (given->kind == CLUSTER_PROBE_TCP) {
		*tcp = text_format(strchr(given->host, ':') ? "tcp://[%s]:%u" : "tcp://%s:%u",
			given->host, given->port);
		config->url = *tcp;
	}
}

/* Releases the note. */
static void write_note(const struct watch *watch, const char *kind, json_t *note)
{
	char *text = note ? json_dumps(note, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;

	if (text)
		run_context_note(watch->run, kind, text);
	free(text);
	json_decref(note);
}

static const char *name_of(const struct watch *watch, size_t node)
{
	return watch->run->nodes.cluster->nodes[node].name;
}

static int open_session(void *data, size_t node, const volatile sig_atomic_t *cancel,
	struct session **session, struct error *err)
{
	const struct watch *watch = data;
	struct session_target target;
	int result = access_target(watch->run->nodes.access, node, cancel, &target, err);

	if (result < 0)
		return result;
	/* No command is run there. */
	target.sudo = false;
	target.connect_timeout_ms = LOGIN_MS;
	return session_open(&target, session, err);
}

static void told(void *data, size_t node, bool warning, const char *words)
{
	struct watch *watch = data;
	CLEANUP(cleanup_free) char *printable = text_printable_copy(words);

	if (warning) {
		pthread_mutex_lock(&watch->mutex);
		text_appendf(&watch->trouble, "%sno second view of the floating IP: %s",
			watch->trouble.length ? "; " : "", printable);
		pthread_mutex_unlock(&watch->mutex);
	}
	write_note(watch, NOTE_VANTAGE,
		json_pack("{s:s, s:s, s:s}", "node", name_of(watch, node), "state",
			warning ? "forbidden" : "asking", "text", printable));
}

/* "node1: install" of the step that is under way, "" before the first. */
static void step_words(const struct watch *watch, char *words, size_t size)
{
	const struct step *step = watch->step;
	bool named = step && step->node != PLAN_NO_NODE;

	snprintf(words, size, "%s%s%s", named ? name_of(watch, (size_t)step->node) : "",
		named ? ": " : "", step ? plan_step_title(step->kind) : "");
}

static void broke(void *data, const struct held_connections_break *held_break)
{
	enum { BREAKS_TOLD = 10 };
	struct watch *watch = data;
	double age = (double)held_break->age_us / 1000000;
	char printable[TALLY_TEXT_MAX], during[256];

	text_printable(printable, sizeof(printable), held_break->text);
	pthread_mutex_lock(&watch->mutex);
	step_words(watch, during, sizeof(during));
	if (watch->breaks.length < BREAKS_TOLD * sizeof(during))
		text_appendf(&watch->breaks, "%sone of %.1f s at \"%s\": %s",
			watch->breaks.length ? "; " : "", age, during, printable);
	pthread_mutex_unlock(&watch->mutex);
	write_note(watch, NOTE_HELD,
		json_pack("{s:s, s:s, s:s, s:f}", "state", "broken", "text", printable, "step",
			during, "age_s", age));
}

static void trouble(struct watch *watch, const char *what, const struct error *err)
{
	pthread_mutex_lock(&watch->mutex);
	text_appendf(&watch->trouble, "%s%s: %s", watch->trouble.length ? "; " : "", what,
		error_text(err));
	pthread_mutex_unlock(&watch->mutex);
}

struct watch *watch_start(struct run_context *run)
{
	const struct cluster_probe *given = &run->nodes.cluster->probe;
	CLEANUP(cleanup_free) char *tcp = NULL;
	struct probe_config service;
	CLEANUP(error_release) struct error err = {0};
	struct watch *watch;

	if (!run->probe || given->kind == CLUSTER_PROBE_NONE)
		return NULL;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		abort();
	watch->run = run;
	watch->node = watch->asked = VANTAGE_NONE;
	pthread_mutex_init(&watch->mutex, NULL);
	watch_config(given, &service, &tcp);
	if (given->vantage_rate && vantage_start(&(struct vantage_config){.service = &service,
							 .rate = given->vantage_rate,
							 .node_count = run->nodes.count,
							 .open = open_session,
							 .told = told,
							 .data = watch},
					   &watch->vantage, &err) < 0)
		trouble(watch, "no node asks the floating IP", &err);
	if (given->held &&
		held_connections_start(&(struct held_connections_config){.service = &service,
					       .count = given->held,
					       .broke = broke,
					       .data = watch},
			&watch->held, &err) < 0)
		trouble(watch, "no connections are held", &err);
	return watch;
}

/* The node that this step touches, or else the next one that will be. */
static int touched_by(const struct run_context *run, const struct step *step)
{
	const struct step *end = run->plan.steps + run->plan.count;

	for (; step < end; step++) {
		if (step->node != PLAN_NO_NODE)
			return step->node;
	}
	return PLAN_NO_NODE;
}

/* Better ones first: it sees what a client sees when it holds no floating IP itself. */
static int rank(const struct watch *watch, size_t node, int touched)
{
	const struct node_view view = target_node_view(&watch->run->target, node);

	if ((int)node == touched || vantage_is_forbidden(watch->vantage, node))
		return 0;
	if (!view.reachable)
		return 1;
	return view.holds_floating_ip ? 2 : 3;
}

/* The present one stays as long as it may: each change costs a login. */
static int choose(const struct watch *watch, int touched)
{
	int best = VANTAGE_NONE, best_rank = 0;

	if (watch->node != VANTAGE_NONE && rank(watch, (size_t)watch->node, touched) > 1)
		return watch->node;
	for (size_t i = 0; i < watch->run->nodes.count; i++) {
		int here = rank(watch, i, touched);

		if (here > best_rank) {
			best = (int)i;
			best_rank = here;
		}
	}
	return best;
}

void watch_step(struct watch *watch, const struct step *step)
{
	if (!watch)
		return;
	pthread_mutex_lock(&watch->mutex);
	watch->step = step;
	pthread_mutex_unlock(&watch->mutex);
	if (watch->held)
		held_connections_go_on(watch->held);
	if (!watch->vantage)
		return;
	/* Whoever takes over cuts its own requests: they are under way to the former holder. */
	watch->node = plan_step_moves_address(step->kind)
			      ? VANTAGE_NONE
			      : choose(watch, touched_by(watch->run, step));
	vantage_move(watch->vantage, watch->node);
	if (watch->node != VANTAGE_NONE)
		watch->asked = watch->node;
}

void watch_moved(struct watch *watch)
{
	if (watch && watch->held)
		held_connections_let_go(watch->held);
}

/*
 * Did a node get only good answers when the probe got none? A request that timed out is compared
 * with those that began with it: when its time was over, all may have been well again.
 */
static bool was_answered(
	const struct watch *watch, const struct tally_summary *summary, bool silent)
{
	uint64_t moment_us = silent || !summary->last_error_us ? clock_monotonic_us()
							       : summary->last_failed_start_us;
	uint64_t good = 0, failed = 0;

	vantage_between(watch->vantage, moment_us - (silent ? 4 : 1) * SAME_MOMENT_US,
		moment_us + SAME_MOMENT_US, &good, &failed);
	return good && !failed;
}

void watch_view(struct watch *watch, const struct tally_summary *summary, struct cluster_view *view)
{
	struct held_connections_summary held;
	bool over;

	if (!watch)
		return;
	if (watch_held(watch, &held))
		view->held_broken = held.broken;
	over = view->probe_failed > view->probe_budget ||
	       (view->gap_budget_ms && view->longest_gap_ms > view->gap_budget_ms);
	if (!watch->vantage || watch->asked == VANTAGE_NONE || (!over && !view->probe_silent) ||
		!was_answered(watch, summary, view->probe_silent))
		return;
	view->other_vantage = view->nodes[watch->asked].holds_floating_ip ? VIEW_HOLDER_ANSWERED
									  : VIEW_OTHER_ANSWERED;
}

bool watch_vantage(struct watch *watch, size_t node, struct tally_summary *summary)
{
	if (!watch || !watch->vantage)
		return false;
	vantage_snapshot(watch->vantage, node, summary);
	return summary->asked > 0;
}

bool watch_held(struct watch *watch, struct held_connections_summary *summary)
{
	if (!watch || !watch->held)
		return false;
	held_connections_snapshot(watch->held, summary);
	return true;
}

const char *watch_trouble(const struct watch *watch)
{
	return watch && watch->trouble.length ? text_string(&watch->trouble) : NULL;
}

void watch_held_words(struct watch *watch, struct text *words)
{
	struct held_connections_summary held;

	if (!watch_held(watch, &held))
		return;
	if (held.unheld) {
		text_append(
			words, "held connections: none, the service ends each after its answer");
		return;
	}
	text_appendf(words, "held connections: %u of %u survived", held.survivors, held.wanted);
	if (held.ended)
		text_appendf(
			words, ", %" PRIu64 " ended by the service's announcement", held.ended);
	if (held.broken)
		text_appendf(words, ", %" PRIu64 " broken", held.broken);
	pthread_mutex_lock(&watch->mutex);
	if (watch->breaks.length)
		text_appendf(words, ": %s", text_string(&watch->breaks));
	pthread_mutex_unlock(&watch->mutex);
}

json_t *watch_probe_note(
	const char *vantage, const struct timeline_bucket *sum, uint64_t from_us, uint64_t to_us)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "vantage", vantage,
		"from_us", (json_int_t)from_us, "to_us", (json_int_t)to_us, "asked",
		(json_int_t)sum->asked, "good", (json_int_t)sum->good, "failed",
		(json_int_t)sum->failed, "slow", (json_int_t)sum->slow, "skipped",
		(json_int_t)sum->skipped, "max_us", (json_int_t)sum->latency_max_us, "mean_us",
		(json_int_t)(sum->good ? sum->latency_total_us / sum->good : 0));
}

static void record_node(struct watch *watch, size_t node, uint64_t wall_offset_us)
{
	enum { BUCKETS = 64 };
	struct timeline_bucket buckets[BUCKETS], sum = {0};
	uint64_t end_us = 0;
	size_t count;

	while ((count = vantage_buckets(
			watch->vantage, node, &watch->cursors[node], buckets, BUCKETS)) > 0) {
		if (!end_us)
			sum.from_us = buckets[0].from_us;
		end_us = buckets[count - 1].from_us + TIMELINE_BUCKET_US;
		for (size_t i = 0; i < count; i++)
			timeline_merge(&sum, &buckets[i]);
	}
	if (!sum.asked && !sum.good && !sum.failed)
		return;
	write_note(watch, NOTE_PROBE,
		watch_probe_note(name_of(watch, node), &sum, sum.from_us + wall_offset_us,
			end_us + wall_offset_us));
}

void watch_record(struct watch *watch, uint64_t wall_offset_us)
{
	for (size_t i = 0; watch && watch->vantage && i < watch->run->nodes.count; i++)
		record_node(watch, i, wall_offset_us);
}

static void write_end(struct watch *watch)
{
	CLEANUP(cleanup_text) struct text words = {0};
	struct tally_summary summary;
	struct held_connections_summary held;

	for (size_t i = 0; i < watch->run->nodes.count; i++) {
		if (!watch_vantage(watch, i, &summary))
			continue;
		write_note(watch, NOTE_PROBED,
			json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:s}", "vantage",
				name_of(watch, i), "asked", (json_int_t)summary.asked, "good",
				(json_int_t)summary.answered, "failed", (json_int_t)summary.failed,
				"slow", (json_int_t)summary.slow, "skipped",
				(json_int_t)summary.skipped, "error", summary.last_error));
	}
	if (!watch_held(watch, &held))
		return;
	watch_held_words(watch, &words);
	write_note(watch, NOTE_HELD,
		json_pack("{s:s, s:I, s:I, s:I, s:I, s:s}", "state", "end", "wanted",
			(json_int_t)held.wanted, "survivors", (json_int_t)held.survivors, "broken",
			(json_int_t)held.broken, "ended", (json_int_t)held.ended, "text",
			text_string(&words)));
}

void watch_stop(struct watch *watch)
{
	if (!watch || watch->stopped)
		return;
	watch->stopped = true;
	if (watch->vantage)
		vantage_stop(watch->vantage);
	if (watch->held)
		held_connections_stop(watch->held);
	write_end(watch);
	watch->run->watch = NULL;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	vantage_free(watch->vantage);
	held_connections_free(watch->held);
	text_clear(&watch->trouble);
	text_clear(&watch->breaks);
	pthread_mutex_destroy(&watch->mutex);
	free(watch);
}
