/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of preflight's checks, shown and kept. */
#ifndef ORCHESTRATOR_COMMAND_OUTPUT_CHECKS_H
#define ORCHESTRATOR_COMMAND_OUTPUT_CHECKS_H

#include "orchestrator/check/preflight.h"
#include "orchestrator/command/command.h"

/*
 * What failed, with why and what to do, to standard error; what is worth knowing and what was
 * waived; the rest in one line when tell_all is true, line by line with --verbose. With --json
 * an event for each. At the end whether there is a way back.
 */
void output_checks(const struct settings *settings, const struct cluster *cluster,
	const struct checks *checks, bool tell_all);

#endif
