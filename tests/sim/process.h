/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * haupgrade's process: the very engine, and what run/drive and run/rescue decide around it
 * (their judges).
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

/* All that the process can do now. */
void process_steps(const struct sim_state *state, const struct process_sink *sink);

/*
 * The run is about to come from before to ended, which is stopped or aborted: where nobody serves,
 * the ways in which it starts who may be started; none where there is nobody.
 */
void process_rescue(const struct sim_state *before, const struct process_sink *sink,
	const struct sim_state *ended, enum sim_class class);

#endif
