/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was observed of the cluster: who serves, who could. */
#include "orchestrator/plan/view.h"

bool view_serves(const struct node_view *node)
{
	return node->reachable && node->services_active && node->role == ROLE_PRIMARY &&
	       node->holds_all;
}

bool view_takes_part(const struct node_view *node)
{
	return node->holds_floating_ip ||
	       (node->reachable && !node->services_stopped && node->role != ROLE_UNKNOWN);
}

bool view_can_take_over(const struct node_view *node)
{
	return node->reachable && node->services_active && node->role == ROLE_BACKUP &&
	       !node->holds_floating_ip;
}

enum role view_role(const struct node_view *node)
{
	if (view_serves(node))
		return ROLE_PRIMARY;
	return view_can_take_over(node) ? ROLE_BACKUP : ROLE_UNKNOWN;
}

bool view_needs_work(const struct node_view *node, bool rollback)
{
	return !node->upgraded || node->unbooted || (rollback && !node->services_active);
}

bool view_is_free(const struct cluster_view *view, int node)
{
	size_t i;

	for (i = 0; i < view->node_count; i++) {
		const struct node_view *other = &view->nodes[i];

		if (!other->reachable || other->holds_floating_ip || view_serves(other))
			return false;
	}
	return view->kind == PLAN_ROLLBACK && !view->nodes[node].services_active;
}
