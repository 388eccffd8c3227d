/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * haupgrade's process: the very engine and rewind, with what run/drive, run/continuation and
 * command/conduct do around them; and the people who start, kill and stop it.
 */
#ifndef TESTS_SIM_PROCESS_H
#define TESTS_SIM_PROCESS_H

#include "tests/sim/rules.h"

/* Of one exploration. */
struct process_sink {
	size_t node_count;
	sim_emit *emit;
	/* Rules are broken by the way to the state that was emitted last. */
	void (*broken)(void *data, sim_rules rules);
	void *data;
};

/* A process that has just begun the run; the rules that this breaks. */
sim_rules process_begin(struct sim_state *state);

/* All that the process and people can do now. */
void process_steps(const struct sim_state *state, const struct process_sink *sink);
void process_people(const struct sim_state *state, const struct process_sink *sink);

#endif
