/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The people who start, kill and stop haupgrade's process, and take up what it left. */
#ifndef TESTS_SIM_PEOPLE_H
#define TESTS_SIM_PEOPLE_H

#include "tests/sim/process.h"

/* All that they can do now. */
void people_act(const struct sim_state *state, const struct process_sink *sink);

#endif
