/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second half of a rehearsal: the primary of before has its floating IPs back. */
#include <errno.h>

#include "lib/base/clock.h"
#include "orchestrator/step/step.h"
#include "orchestrator/step/watch.h"

/* How long the profile's own way back may take before the one who serves is told to hand over. */
enum { OWN_WAY_US = 10000000 };

static int find_server(const struct run_context *run)
{
	for (size_t i = 0; i < run->nodes.cluster->node_count; i++) {
		const struct node_view view = target_node_view(&run->target, i);

		if (view_serves(&view))
			return (int)i;
	}
	return PLAN_NO_NODE;
}

/*
 * After a wait the roles, the lease and the clients' budgets may be others than the engine saw when
 * it let the step act: nobody is told anything before it has looked again, which RETRY makes it do.
 */
static int look_before(const struct run_context *run, int node, const char *what, struct error *err)
{
	if (!run->state.restore.waited)
		return 0;
	return error_set(err, EAGAIN, "the cluster is looked at once more before %s is told to %s",
		run->nodes.cluster->nodes[node].name, what);
}

/* Once for each node and process: what it leads to is seen in the roles. */
static int tell_back(struct run_context *run, int node, struct error *err)
{
	const struct profile *profile = run->nodes.cluster->profile;
	int result;

	if (!profile->failback.count || run->state.restore.told_back & 1U << node)
		return 0;
	if (look_before(run, node, "take back", err) < 0)
		return -EAGAIN;
	result = link_words(&run->nodes.items[node].link, "take back", &profile->failback,
		run->nodes.cluster->deadlines.failover, err);
	if (result == 0) {
		run->state.restore.told_back |= 1U << node;
		run->state.restore.since_us = clock_monotonic_us();
	}
	return result;
}

static int tell_away(struct run_context *run, int node, struct error *err)
{
	int result;

	if (run->state.restore.told_away & 1U << node ||
		(run->state.restore.since_us &&
			clock_monotonic_us() - run->state.restore.since_us < OWN_WAY_US))
		return 0;
	if (look_before(run, node, "fail over", err) < 0)
		return -EAGAIN;
	result = link_words(&run->nodes.items[node].link, "fail over",
		&run->nodes.cluster->profile->failover, run->nodes.cluster->deadlines.failover,
		err);
	if (result == 0)
		run->state.restore.told_away |= 1U << node;
	return result;
}

/* To hand over may have meant to stop: then that is undone, too. */
static enum step_result wake_others(
	struct run_context *run, int node, bool may_act, struct error *err)
{
	for (size_t i = 0; i < run->nodes.cluster->node_count; i++) {
		const struct node_view view = target_node_view(&run->target, i);

		if ((int)i == node || view.services_active)
			continue;
		if (may_act && view.reachable && tell_back(run, (int)i, err) < 0)
			return STEP_RETRY;
		error_set(err, EAGAIN, "%s: its services are not active yet",
			run->nodes.cluster->nodes[i].name);
		return STEP_WAIT;
	}
	return STEP_DONE;
}

/*
 * The node takes everything back by the profile's own command for that, and if there is none, or it
 * makes a backup of it only, whoever serves hands over. Of three nodes that may go to the third:
 * then that one is told, too.
 */
static enum step_result bring_back(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	const char *name = run->nodes.cluster->nodes[node].name;
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	enum step_result result;
	struct node_view view;
	int server;

	nodes_ask_all(&run->nodes, PLAN_NO_NODE, errors);
	server = find_server(run);
	view = target_node_view(&run->target, (size_t)node);
	/* As in failover.c: also while the other one still serves connections that are established.
	 */
	if (view.holds_floating_ip)
		watch_moved(run->watch);
	if (server == node) {
		result = wake_others(run, node, may_act, err);
		return result == STEP_DONE ? step_answered(run, node, evidence, err) : result;
	}
	if (!view.reachable) {
		error_move(err, &errors[node]);
		return STEP_RETRY;
	}
	if (may_act && server != PLAN_NO_NODE) {
		if (tell_back(run, node, err) < 0 ||
			(view_can_take_over(&view) && tell_away(run, server, err) < 0))
			return STEP_RETRY;
	}
	error_set(err, EAGAIN, "%s does not hold the floating IP again: %s does", name,
		server == PLAN_NO_NODE ? "nobody" : run->nodes.cluster->nodes[server].name);
	return STEP_WAIT;
}

enum step_result step_restore(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	enum step_result result = bring_back(run, node, may_act, evidence, err);

	/* Any other answer leads the engine to its guard before the step may act. */
	run->state.restore.waited = may_act && result == STEP_WAIT;
	return result;
}
