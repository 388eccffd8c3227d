/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a stop: is nobody served, and who may be started? */
#include "orchestrator/run/rescue_judge.h"

#include "orchestrator/engine/engine.h"

bool rescue_judge_is_served(const struct cluster_view *view)
{
	for (size_t i = 0; i < view->node_count; i++) {
		if (view_serves(&view->nodes[i]))
			return true;
	}
	return false;
}

bool rescue_judge_is_wanted(const struct cluster_view *view)
{
	return !view->lease_lost && !rescue_judge_is_served(view);
}

bool rescue_judge_may_start(size_t node, const struct cluster_view *view, bool own_active)
{
	CLEANUP(error_release) struct error ignored = {0};

	/* Who is only not healthy is not mended by a start. */
	return !own_active && engine_guard_rescue(node, view, &ignored) == 0;
}
