/* SPDX-License-Identifier: GPL-2.0-or-later */
/* propagate --check: what differs between the files here and on the nodes. */
#ifndef ORCHESTRATOR_COMMAND_DRIFT_H
#define ORCHESTRATOR_COMMAND_DRIFT_H

#include "orchestrator/command/command.h"
#include "orchestrator/files/propagate.h"

/*
 * Looks at all nodes without changing anything and shows every difference; of secret files only
 * that there is one. The exit status: EXIT_DONE none, EXIT_NO some, EXIT_USAGE a node could not be
 * asked.
 */
int drift_show(const struct settings *settings, struct propagate *propagate);

#endif
