/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The invariants: what no step may do, whatever the plan says. */
#include <errno.h>
#include <inttypes.h>

#include "orchestrator/engine/engine.h"

bool view_serves(const struct node_view *node)
{
	return node->reachable && node->services_active && node->role == ROLE_PRIMARY &&
	       node->holds_all;
}

bool view_can_take_over(const struct node_view *node)
{
	return node->reachable && node->services_active && node->role == ROLE_BACKUP &&
	       !node->holds_floating_ip;
}

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
	for (i = 0; i < view->node_count; i++) {
		if ((int)i != step->node && view_serves(&view->nodes[i]))
			return 0;
	}
	return error_set(err, EPERM,
		"no other node is fit to serve (reachable, services active, primary, holding the "
		"floating IP)");
}

static int guard_failover(
	const struct step *step, const struct cluster_view *view, struct error *err)
{
	size_t i;

	for (i = 0; i < view->node_count; i++) {
		const struct node_view *node = &view->nodes[i];

		if ((int)i == step->node || !node->upgraded)
			continue;
		/* It may have taken over already. */
		if (view_can_take_over(node) || view_serves(node))
			return 0;
	}
	return error_set(err, EPERM,
		"no upgraded node can take over (reachable, services active, backup role line from "
		"this boot)");
}

int engine_guard(const struct step *step, const struct cluster_view *view, struct error *err)
{
	if (view->probe_failed > view->probe_budget)
		return error_set(err, EPERM,
			"the floating IP failed to answer %" PRIu64
			" requests, more than the budget of %" PRIu64,
			view->probe_failed, view->probe_budget);
	/* Requests that hang have not failed yet, but nobody is being served either. */
	if (view->probe_silent && step->kind >= STEP_STOP && step->kind <= STEP_REBOOT)
		return error_set(
			err, EPERM, "the floating IP does not answer requests from outside now");
	switch (step->kind) {
	case STEP_STOP:
	case STEP_INSTALL:
	case STEP_REBOOT:
		return guard_disruption(step, view, err);
	case STEP_FAILOVER:
		return guard_failover(step, view, err);
	case STEP_VERIFY:
	case STEP_PREFLIGHT:
	case STEP_UPLOAD:
	case STEP_RETURN:
	case STEP_SERVICES:
	case STEP_ROLE:
	case STEP_FINAL:
	case STEP_KIND_COUNT:
		break;
	}
	return 0;
}
