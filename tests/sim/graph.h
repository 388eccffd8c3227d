/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is true of the ways as a whole, once all states are known. */
#ifndef TESTS_SIM_GRAPH_H
#define TESTS_SIM_GRAPH_H

#include "tests/sim/store.h"

/*
 * The first state that must have a way to a good one, by the allowed classes (a bit each), and has
 * none; STORE_NONE: all have. good and must are asked once for each state, must
 * with the fewest misfortunes that lead to it.
 */
uint32_t graph_stuck(const struct store *store, bool (*good)(const struct sim_state *state),
	bool (*must)(const struct sim_state *state, unsigned int misfortunes),
	unsigned int classes);

/* The first state on a circle of ways of these classes alone; STORE_NONE: there is no circle. */
uint32_t graph_circle(const struct store *store, unsigned int classes);

/*
 * The first state from which ways of these classes can go on for ever without coming to a good one;
 * STORE_NONE: there is none. Meant for few that are not good.
 */
uint32_t graph_lingering(const struct store *store, bool (*good)(const struct sim_state *state),
	unsigned int classes);

#endif
