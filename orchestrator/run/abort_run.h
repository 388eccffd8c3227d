/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends a run for good, at a safe point, whether its process lives or not. */
#ifndef ORCHESTRATOR_RUN_ABORT_RUN_H
#define ORCHESTRATOR_RUN_ABORT_RUN_H

#include "orchestrator/run/teller.h"

/* Borrowed. */
struct abort_wish {
	const char *name;	  /* the run's number; NULL: the newest that did not end */
	const char *cluster_file; /* where it lies now; NULL: where it was */
	bool no_wait;		  /* until the process that works on it has stopped */
};

enum outcome abort_run(const struct run_process *process, const struct abort_wish *wish);

#endif
