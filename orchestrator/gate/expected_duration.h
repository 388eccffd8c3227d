/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a step may be expected to take, learned from the journal's earlier runs. */
#ifndef ORCHESTRATOR_GATE_EXPECTED_DURATION_H
#define ORCHESTRATOR_GATE_EXPECTED_DURATION_H

#include "lib/base/error.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/plan/plan.h"

/* Of so many runs, the newest, the median counts. */
enum { EXPECTED_DURATION_RUNS = 7 };

/* Plain data. Milliseconds; 0: nothing is known. */
struct expected_duration {
	uint64_t node_ms[STEP_KIND_COUNT][PLAN_NODES_MAX]; /* of that step on that node */
	uint64_t any_ms[STEP_KIND_COUNT];		   /* of that step anywhere */
};

/*
 * Only steps that are done, of runs of that cluster. How long somebody worked on the step counts:
 * from its intent to its end, not the time in which a gate held it or nobody worked on the run.
 */
int expected_duration_learn(struct journal *journal, const struct cluster *cluster,
	struct expected_duration *expect, struct error *err);

/* Of that node; if it never did this step, of the others. Pure. */
uint64_t expected_duration_step_ms(const struct expected_duration *expect, const struct step *step);

/*
 * How much time a step must have left: twice what is expected, at most its deadline; the deadline
 * when nothing is. Of a node's steps (STOP to ROLE) all from this one on are added up, as they
 * are never parted; an upload that nobody knows anything of needs none. Pure.
 */
uint64_t expected_duration_needed_ms(const struct expected_duration *expect,
	const struct plan *plan, size_t index, const uint64_t deadlines_ms[STEP_KIND_COUNT]);

#endif
