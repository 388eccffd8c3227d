/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The invariants: what no step may do, whatever the plan says. */
#include <errno.h>
#include <inttypes.h>

#include "orchestrator/engine/engine.h"

/* Stop, install and reboot: the node must be spare. */
static int guard_disruption(
	const struct step *step, const struct cluster_view *view, struct error *err)
{
	const struct node_view *node = &view->nodes[step->node];
	size_t i;

	if (!node->reachable)
		return error_set(
			err, EPERM, "the node cannot be reached, so nobody knows what it holds");
	if (node->holds_floating_ip)
		return error_set(
			err, EPERM, "the node holds a floating IP; fail over before touching it");
	/* Unknown is fine: its services may be stopped already by this very run. */
	if (node->role == ROLE_PRIMARY && node->services_active)
		return error_set(err, EPERM, "the node is primary; fail over before touching it");
	/* Somebody started them since; resume begins with stopping them again. */
	if (step->kind == STEP_INSTALL && !node->services_stopped)
		return error_set(err, EPERM,
			"the node's services run: nothing is installed under running services");
	for (i = 0; i < view->node_count; i++) {
		if ((int)i != step->node && view_serves(&view->nodes[i]))
			return 0;
	}
	if (view_is_free(view, step->node))
		return 0;
	return error_set(err, EPERM,
		"no other node is fit to serve (reachable, services active, primary, holding the floating IP)");
}

/*
 * Before one more node goes: an upgrade takes them one after the other, so all others are finished
 * or untouched, and whoever of them is down is down for a reason that is no part of the plan.
 */
static int guard_rest(const struct step *step, const struct cluster_view *view, struct error *err)
{
	for (size_t i = 0; i < view->node_count && view->kind != PLAN_ROLLBACK; i++) {
		const struct node_view *node = &view->nodes[i];

		if ((int)i != step->node && !view_serves(node) && !view_can_take_over(node))
			return error_set(err, EPERM,
				"%s neither serves nor can take over, and an upgrade stops no other node meanwhile; bring it back, then resume, or go back with rollback",
				node->name ?: "another node");
	}
	return 0;
}

static int guard_failover(
	const struct step *step, const struct cluster_view *view, struct error *err)
{
	size_t i;

	for (i = 0; i < view->node_count; i++) {
		const struct node_view *node = &view->nodes[i];

		if ((int)i == step->node || !node->upgraded || node->unbooted)
			continue;
		/* It may have taken over already. */
		if (view_can_take_over(node) || view_serves(node))
			return 0;
	}
	return error_set(err, EPERM,
		"no upgraded node can take over (reachable, services active, backup role line from this boot)");
}

/* Nothing is upgraded yet: any backup will do. */
static int guard_rehearse(
	const struct step *step, const struct cluster_view *view, struct error *err)
{
	size_t i;

	for (i = 0; i < view->node_count; i++) {
		const struct node_view *node = &view->nodes[i];

		if ((int)i != step->node && (view_can_take_over(node) || view_serves(node)))
			return 0;
	}
	return error_set(err, EPERM,
		"no other node can take over (reachable, services active, backup role line from this boot)");
}

/* Handing over may have stopped its services: who is told what, the step decides. */
static int guard_restore(
	const struct step *step, const struct cluster_view *view, struct error *err)
{
	size_t i;

	if (!view->nodes[step->node].reachable)
		return error_set(err, EPERM, "the node cannot be reached");
	for (i = 0; i < view->node_count; i++) {
		if (view_serves(&view->nodes[i]))
			return 0;
	}
	return error_set(err, EPERM,
		"no node serves (reachable, services active, primary, holding the floating IP)");
}

/* The steps that touch nothing and only wait for a node: not waiting would help nobody. */
static bool only_waits(enum step_kind kind)
{
	return kind == STEP_RETURN || kind == STEP_SERVICES || kind == STEP_ROLE;
}

static bool acts(enum step_kind kind)
{
	return (kind >= STEP_STOP && kind <= STEP_REBOOT) || kind == STEP_FAILOVER ||
	       kind == STEP_REHEARSE || kind == STEP_RESTORE || kind == STEP_PROPAGATE ||
	       kind == STEP_START;
}

static int guard_lease(const struct cluster_view *view, struct error *err)
{
	return view->lease_lost
		       ? error_set(err, EPERM,
				 "this run's lease on the nodes is lost: another run may be working on them")
		       : 0;
}

/* What the node that asks too adds to the words; the probe alone decides. */
static const char *other_vantage(const struct cluster_view *view)
{
	switch (view->other_vantage) {
	case VIEW_NOBODY_ANSWERED:
		break;
	case VIEW_OTHER_ANSWERED:
		return "; another node was answered meanwhile: look at this machine's own way to the floating IP";
	case VIEW_HOLDER_ANSWERED:
		return "; the node that holds it was answered meanwhile: the service runs, look at the network between it and this machine";
	}
	return "";
}

int engine_guard_budgets(const struct cluster_view *view, struct error *err)
{
	if (view->probe_failed > view->probe_budget)
		return error_set(err, EPERM,
			"the floating IP failed to answer %" PRIu64
			" requests, more than the budget of %" PRIu64 "%s",
			view->probe_failed, view->probe_budget, other_vantage(view));
	if (view->gap_budget_ms && view->longest_gap_ms > view->gap_budget_ms)
		return error_set(err, EPERM,
			"the floating IP gave no good answer for %" PRIu64
			" ms, longer than the gap budget of %" PRIu64 " ms%s",
			view->longest_gap_ms, view->gap_budget_ms, other_vantage(view));
	if (view->held_broken > view->held_budget)
		return error_set(err, EPERM,
			"%" PRIu64
			" held connections through the floating IP broke, more than the held_budget of %" PRIu64,
			view->held_broken, view->held_budget);
	return 0;
}

/* The client's side of it. */
static int guard_service(
	const struct step *step, const struct cluster_view *view, struct error *err)
{
	bool disrupts = step->kind >= STEP_STOP && step->kind <= STEP_REBOOT;

	if (only_waits(step->kind))
		return 0;
	if (engine_guard_budgets(view, err) < 0)
		return -EPERM;
	/* Requests that hang have not failed yet, but nobody is being served either. */
	if (view->probe_silent && disrupts && !view_is_free(view, step->node))
		return error_set(err, EPERM,
			"the floating IP does not answer requests from outside now%s",
			other_vantage(view));
	if (view->probe_starved && disrupts && !view_is_free(view, step->node))
		return error_set(err, EPERM,
			"this machine is too busy to ask the floating IP, so nobody knows whether it answers; end other work on it");
	return 0;
}

static const char *name_of(const struct node_view *node)
{
	return node->name ?: "a node";
}

/* Who cannot be asked may serve. */
static int guard_asked(const struct cluster_view *view, struct error *err)
{
	for (size_t i = 0; i < view->node_count; i++) {
		if (!view->nodes[i].reachable)
			return error_set(err, EPERM,
				"%s cannot be reached, so nobody knows whether it serves",
				name_of(&view->nodes[i]));
	}
	return 0;
}

static int guard_unserved(const struct cluster_view *view, struct error *err)
{
	for (size_t i = 0; i < view->node_count; i++) {
		if (view_takes_part(&view->nodes[i]))
			return error_set(err, EPERM,
				"%s serves already; a first installation touches no cluster that serves: use `haupgrade upgrade` and `haupgrade propagate`",
				name_of(&view->nodes[i]));
	}
	return 0;
}

/* A first installation: there is no service to keep up, so none may be there to be lost. */
static int guard_fresh(const struct step *step, const struct cluster_view *view, struct error *err)
{
	const enum step_kind kind = step->kind;

	if (!acts(kind))
		return 0;
	if (guard_asked(view, err) < 0)
		return -EPERM;
	if (kind != STEP_START && guard_unserved(view, err) < 0)
		return -EPERM;
	if (kind == STEP_INSTALL && !view->nodes[step->node].services_stopped)
		return error_set(err, EPERM,
			"the node's services run: nothing is installed under running services");
	if (kind == STEP_START && !view->nodes[step->node].upgraded)
		return error_set(err, EPERM,
			"%s does not have the bundle's packages, so it is not started",
			name_of(&view->nodes[step->node]));
	return 0;
}

int engine_guard(const struct step *step, const struct cluster_view *view, struct error *err)
{
	if (acts(step->kind) || step->kind == STEP_UPLOAD) {
		int result = guard_lease(view, err);

		if (result < 0)
			return result;
	}
	if (view->kind == PLAN_BOOTSTRAP)
		return guard_fresh(step, view, err);
	if (guard_service(step, view, err) < 0)
		return -EPERM;
	switch (step->kind) {
	case STEP_STOP:
		if (guard_disruption(step, view, err) < 0)
			return -EPERM;
		return guard_rest(step, view, err);
	case STEP_INSTALL:
	case STEP_REBOOT:
		return guard_disruption(step, view, err);
	case STEP_FAILOVER:
		return guard_failover(step, view, err);
	case STEP_REHEARSE:
		return guard_rehearse(step, view, err);
	case STEP_RESTORE:
		return guard_restore(step, view, err);
	case STEP_VERIFY:
	case STEP_PREFLIGHT:
	case STEP_UPLOAD:
	case STEP_RETURN:
	case STEP_SERVICES:
	case STEP_ROLE:
	case STEP_PROPAGATE:
	case STEP_START:
	case STEP_FINAL:
	case STEP_KIND_COUNT:
		break;
	}
	return 0;
}

int engine_guard_undo(const struct step *step, const struct cluster_view *view, struct error *err)
{
	const struct node_view *node = &view->nodes[step->node];

	if (view->kind == PLAN_BOOTSTRAP)
		return error_set(err, EPERM, "a first installation stops nobody who served");
	if (guard_lease(view, err) < 0)
		return -EPERM;
	if (!node->reachable)
		return error_set(err, EPERM, "the node cannot be reached");
	if (node->services_active)
		return error_set(err, EPERM, "the node's services run");
	if (node->upgraded)
		return error_set(err, EPERM, "the node's packages are the bundle's already");
	return 0;
}

int engine_guard_rescue(size_t index, const struct cluster_view *view, struct error *err)
{
	const struct node_view *node = &view->nodes[index];

	if (view->kind == PLAN_BOOTSTRAP)
		return error_set(err, EPERM, "the first installation did not come to its end");
	if (guard_lease(view, err) < 0)
		return -EPERM;
	if (!node->reachable)
		return error_set(err, EPERM, "the node cannot be reached");
	if (node->services_active)
		return error_set(err, EPERM, "the node's services run");
	for (size_t i = 0; i < view->node_count; i++) {
		if (view_serves(&view->nodes[i]))
			return error_set(err, EPERM, "another node serves");
	}
	return 0;
}
