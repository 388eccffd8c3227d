/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a cluster and a bundle to a plan: the probe is started, preflight made, the steps laid out.
 */
#ifndef ORCHESTRATOR_RUN_PLANNING_H
#define ORCHESTRATOR_RUN_PLANNING_H

#include "orchestrator/check/preflight.h"
#include "orchestrator/run/teller.h"
#include "orchestrator/step/run_context.h"

/* Starts the cluster file's probe; *probe stays NULL when it has none. */
enum outcome planning_start_probe(
	struct teller *teller, const struct cluster *cluster, struct probe **probe);

/* What is to be found out and laid out. Borrowed. */
struct planning_wishes {
	const struct preflight_wishes *preflight;
	bool rehearse; /* fail over and back first */
	bool tell_all; /* those checks that passed are of interest, too */
};

/* Preflight, its outcomes added to checks, and plan. OUTCOME_DONE with run->plan made. */
enum outcome planning_make(struct teller *teller, struct run_context *run,
	const struct planning_wishes *wishes, struct checks *checks);

#endif
