/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a stop: who serves, and how does one go on or back? */
#ifndef ORCHESTRATOR_STEP_ADVICE_H
#define ORCHESTRATOR_STEP_ADVICE_H

#include "orchestrator/step/run.h"

/* How the run ended. */
enum advice_end {
	ADVICE_STOPPED, /* it may be resumed */
	ADVICE_ABORTED,
};

/*
 * Says, out of the nodes' newest facts, how the cluster stands and how to go on or back: whole
 * lines, appended to words.
 */
void advice_say(struct run *run, const char *run_name, enum advice_end end, struct text *words);

#endif
