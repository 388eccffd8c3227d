/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The primary gives its floating IPs to an upgraded node, which answers from outside. */
#include <errno.h>

#include "lib/base/clock.h"
#include "orchestrator/node/connections.h"
#include "orchestrator/step/step.h"
#include "orchestrator/step/watch.h"

/* The node that serves in the former primary's place, or PLAN_NO_NODE with what is missing. */
static int find_successor(
	const struct run_context *run, int former, bool upgraded, struct error *err)
{
	const char *former_name = run->nodes.cluster->nodes[former].name;
	const struct node_view before = target_node_view(&run->target, (size_t)former);
	size_t i;

	/* Handing over may mean stopping what counts: then the last role line is an old one. */
	if (before.holds_floating_ip ||
		(before.role != ROLE_BACKUP && facts_own_active(&run->nodes.items[former].facts))) {
		error_set(err, EAGAIN, "%s: %s (role %s)", former_name,
			before.holds_floating_ip ? "still holds the floating IP"
						 : "gave the floating IP away but is not backup",
			plan_role_name(before.role));
		return PLAN_NO_NODE;
	}
	for (i = 0; i < run->nodes.cluster->node_count; i++) {
		const struct node_view view = target_node_view(&run->target, i);

		if ((int)i != former && view_serves(&view) && (view.upgraded || !upgraded))
			return (int)i;
	}
	error_set(err, EAGAIN,
		"%s gave the floating IP away, but no %snode is seen as primary and holding it",
		former_name, upgraded ? "upgraded " : "other ");
	return PLAN_NO_NODE;
}

/* Also while the former primary still serves connections that are established. */
static bool is_held_elsewhere(const struct run_context *run, int former)
{
	for (size_t i = 0; i < run->nodes.cluster->node_count; i++) {
		if ((int)i != former && target_node_view(&run->target, i).holds_floating_ip)
			return true;
	}
	return false;
}

/* Worth knowing, no condition: clients may be few. */
static void add_connections(struct run_context *run, int successor, struct text *evidence)
{
	CLEANUP(error_release) struct error ignored = {0};
	uint64_t count = 0;

	if (run->nodes.cluster->profile->connections.count &&
		connections_ask(&run->nodes.items[successor].link, &count, NULL, &ignored) == 0)
		text_appendf(evidence, "; connections there: %llu", (unsigned long long)count);
}

enum step_result step_answered(
	struct run_context *run, int successor, struct text *evidence, struct error *err)
{
	const char *name = run->nodes.cluster->nodes[successor].name;
	char line[256];
	uint64_t good = 0;

	if (!run->state.moved_us)
		run->state.moved_us = clock_monotonic_us();
	if (run->probe && !probe_answers(run->probe, run->state.moved_us, &good)) {
		error_set(err, EAGAIN,
			"%s holds the floating IP, which answered %llu of %d requests from outside so far",
			name, (unsigned long long)good, PROBE_ANSWERS);
		return STEP_WAIT;
	}
	text_printable(line, sizeof(line), run->nodes.items[successor].facts.role_line);
	text_appendf(evidence, "%s holds the floating IP", name);
	if (run->probe)
		text_appendf(evidence, " and answers (%llu in a row)", (unsigned long long)good);
	text_appendf(evidence, "; %s", line);
	add_connections(run, successor, evidence);
	/* The next step may be another one of this kind. */
	run->state.failover_sent = false;
	run->state.moved_us = 0;
	return STEP_DONE;
}

static bool has_moved(const struct run_context *run, int former)
{
	const struct node_view before = target_node_view(&run->target, (size_t)former);

	return before.reachable && !before.holds_floating_ip && is_held_elsewhere(run, former);
}

/* The exit status proves nothing, and an answer may be lost: the nodes say whether it has moved. */
static enum step_result hand_over(struct run_context *run, int node, bool may_act, bool upgraded,
	struct text *evidence, struct error *err)
{
	struct link *former = &run->nodes.items[node].link;
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	CLEANUP(error_release) struct error trouble = {0};
	int result = 0, successor;

	/* Whatever it holds later: once the look that let this act shows it moved, it is not told.
	 */
	if (may_act && has_moved(run, node))
		run->state.failover_sent = true;
	if (may_act && !run->state.failover_sent) {
		result = link_words(former, "fail over", &run->nodes.cluster->profile->failover,
			run->nodes.cluster->deadlines.failover, &trouble);
		run->state.failover_sent = result == 0;
	}
	nodes_ask_all(&run->nodes, PLAN_NO_NODE, errors);
	if (is_held_elsewhere(run, node)) {
		watch_moved(run->watch);
		run->state.failover_sent = run->state.failover_sent || result < 0;
	}
	if (!run->nodes.items[node].facts.boot) {
		error_move(err, &errors[node]);
		return STEP_RETRY;
	}
	successor = find_successor(run, node, upgraded, err);
	if (successor != PLAN_NO_NODE)
		return step_answered(run, successor, evidence, err);
	if (result == 0 || run->state.failover_sent)
		return STEP_WAIT;
	error_move(err, &trouble);
	return STEP_RETRY;
}

enum step_result step_failover(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	return hand_over(run, node, may_act, true, evidence, err);
}

enum step_result step_rehearse(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	return hand_over(run, node, may_act, false, evidence, err);
}
