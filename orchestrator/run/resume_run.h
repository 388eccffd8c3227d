/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes on with a run that stopped or whose process died. */
#ifndef ORCHESTRATOR_RUN_RESUME_RUN_H
#define ORCHESTRATOR_RUN_RESUME_RUN_H

#include "orchestrator/run/execution.h"

/* Which run, and where what it was made of lies now; NULL: the newest that did not end, where it
 * was. Borrowed. */
struct resume_wish {
	const char *name;
	const char *cluster_file;
	const char *bundle;
};

/* execution is initialised and empty; the caller clears it, or has it rolled back. */
enum outcome resume_run(struct execution *execution, const struct resume_wish *wish);

#endif
