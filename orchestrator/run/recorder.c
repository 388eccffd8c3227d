/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes into a run's journal what the probe saw and how the nodes changed. */
#include "orchestrator/run/recorder.h"

#include <jansson.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/step/watch.h"

struct recorder {
	struct run_context *run;
	struct journal *journal;
	int64_t run_id;
	struct drive_listener *next;
	struct drive_listener listener;
	uint64_t wall_offset_us; /* wall clock minus monotonic clock at the start */
	/* Of the thread of the run. */
	char *observed;			   /* the newest note's text, "" at first */
	char *versions[CLUSTER_NODES_MAX]; /* as last written, NULL at first */
	/* Of the recorder's own thread, and of the run's once that has ended. */
	uint64_t cursor;
	pthread_t thread;
	bool started;
	pthread_mutex_t mutex; /* guards ending */
	pthread_cond_t changed;
	bool ending;
};

/* Releases the note. */
static void write_note(struct recorder *recorder, const char *kind, json_t *note)
{
	char *text = note ? json_dumps(note, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;

	if (text)
		journal_note(recorder->journal, recorder->run_id, kind, text, NULL);
	free(text);
	json_decref(note);
}

static void add_cell(json_t *cells, const struct timeline_bucket *bucket)
{
	json_array_append_new(cells,
		json_pack("[I, I, I, I]", (json_int_t)bucket->good, (json_int_t)bucket->failed,
			(json_int_t)bucket->latency_max_us, (json_int_t)bucket->stalled_us));
}

/* One note of all that the probe saw since the last one. */
static void write_probe(struct recorder *recorder)
{
	enum { BUCKETS = 64 };
	struct timeline_bucket buckets[BUCKETS], sum = {0};
	json_t *cells = json_array(), *note;
	uint64_t end_us = 0;
	size_t count, i;

	while ((count = probe_buckets(recorder->run->probe, &recorder->cursor, buckets, BUCKETS)) >
		0) {
		for (i = 0; i < count; i++) {
			if (!end_us)
				sum.from_us = buckets[i].from_us;
			end_us = buckets[i].from_us + TIMELINE_BUCKET_US;
			timeline_merge(&sum, &buckets[i]);
			add_cell(cells, &buckets[i]);
		}
	}
	if (!end_us) {
		json_decref(cells);
		return;
	}
	note = watch_probe_note(NOTE_PROBE_ADMIN, &sum, sum.from_us + recorder->wall_offset_us,
		end_us + recorder->wall_offset_us);
	json_object_set_new(note, "cells", cells);
	write_note(recorder, NOTE_PROBE, note);
}

static void *record(void *data)
{
	enum { NODES_EVERY = 5 };
	struct recorder *recorder = data;
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	pthread_mutex_lock(&recorder->mutex);
	for (unsigned round = 1; !recorder->ending; round++) {
		next.tv_sec++;
		while (!recorder->ending &&
			pthread_cond_timedwait(&recorder->changed, &recorder->mutex, &next) == 0)
			;
		if (recorder->ending)
			break;
		pthread_mutex_unlock(&recorder->mutex);
		write_probe(recorder);
		/* They ask seldom. */
		if (round % NODES_EVERY == 0)
			watch_record(recorder->run->watch, recorder->wall_offset_us);
		/* A disk that was slow is not paid back by writing more often. */
		clock_gettime(CLOCK_MONOTONIC, &next);
		pthread_mutex_lock(&recorder->mutex);
	}
	pthread_mutex_unlock(&recorder->mutex);
	return NULL;
}

struct recorder *recorder_start(struct run_context *run, struct journal *journal, int64_t run_id)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder)
		abort();
	recorder->run = run;
	recorder->journal = journal;
	recorder->run_id = run_id;
	recorder->observed = text_copy("");
	recorder->wall_offset_us = clock_wall_us() - clock_monotonic_us();
	pthread_mutex_init(&recorder->mutex, NULL);
	thread_condition(&recorder->changed);
	/* Without a thread to spare all is written at the end. */
	recorder->started = run->probe && thread_start(&recorder->thread, record, recorder) == 0;
	return recorder;
}

static void write_versions(struct recorder *recorder, size_t node)
{
	CLEANUP(cleanup_free) char *versions = NULL;
	json_t *packages;
	char *word, *rest = NULL;

	/* Facts that were asked for without packages have none. */
	if (!recorder->run->nodes.items[node].facts.package_count)
		return;
	versions = nodes_versions(&recorder->run->nodes, node);
	if (text_equal(versions, recorder->versions[node]))
		return;
	free(recorder->versions[node]);
	recorder->versions[node] = text_copy(versions);
	packages = json_array();
	for (word = strtok_r(versions, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		json_array_append_new(packages, note_string(word));
	write_note(recorder, NOTE_VERSIONS,
		json_pack("{s:s, s:o}", "node", recorder->run->nodes.cluster->nodes[node].name,
			"packages", packages));
}

void recorder_observe(struct recorder *recorder, const struct cluster_view *view)
{
	json_t *nodes = json_array(), *note;
	char *text;

	for (size_t i = 0; i < view->node_count; i++) {
		const struct node_view *node = &view->nodes[i];
		const char *boot = recorder->run->nodes.items[i].facts.boot;

		json_array_append_new(
			nodes, json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:o*}", "name",
				       recorder->run->nodes.cluster->nodes[i].name, "role",
				       plan_role_name(node->role), "services",
				       node->services_active, "holds", node->holds_floating_ip,
				       "reachable", node->reachable, "upgraded", node->upgraded,
				       "boot", boot ? note_string(boot) : NULL));
	}
	note = json_pack("{s:o}", "nodes", nodes);
	text = json_dumps(note, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (text && !text_equal(text, recorder->observed)) {
		free(recorder->observed);
		recorder->observed = text_copy(text);
		write_note(recorder, NOTE_OBSERVED, json_incref(note));
	}
	free(text);
	json_decref(note);
	for (size_t i = 0; i < view->node_count; i++)
		write_versions(recorder, i);
}

/* What a step has learned since the last look at the whole cluster. */
static void look(struct recorder *recorder)
{
	struct cluster_view view;

	target_view(&recorder->run->target, &view);
	recorder_observe(recorder, &view);
}

static struct recorder *of(struct drive_listener *listener)
{
	return (struct recorder *)((char *)listener - offsetof(struct recorder, listener));
}

static void step_began(struct drive_listener *listener, const struct step *step)
{
	struct recorder *recorder = of(listener);

	recorder->next->step_began(recorder->next, step);
}

static void step_waits(struct drive_listener *listener, const struct step *step, const char *words)
{
	struct recorder *recorder = of(listener);

	look(recorder);
	recorder->next->step_waits(recorder->next, step, words);
}

static void step_done(struct drive_listener *listener, const struct step *step, uint64_t elapsed_ms,
	const char *evidence)
{
	struct recorder *recorder = of(listener);

	look(recorder);
	recorder->next->step_done(recorder->next, step, elapsed_ms, evidence);
}

static void step_stopped(struct drive_listener *listener, const struct step *step,
	uint64_t elapsed_ms, const char *reason)
{
	struct recorder *recorder = of(listener);

	look(recorder);
	recorder->next->step_stopped(recorder->next, step, elapsed_ms, reason);
}

static void observed(struct drive_listener *listener, const struct cluster_view *view)
{
	struct recorder *recorder = of(listener);

	recorder_observe(recorder, view);
	if (recorder->next->observed)
		recorder->next->observed(recorder->next, view);
}

struct drive_listener *recorder_listen(struct recorder *recorder, struct drive_listener *next)
{
	recorder->next = next;
	recorder->listener = (struct drive_listener){.step_began = step_began,
		.step_waits = step_waits,
		.step_done = step_done,
		.step_stopped = step_stopped,
		.observed = observed};
	return &recorder->listener;
}

static void write_probed(struct recorder *recorder)
{
	struct tally_summary summary = {0};

	probe_stop(recorder->run->probe, &summary);
	write_probe(recorder);
	watch_record(recorder->run->watch, recorder->wall_offset_us);
	write_note(recorder, NOTE_PROBED,
		json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "vantage", NOTE_PROBE_ADMIN,
			"asked", (json_int_t)summary.asked, "good", (json_int_t)summary.answered,
			"failed", (json_int_t)summary.failed, "slow", (json_int_t)summary.slow,
			"skipped", (json_int_t)summary.skipped, "longest_gap_ms",
			(json_int_t)summary.longest_gap_ms, "error",
			note_string(summary.last_error)));
}

void recorder_stop(struct recorder *recorder)
{
	pthread_mutex_lock(&recorder->mutex);
	recorder->ending = true;
	pthread_cond_signal(&recorder->changed);
	pthread_mutex_unlock(&recorder->mutex);
	if (recorder->started)
		pthread_join(recorder->thread, NULL);
	recorder->started = false;
	if (recorder->run && recorder->run->probe)
		write_probed(recorder);
	recorder->run = NULL;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	if (recorder->run)
		recorder_stop(recorder);
	pthread_cond_destroy(&recorder->changed);
	pthread_mutex_destroy(&recorder->mutex);
	for (size_t i = 0; i < CLUSTER_NODES_MAX; i++)
		free(recorder->versions[i]);
	free(recorder->observed);
	free(recorder);
}
