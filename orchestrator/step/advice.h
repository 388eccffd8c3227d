/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a stop: is the cluster still served, and how does one go on or back? */
#ifndef ORCHESTRATOR_STEP_ADVICE_H
#define ORCHESTRATOR_STEP_ADVICE_H

#include "orchestrator/step/run.h"

/* How the run ended. */
enum advice_end {
	ADVICE_STOPPED, /* it may be resumed */
	ADVICE_ABORTED,
};

/*
 * Looks at the cluster afresh. When nobody serves, e.g. because the primary died while its backup
 * was being upgraded, starts the services again on every node where they are not active and
 * waits a while for one of them to serve: the cluster software decides which. Then says how
 * the cluster stands and how to go on or back; owned.
 */
char *advice_after_stop(struct run *run, const char *run_name, enum advice_end end);

#endif
