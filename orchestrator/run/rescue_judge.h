/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a stop: is nobody served, and who may be started? Pure; exploration links it too. */
#ifndef ORCHESTRATOR_RUN_RESCUE_JUDGE_H
#define ORCHESTRATOR_RUN_RESCUE_JUDGE_H

#include "orchestrator/plan/view.h"

/* Some node serves. */
bool rescue_judge_is_served(const struct cluster_view *view);

/* Is something to be started, as the newest look shows it?
 */
bool rescue_judge_is_wanted(const struct cluster_view *view);

/*
 * May that node be started? view: a look at all nodes that was made for this question, with the
 * lease; own_active: the profile's own services all run there, healthy or not. Whether an
 * installation runs there is asked next.
 */
bool rescue_judge_may_start(size_t node, const struct cluster_view *view, bool own_active);

#endif
