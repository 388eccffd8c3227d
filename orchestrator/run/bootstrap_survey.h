/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is on the nodes before a first installation, and after it. The steps in between are a plan
 * of the engine's, as those of every run.
 */
#ifndef ORCHESTRATOR_RUN_BOOTSTRAP_SURVEY_H
#define ORCHESTRATOR_RUN_BOOTSTRAP_SURVEY_H

#include "orchestrator/step/run_context.h"

enum bootstrap_state {
	BOOTSTRAP_FRESH,  /* nobody serves */
	BOOTSTRAP_BEGUN,  /* some serve, by an earlier run: what is left is to start the others */
	BOOTSTRAP_WANTED, /* it serves, and everything is as wanted */
};

/*
 * Looks at all nodes, changing nothing. The run is fresh, its profile's packages cover the whole
 * bundle, it has its propagate. start_intended: an earlier run of this cluster was about to start
 * services, so nodes may serve by us. -EPERM when a node serves whose packages or files would have
 * to be changed, with the node and the evidence in err. Who does not answer is for preflight to
 * tell.
 */
int bootstrap_survey(struct run_context *run, bool start_intended, enum bootstrap_state *state,
	struct text *evidence, struct error *err);

/*
 * Waits for answers of the floating IP, as seen by the probe; without one nobody is asked, which
 * evidence says. -ETIMEDOUT when none come.
 */
int bootstrap_survey_answer(
	const struct run_context *run, struct text *evidence, struct error *err);

#endif
