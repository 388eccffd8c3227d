/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run has stopped and nobody serves: what is stopped is started. */
#include "orchestrator/run/rescue.h"

#include <errno.h>

#include "lib/base/clock.h"
#include "orchestrator/node/installation.h"
#include "orchestrator/node/start.h"
#include "orchestrator/run/rescue_judge.h"

enum { START_DEADLINE_MS = 60000, TAKEOVER_DEADLINE_MS = 20000, LOOK_MS = 500 };

/* How the nodes are by now. Whose the lease is, is not asked: that may take half a minute, and only
 * who is about to act has to know it. */
static void look(struct run_context *run, struct cluster_view *view)
{
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};

	nodes_ask_all(&run->nodes, PLAN_NO_NODE, errors);
	/* The probe has ended by now. */
	target_view(&run->target, view);
	view->kind = run->target.kind;
}

/* Its services run: it may be about to take over, having been started again a moment ago. */
static bool may_yet_serve(const struct run_context *run)
{
	for (size_t i = 0; i < run->nodes.count; i++) {
		if (run->nodes.items[i].facts.boot && facts_own_active(&run->nodes.items[i].facts))
			return true;
	}
	return false;
}

/*
 * Half-installed is no state to start in: in the midst of it, it would be one of nobody's making.
 * False when it goes on after all, or nobody knows; words, if not NULL, says so.
 */
static bool await_installation(
	struct run_context *run, size_t node, uint64_t patience_ms, struct text *words)
{
	const struct job_patience patience = {.until_ms = clock_monotonic_ms() + patience_ms};
	CLEANUP(error_release) struct error err = {0};

	if (installation_await(&run->nodes.items[node].link, run->job, &patience, &err) == 0)
		return true;
	if (words)
		text_appendf(words, "Nobody serves, and the services on %s were not started: %s\n",
			run->nodes.cluster->nodes[node].name, error_text(&err));
	return false;
}

/* Looks anew before it judges: nobody is started on what was seen a while ago. */
static bool may_start(struct run_context *run, size_t node, struct cluster_view *view)
{
	CLEANUP(error_release) struct error ignored = {0};

	look(run, view);
	view->lease_lost = run_context_lost_lease(run, &ignored);
	return rescue_judge_may_start(node, view, facts_own_active(&run->nodes.items[node].facts));
}

static void start_node(struct run_context *run, size_t node, struct text *words)
{
	const char *name = run->nodes.cluster->nodes[node].name;
	CLEANUP(error_release) struct error err = {0};

	run_context_note_start(run, (int)node, "nobody serves");
	if (node_start(&run->nodes.items[node].link, START_DEADLINE_MS, &err) < 0)
		text_appendf(words,
			"Nobody served; the services on %s were told to start, with trouble: %s\n",
			name, error_text(&err));
	else
		text_appendf(
			words, "Nobody served, so the services on %s were started again.\n", name);
}

/* Starts who may be started: those without an installation to wait for, or the others. */
static bool start_nodes(
	struct run_context *run, bool patient, struct cluster_view *view, struct text *words)
{
	const uint64_t patience_ms = patient ? run->nodes.cluster->deadlines.install : 0;
	bool started = false;

	for (size_t i = 0; i < run->nodes.count; i++) {
		if (!may_start(run, i, view) ||
			!await_installation(run, i, patience_ms, patient ? words : NULL))
			continue;
		/* That may have taken its time. */
		if (patient && !may_start(run, i, view))
			continue;
		start_node(run, i, words);
		started = true;
	}
	return started;
}

static void await_server(struct run_context *run, uint64_t patience_ms, struct cluster_view *view)
{
	const uint64_t until_ms = clock_monotonic_ms() + patience_ms;

	while (!rescue_judge_is_served(view) && clock_monotonic_ms() < until_ms &&
		!*run->nodes.cancel) {
		clock_sleep_ms(LOOK_MS);
		look(run, view);
	}
}

void rescue_run(struct run_context *run, struct text *words)
{
	struct cluster_view view;
	CLEANUP(error_release) struct error lost = {0};

	/* The last look may be as old as the deadline that ended the run. */
	look(run, &view);
	view.lease_lost = run_context_lost_lease(run, &lost);
	if (view.lease_lost) {
		text_appendf(
			words, "Nothing is done to the nodes any more: %s\n", error_text(&lost));
		return;
	}
	/* A first installation that stopped has nobody to rescue. */
	if (run->target.kind == PLAN_BOOTSTRAP || !rescue_judge_is_wanted(&view))
		return;
	/* An installation may take minutes; who need not wait for one does not wait for others. */
	if (start_nodes(run, false, &view, words))
		await_server(run, START_DEADLINE_MS, &view);
	if (!rescue_judge_is_served(&view) && start_nodes(run, true, &view, words))
		await_server(run, START_DEADLINE_MS, &view);
	if (may_yet_serve(run))
		await_server(run, TAKEOVER_DEADLINE_MS, &view);
}
