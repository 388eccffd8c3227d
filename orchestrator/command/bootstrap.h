/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a run a first installation; for resume too. */
#ifndef ORCHESTRATOR_COMMAND_BOOTSTRAP_H
#define ORCHESTRATOR_COMMAND_BOOTSTRAP_H

#include "orchestrator/command/conduct.h"

/* Once conduct_load has been: the files to bring, and that whatever is in the bundle is wanted. An
 * exit status; unless EXIT_DONE, all is told. */
int bootstrap_arm(struct conduct *conduct);
struct conduct_wish bootstrap_wish(void);

#endif
