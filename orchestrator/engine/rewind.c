/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a run really goes on. */
#include "orchestrator/engine/rewind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void rewind_follow(struct rewind_point *point, size_t step, enum rewind_mark mark)
{
	if (point->untouched <= step)
		point->untouched = step + 1;
	point->step = mark == REWIND_DONE ? step + 1 : step;
	point->intended = mark == REWIND_INTENDED || mark == REWIND_FAILED;
}

static size_t find_step(const struct plan *plan, size_t before, enum step_kind kind, int node)
{
	size_t i = before;

	/* From the end: a plan made anew can name a node twice. */
	while (i-- > 0) {
		if (plan->steps[i].kind == kind && plan->steps[i].node == node)
			return i;
	}
	return before;
}

static bool is_of_a_node(enum step_kind kind)
{
	return kind >= STEP_STOP && kind <= STEP_ROLE;
}

static void go_back(struct rewind *rewind, const struct plan *plan, enum step_kind kind, int node,
	const char *reason)
{
	rewind->point.step = find_step(plan, rewind->point.step, kind, node);
	rewind->point.intended = false;
	snprintf(rewind->reason, sizeof(rewind->reason), "%s", reason);
	rewind->node = node;
}

/* Is the node whose turn it is where the journal believes it to be? */
static void place_node(
	const struct plan *plan, const struct rewind_facts *facts, struct rewind *rewind)
{
	const struct step *step = &plan->steps[rewind->point.step];
	const struct node_view *node;

	if (!is_of_a_node(step->kind) || step->kind == STEP_STOP)
		return;
	node = &facts->view.nodes[step->node];
	/* It may be rebooting; and if it is not, the guard will not let the step act. */
	if (!node->reachable)
		return;
	if (step->kind == STEP_INSTALL && !node->services_stopped)
		go_back(rewind, plan, STEP_STOP, step->node, "its services run again");
	else if (step->kind != STEP_INSTALL && !node->upgraded)
		go_back(rewind, plan, STEP_STOP, step->node,
			"it does not have the packages any more that were installed");
	else if (step->kind > STEP_REBOOT && (facts->same_boot[step->node] || node->unbooted))
		go_back(rewind, plan, STEP_REBOOT, step->node, "it has not rebooted");
}

/* The first node that takes part in serving while every node is installed on and configured. */
static int find_begun(const struct rewind_facts *facts)
{
	int found = PLAN_NO_NODE;

	for (size_t i = 0; i < facts->view.node_count; i++) {
		const struct node_view *node = &facts->view.nodes[i];

		if (!node->upgraded)
			return PLAN_NO_NODE;
		if (found == PLAN_NO_NODE && view_takes_part(node))
			found = (int)i;
	}
	return facts->files_ready ? found : PLAN_NO_NODE;
}

/*
 * Somebody serves already: who had been started and has got his role since, or by somebody's hand.
 * What comes before the starting would be refused, and is done.
 */
static void skip_to_start(
	const struct plan *plan, const struct rewind_facts *facts, struct rewind *rewind)
{
	const int begun = find_begun(facts);
	size_t start = 0;

	while (start < plan->count && plan->steps[start].kind != STEP_START)
		start++;
	if (begun == PLAN_NO_NODE || start == plan->count || rewind->point.step >= start)
		return;
	rewind->point.step = start;
	rewind->point.intended = false;
	snprintf(rewind->reason, sizeof(rewind->reason),
		"it serves already, and nothing is missing anywhere");
	rewind->node = begun;
}

/*
 * Behind the files, and they are others than here: mended, say, when a start failed. Whose services
 * run has read those from before. False: they are as they shall be, or somebody takes part in
 * serving, and they are not replaced under him.
 */
static bool place_files(
	const struct plan *plan, const struct rewind_facts *facts, struct rewind *rewind)
{
	const struct cluster_view *view = &facts->view;
	int running = PLAN_NO_NODE;

	if (facts->files_ready)
		return false;
	for (size_t i = 0; i < view->node_count; i++) {
		const struct node_view *node = &view->nodes[i];

		if (view_takes_part(node))
			return false;
		if (running == PLAN_NO_NODE && node->reachable && !node->services_stopped)
			running = (int)i;
	}
	if (running != PLAN_NO_NODE)
		go_back(rewind, plan, STEP_STOP, running,
			"its services run, without the files that are here perhaps");
	else
		go_back(rewind, plan, STEP_PROPAGATE, PLAN_NO_NODE,
			"not every node is known to have the files that are here");
	return true;
}

/*
 * A first installation: its nodes get their packages one after the other, and behind the files they
 * are started likewise. What was done is looked at anew, for all of them.
 */
static void place_fresh(
	const struct plan *plan, const struct rewind_facts *facts, struct rewind *rewind)
{
	const size_t end = rewind->point.step;

	for (size_t i = 0; i <= end; i++) {
		const struct step *step = &plan->steps[i];
		const struct node_view *node;

		if (step->kind == STEP_PROPAGATE && i < end && place_files(plan, facts, rewind))
			return;
		if (step->kind != STEP_INSTALL && step->kind != STEP_START)
			continue;
		node = &facts->view.nodes[step->node];
		if (!node->reachable)
			continue;
		if (step->kind == STEP_INSTALL && i < end && !node->upgraded)
			return go_back(rewind, plan, STEP_STOP, step->node,
				"it does not have the packages any more that were installed");
		if (step->kind == STEP_INSTALL && i == end && !node->services_stopped)
			return go_back(
				rewind, plan, STEP_STOP, step->node, "its services run again");
		if (step->kind == STEP_START && i < end && !node->services_active)
			return go_back(rewind, plan, STEP_START, step->node,
				"its services do not run any more");
	}
}

/* Does everybody say what he is, and one that he is primary? Else nobody can plan anew. */
static bool roles_are_clear(enum plan_kind kind, const struct cluster_view *view, int *primary)
{
	size_t i, primaries = 0;

	for (i = 0; i < view->node_count; i++) {
		const struct node_view *node = &view->nodes[i];

		if (view_serves(node)) {
			*primary = (int)i;
			primaries++;
		} else if (!view_can_take_over(node) &&
			   (kind == PLAN_UPGRADE || !node->reachable || node->holds_floating_ip)) {
			return false;
		}
	}
	return primaries == 1;
}

static bool misfit(struct rewind *rewind, int node, const char *reason)
{
	snprintf(rewind->reason, sizeof(rewind->reason), "%s", reason);
	rewind->node = node;
	return false;
}

/* Would the steps from point on touch nobody who serves, and everybody who needs it? */
static bool plan_fits(const struct plan *plan, const struct cluster_view *view, int primary,
	struct rewind *rewind)
{
	const struct rewind_point *point = &rewind->point;
	bool served[PLAN_NODES_MAX] = {false};
	size_t i;

	for (i = point->step; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];

		if (step->kind == STEP_RESTORE) {
			/* Whoever has the role now, it comes back to this one. */
			primary = step->node;
		} else if (step->kind == STEP_FAILOVER || step->kind == STEP_REHEARSE) {
			/* Perhaps it did what it should: it is looked for first. */
			if (step->node != primary && (i != point->step || !point->intended))
				return misfit(rewind, step->node,
					"the roles moved by themselves, it is not primary");
			primary = PLAN_NO_NODE;
		} else if (is_of_a_node(step->kind)) {
			if (step->node == primary)
				return misfit(rewind, step->node,
					"the roles moved by themselves, it is primary");
			/* Who is past INSTALL has just shown that nothing is missing. */
			served[step->node] = true;
		}
	}
	for (i = 0; i < view->node_count; i++) {
		if (!view->nodes[i].upgraded && !served[i])
			return misfit(rewind, (int)i,
				"it was finished and has other packages now than it should");
		if (view->nodes[i].unbooted && !served[i])
			return misfit(rewind, (int)i,
				"it was finished and has got packages since without a reboot");
	}
	return true;
}

/* What is left to do, planned from the facts alone; 0 steps: nothing but the final check. */
static int plan_rest(enum plan_kind kind, const struct plan *plan, const struct rewind_point *point,
	const struct cluster_view *view, struct plan *rest, struct error *err)
{
	struct plan_node nodes[PLAN_NODES_MAX] = {0};
	size_t i;

	for (i = 0; i < view->node_count; i++) {
		nodes[i].role = view_role(&view->nodes[i]);
		nodes[i].needs_upgrade = view_needs_work(&view->nodes[i], kind == PLAN_ROLLBACK);
	}
	/*
	 * Who was to be rebooted still is: it may have new packages that it has never run, which no
	 * look at the node would tell.
	 */
	for (i = point->step; i < plan->count; i++) {
		if (plan->steps[i].kind >= STEP_STOP && plan->steps[i].kind <= STEP_REBOOT)
			nodes[plan->steps[i].node].needs_upgrade = true;
	}
	return plan_make(kind, nodes, view->node_count, rest, err);
}

static int replan(enum plan_kind kind, const struct plan *plan, const struct cluster_view *view,
	struct rewind *rewind, struct error *err)
{
	struct plan rest = {0};
	size_t kept = rewind->point.untouched, i;
	int result = plan_rest(kind, plan, &rewind->point, view, &rest, err);

	if (result < 0)
		return result;
	if (!rest.count)
		rest.steps[rest.count++] = (struct step){STEP_FINAL, PLAN_NO_NODE};
	if (kept < rewind->point.step)
		kept = rewind->point.step;
	if (kept + rest.count > PLAN_STEPS_MAX)
		return error_set(err, ENOSPC,
			"the run's plan was made anew too often (%zu steps are done): begin anew with upgrade",
			kept);
	rewind->plan.count = kept;
	for (i = 0; i < rest.count; i++)
		rewind->plan.steps[rewind->plan.count++] = rest.steps[i];
	rewind->point = (struct rewind_point){kept, false, kept};
	rewind->replanned = true;
	return 0;
}

int rewind_find(enum plan_kind kind, const struct plan *plan, const struct rewind_point *point,
	const struct rewind_facts *facts, struct rewind *rewind, struct error *err)
{
	const struct cluster_view *view = &facts->view;
	int primary = PLAN_NO_NODE;

	*rewind = (struct rewind){.point = *point, .plan = *plan, .node = PLAN_NO_NODE};
	/* "Done" is said of what is, not of what was when the last step was confirmed. */
	if (point->step >= plan->count && plan->count)
		rewind->point = (struct rewind_point){plan->count - 1, false, point->untouched};
	if (rewind->point.step >= plan->count)
		return 0;
	if (kind == PLAN_BOOTSTRAP) {
		place_fresh(plan, facts, rewind);
		skip_to_start(plan, facts, rewind);
		return 0;
	}
	place_node(plan, facts, rewind);
	if (!roles_are_clear(kind, view, &primary) || plan_fits(plan, view, primary, rewind))
		return 0;
	return replan(kind, plan, view, rewind, err);
}
