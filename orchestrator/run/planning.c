/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a cluster and a bundle to a plan. */
#include "orchestrator/run/planning.h"

#include "orchestrator/step/watch.h"

enum outcome planning_start_probe(
	struct teller *teller, const struct cluster *cluster, struct probe **probe)
{
	const struct cluster_probe *given = &cluster->probe;
	CLEANUP(cleanup_free) char *tcp = NULL;
	struct probe_config config;
	CLEANUP(error_release) struct error err = {0};

	if (given->kind == CLUSTER_PROBE_NONE) {
		teller_say(teller,
			"note: the cluster file has no probe; nobody asks the floating IP from outside\n");
		return OUTCOME_DONE;
	}
	watch_config(given, &config, &tcp);
	if (probe_start(&config, probe, &err) == 0)
		return OUTCOME_DONE;
	return teller_fail(teller, &err, OUTCOME_UNABLE);
}

static bool needs_work(const struct run_context *run, size_t node)
{
	const struct node_view view = target_node_view(&run->target, node);

	return view_needs_work(&view, run->target.kind == PLAN_ROLLBACK);
}

/* Of a first installation: who takes part in serving was started by an earlier run. */
static bool has_begun(const struct run_context *run)
{
	for (size_t i = 0; i < run->nodes.count && run->target.kind == PLAN_BOOTSTRAP; i++) {
		const struct node_view view = target_node_view(&run->target, i);

		if (view_takes_part(&view))
			return true;
	}
	return false;
}

static enum role role_of(const struct run_context *run, size_t node)
{
	const struct node_view view = target_node_view(&run->target, node);

	if (run->target.kind != PLAN_BOOTSTRAP)
		return target_role(&run->target, node);
	return view_takes_part(&view) ? ROLE_PRIMARY : ROLE_UNKNOWN;
}

/* The steps, from what preflight has just found of the nodes. */
static int lay_out(struct run_context *run, bool rehearse, struct error *err)
{
	const size_t count = run->nodes.cluster->node_count;
	struct plan_node nodes[CLUSTER_NODES_MAX] = {0};
	int result;

	for (size_t i = 0; i < count; i++) {
		nodes[i].role = role_of(run, i);
		nodes[i].needs_upgrade = needs_work(run, i);
		run->target.before[i] = nodes_versions(&run->nodes, i);
	}
	run->unserved = run->target.kind == PLAN_ROLLBACK && !target_is_served(&run->target);
	result = plan_make(run->target.kind, nodes, count, &run->plan, err);
	for (size_t i = 0; i < count && result == 0 && rehearse; i++)
		if (nodes[i].role == ROLE_PRIMARY)
			plan_rehearse(&run->plan, (int)i);
	return result;
}

enum outcome planning_make(struct teller *teller, struct run_context *run,
	const struct planning_wishes *wishes, struct checks *checks)
{
	CLEANUP(error_release) struct error err = {0};
	int result = has_begun(run) ? 0 : preflight(&run->target, wishes->preflight, checks, &err);

	teller->tell(teller, &(struct told){.kind = TOLD_CHECKS,
				     .preflight = {.checks = checks,
					     .cluster = run->nodes.cluster,
					     .all = wishes->tell_all}});
	if (result == 0)
		result = lay_out(run, wishes->rehearse, &err);
	if (result == 0)
		return OUTCOME_DONE;
	if (error_is_set(&err))
		teller_complain(teller, error_text(&err));
	teller_complain(teller, "preflight failed; no node was touched");
	return OUTCOME_NO;
}
