/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gates of a run on the command line: opened, told, asked at the terminal. */
#ifndef ORCHESTRATOR_COMMAND_GATES_H
#define ORCHESTRATOR_COMMAND_GATES_H

#include "orchestrator/command/output.h"
#include "orchestrator/gate/gate.h"
#include "orchestrator/step/run_context.h"

/*
 * Makes the gate of a run whose plan is made, unless it may not begin or go on at first_step now.
 * An exit status; unless EXIT_DONE all has been told. output, run and options are borrowed until
 * the gate is released.
 */
int gates_open(struct output *output, struct run_context *run, const struct gate_options *options,
	size_t first_step, struct gate **gate);

#endif
