/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --on-failure rollback, for the commands that go forward. */
#ifndef ORCHESTRATOR_COMMAND_ROLLBACK_H
#define ORCHESTRATOR_COMMAND_ROLLBACK_H

#include "orchestrator/command/command.h"

/* After an upgrade that ended so: if it failed and is to be rolled back, that is done. The exit
 * status: never EXIT_DONE for an upgrade that failed. */
int rollback_if_failed(struct execution *execution, enum outcome outcome);

#endif
