/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What did a run stop that nobody will start any more, and may it be started? Pure; exploration
 * links it too.
 */
#ifndef ORCHESTRATOR_RUN_START_SERVICES_AGAIN_JUDGE_H
#define ORCHESTRATOR_RUN_START_SERVICES_AGAIN_JUDGE_H

#include "orchestrator/journal/journal.h"
#include "orchestrator/node/facts.h"

/*
 * Does that event of a step in the journal of a run of that kind mean that the run has stopped the
 * services of the step's node, as far as anybody knows? No later event takes that back: a run that
 * went back to the stop and was refused it then has stopped them nevertheless.
 */
bool start_services_again_judge_was_stopped(
	enum plan_kind kind, enum step_kind step, enum journal_kind event);

/* What is done with a node without an installation under way whose services do not all run. */
enum start_services_again_move {
	START_SERVICES_AGAIN_NOT,    /* its packages are not whole */
	START_SERVICES_AGAIN_UNMARK, /* it has not changed: its mark goes first, then it is started
				      */
	START_SERVICES_AGAIN_START,
};

/*
 * facts: asked for after any installation; as_before: the packages are surely those of before the
 * run. START_SERVICES_AGAIN_NOT with -EBADMSG and the reason in err, which names the node.
 */
enum start_services_again_move start_services_again_judge_move(
	const struct facts *facts, bool as_before, const char *name, struct error *err);

#endif
