/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of a plan: what its steps share. */
#include "orchestrator/step/run_context.h"

#include <errno.h>
#include <jansson.h>

#include "lib/base/clock.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/step/watch.h"

void run_context_init(struct run_context *run, const struct cluster *cluster, struct bundle *bundle,
	const volatile sig_atomic_t *cancel)
{
	*run = (struct run_context){0};
	nodes_init(&run->nodes, cluster, cancel);
	target_init(&run->target, &run->nodes, bundle);
}

void run_context_clear(struct run_context *run)
{
	target_clear(&run->target);
	nodes_clear(&run->nodes);
	*run = (struct run_context){0};
}

/* Longer than a few requests at the probe's rate, and a second. */
static uint64_t silence_ms(const struct run_context *run)
{
	uint32_t rate = run->nodes.cluster->probe.rate ?: 1;

	return 1000 + 3000 / rate;
}

/* How long ago the probe's thread was let run. */
static bool is_starved(const struct run_context *run, const struct tally_summary *summary)
{
	uint64_t now_us = clock_monotonic_us();

	return now_us > summary->looked_us &&
	       (now_us - summary->looked_us) / 1000 > silence_ms(run);
}

/* A thread that this machine does not let run comes to its turn soon, as a rule. */
static void view_probe(const struct run_context *run, struct cluster_view *view)
{
	enum { PATIENCE_MS = 10000, LOOK_MS = 20 };
	struct tally_summary summary;
	uint64_t waited_ms = 0;

	if (!run->probe)
		return;
	probe_snapshot(run->probe, &summary);
	while (is_starved(run, &summary) && waited_ms < PATIENCE_MS && !*run->nodes.cancel) {
		clock_sleep_ms(LOOK_MS);
		waited_ms += LOOK_MS;
		probe_snapshot(run->probe, &summary);
	}
	view->probe_starved = is_starved(run, &summary);
	view->probe_silent = !view->probe_starved && summary.present_gap_ms > silence_ms(run);
	view->probe_answered = !view->probe_starved && !view->probe_silent;
	view->probe_failed = summary.failed;
	view->longest_gap_ms = summary.longest_gap_ms;
	watch_view(run->watch, &summary, view);
}

bool run_context_lost_lease(const struct run_context *run, struct error *err)
{
	int result = run->lease ? lease_check(run->lease, err) : 0;

	/* Nobody knows is lost as well, unless nobody can be reached to do harm to. */
	for (size_t i = 0; result == -EAGAIN && i < run->nodes.count; i++) {
		if (run->nodes.items[i].facts.boot)
			return true;
	}
	return result < 0 && result != -EAGAIN;
}

void run_context_view(struct run_context *run, struct cluster_view *view)
{
	CLEANUP(error_release) struct error ignored = {0};
	const bool unserved = run->unserved || run->target.kind == PLAN_BOOTSTRAP;

	target_view(&run->target, view);
	view->kind = run->target.kind;
	view->lease_lost = run_context_lost_lease(run, &ignored);
	view->probe_budget = unserved ? UINT64_MAX : run->nodes.cluster->probe.budget;
	view->gap_budget_ms = unserved ? 0 : run->nodes.cluster->probe.gap_budget_ms;
	view->held_budget = unserved ? UINT64_MAX : run->nodes.cluster->probe.held_budget;
	view_probe(run, view);
}

void run_context_note(const struct run_context *run, const char *kind, const char *text)
{
	CLEANUP(error_release) struct error ignored = {0};

	if (run->journal && run->id)
		journal_note(run->journal, run->id, kind, text, &ignored);
}

void run_context_note_start(const struct run_context *run, int node, const char *why)
{
	json_t *object =
		json_pack("{s:s, s:s}", "node", run->nodes.cluster->nodes[node].name, "text", why);
	CLEANUP(cleanup_free) char *words = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (words)
		run_context_note(run, NOTE_START, words);
}
