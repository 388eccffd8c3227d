/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pause points: after which steps of a plan a run stops until it is told to go on. Pure. */
#ifndef ORCHESTRATOR_GATE_PAUSE_H
#define ORCHESTRATOR_GATE_PAUSE_H

#include "lib/base/error.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/plan/plan.h"

/* Plain data. */
struct pause_set {
	bool after[PLAN_STEPS_MAX]; /* by index in the plan */
};

/*
 * Adds what words mean: STEP (all of that name), NODE (its last step), NODE:STEP. With a message:
 * -ENOENT when the plan has no such step, -EINVAL when nothing is called so, or it is none after
 * which a run can pause: after `stop` the services would be started again, and `final` is the end.
 */
int pause_add(struct pause_set *set, const char *words, const struct cluster *cluster,
	const struct plan *plan, struct error *err);

#endif
