/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a run a first installation, whether it is begun or gone on with. */
#ifndef ORCHESTRATOR_RUN_FIRST_INSTALLATION_H
#define ORCHESTRATOR_RUN_FIRST_INSTALLATION_H

#include "orchestrator/run/execution.h"

/* Once execution_load has been: the files to bring, and that whatever is in the bundle is wanted.
 */
enum outcome first_installation_arm(struct execution *execution);
struct execution_goal first_installation_goal(void);

#endif
