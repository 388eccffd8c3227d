/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run has stopped and nobody serves: what is stopped is started. */
#include "orchestrator/step/rescue.h"

#include <errno.h>

#include "lib/base/clock.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/step/job.h"

enum { START_DEADLINE_MS = 60000, TAKEOVER_DEADLINE_MS = 20000, LOOK_MS = 500 };

static void look(struct run *run, struct cluster_view *view)
{
	struct error errors[CLUSTER_NODES_MAX] = {0};

	run_ask_all(run, PLAN_NO_NODE, errors);
	/* The probe has ended by now. */
	*view = (struct cluster_view){.node_count = run->node_count};
	for (size_t i = 0; i < view->node_count; i++)
		view->nodes[i] = run_node_view(run, i);
}

static bool is_served(const struct cluster_view *view)
{
	for (size_t i = 0; i < view->node_count; i++) {
		if (view_serves(&view->nodes[i]))
			return true;
	}
	return false;
}

/* Its services run: it may be about to take over, having been started again a moment ago. */
static bool may_yet_serve(const struct run *run)
{
	for (size_t i = 0; i < run->node_count; i++) {
		if (run->nodes[i].facts.boot && facts_own_active(&run->nodes[i].facts))
			return true;
	}
	return false;
}

/*
 * Half-installed is no state to start in: in the midst of it, it would be one of nobody's making.
 * False when it goes on after all, or nobody knows; words says so.
 */
static bool await_installation(struct run *run, size_t node, struct text *words)
{
	const struct job job = {.run = run->job, .step = "install"};
	const struct job_patience patience = {
		.until_ms = clock_monotonic_ms() + run->cluster->deadlines.install};
	struct error err = {0};

	switch (job_await(&run->nodes[node].link, &job, &patience, &err)) {
	case JOB_NONE:
	case JOB_DONE:
	case JOB_FAILED:
		return true;
	case JOB_RUNNING:
		error_set(&err, EBUSY, "the installation there is still running");
		break;
	case JOB_UNKNOWN:
		break;
	}
	text_appendf(words, "Nobody serves, and the services on %s were not started: %s\n",
		run->cluster->nodes[node].name, err.text);
	return false;
}

/* true when it was told to start. */
static bool start_node(struct run *run, size_t node, struct text *words)
{
	const char *name = run->cluster->nodes[node].name;
	struct error err = {0};

	if (!await_installation(run, node, words))
		return false;
	run_note_start(run, (int)node, "nobody serves");
	if (run_commands(run, (int)node, "start the services", &run->cluster->profile->start,
		    START_DEADLINE_MS, &err) < 0)
		text_appendf(words, "Nobody served; the services on %s could not be started: %s\n",
			name, err.text);
	else
		text_appendf(
			words, "Nobody served, so the services on %s were started again.\n", name);
	return true;
}

void rescue_run(struct run *run, struct text *words)
{
	struct cluster_view view;
	struct error lost = {0};
	bool started = false;
	uint64_t until_ms;

	/* The last look may be as old as the deadline that ended the run. */
	look(run, &view);
	view.lease_lost = run_lost_lease(run, &lost);
	if (view.lease_lost) {
		text_appendf(words, "Nothing is done to the nodes any more: %s\n", lost.text);
		return;
	}
	for (size_t i = 0; i < run->node_count; i++) {
		struct error ignored = {0};

		if (engine_guard_rescue(i, &view, &ignored) == 0)
			started |= start_node(run, i, words);
	}
	if (is_served(&view) || (!started && !may_yet_serve(run)))
		return;
	until_ms = clock_monotonic_ms() + (started ? START_DEADLINE_MS : TAKEOVER_DEADLINE_MS);
	while (!is_served(&view) && clock_monotonic_ms() < until_ms && !*run->cancel) {
		clock_sleep_ms(LOOK_MS);
		look(run, &view);
	}
}
