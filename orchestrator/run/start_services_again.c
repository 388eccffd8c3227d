/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts what a run stopped on a node and nobody will start any more. */
#include "orchestrator/run/start_services_again.h"

#include <errno.h>

#include "lib/base/clock.h"
#include "orchestrator/node/installation.h"
#include "orchestrator/node/start.h"
#include "orchestrator/run/start_services_again_judge.h"
#include "orchestrator/step/step.h"

enum { INSTALLATION_MS = 60000, LOOK_MS = 500 };

static enum journal_kind event_kind(const struct journal_line *line)
{
	enum journal_kind kind = JOURNAL_REFUSED;

	/* A word that nobody knows: it was begun, perhaps. */
	while (kind != JOURNAL_INTENDED && !text_equal(line->kind, journal_kind_name(kind)))
		kind--;
	return kind;
}

int start_services_again_find(
	const struct run_context *run, bool stopped[CLUSTER_NODES_MAX], struct error *err)
{
	struct journal_line *lines = NULL;
	size_t count = 0;
	int result = journal_run_lines(run->journal, run->id, &lines, &count, err);

	for (size_t i = 0; i < count; i++) {
		const struct journal_line *line = &lines[i];

		if (line->step < 0 || !start_services_again_judge_was_stopped(run->target.kind,
					      plan_step_kind(line->name), event_kind(line)))
			continue;
		for (size_t k = 0; k < run->nodes.cluster->node_count; k++)
			stopped[k] |= text_equal(line->node, run->nodes.cluster->nodes[k].name);
	}
	journal_lines_free(lines, count);
	return result;
}

static int await_installation(struct run_context *run, int node, struct error *err)
{
	const struct job_patience patience = {.until_ms = clock_monotonic_ms() + INSTALLATION_MS};
	int result = installation_await(&run->nodes.items[node].link, run->job, &patience, err);

	return result == -EBUSY
		       ? error_set(err, EBUSY, "%s, so the services stay stopped", error_text(err))
		       : result;
}

static int await_services(struct run_context *run, int node, struct error *err)
{
	uint64_t until_ms = clock_monotonic_ms() + run->nodes.cluster->deadlines.services;

	for (;;) {
		int result = nodes_ask(&run->nodes, node, true, err);

		if (result < 0 && !link_may_recover(result))
			return result;
		if (result == 0 && facts_own_active(&run->nodes.items[node].facts))
			return 1;
		if (*run->nodes.cancel)
			return error_set(err, ECANCELED, "%s: cancelled",
				run->nodes.cluster->nodes[node].name);
		if (clock_monotonic_ms() > until_ms)
			return error_set(err, ETIME,
				"%s: the services were told to start, but do not run after %llu s; look at their logs there",
				run->nodes.cluster->nodes[node].name,
				(unsigned long long)run->nodes.cluster->deadlines.services / 1000);
		clock_sleep_ms(LOOK_MS);
	}
}

/* Not only as far as is known. */
static bool is_as_before(const struct run_context *run, size_t node)
{
	const char *versions = run->target.before[node];

	return versions && versions[0] && run->nodes.items[node].facts.package_count &&
	       !target_was_changed(&run->target, node);
}

int start_services_again_node(struct run_context *run, int node, struct error *err)
{
	int result = nodes_ask(&run->nodes, node, true, err);

	/* Some of them may run: a stop that was interrupted, a fail-over that stops but one. */
	if (result == 0 && facts_own_active(&run->nodes.items[node].facts))
		return 0;
	if (result == 0)
		result = await_installation(run, node, err);
	/* What it changed is in facts asked for after it. */
	if (result == 0)
		result = nodes_ask(&run->nodes, node, true, err);
	if (result < 0)
		return result;
	switch (start_services_again_judge_move(&run->nodes.items[node].facts,
		is_as_before(run, (size_t)node), run->nodes.cluster->nodes[node].name, err)) {
	case START_SERVICES_AGAIN_NOT:
		return -EBADMSG;
	case START_SERVICES_AGAIN_UNMARK:
		result = step_unmark(run, node, err);
		if (result < 0)
			return result;
		break;
	case START_SERVICES_AGAIN_START:
		break;
	}
	run_context_note_start(run, node, "the run that stopped them has ended");
	result = node_start(
		&run->nodes.items[node].link, run->nodes.cluster->deadlines.services, err);
	/* One that runs already may complain: whether they run decides. */
	return result < 0 && result != -EREMOTEIO ? result : await_services(run, node, err);
}
