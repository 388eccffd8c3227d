/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's gate: what holds its steps, and who is told and asked about that. */
#ifndef ORCHESTRATOR_RUN_RUN_GATE_H
#define ORCHESTRATOR_RUN_RUN_GATE_H

#include "orchestrator/run/execution.h"

/* Makes execution->gate, once the plan is made, unless the run may not begin or go on at first_step
 * now. */
enum outcome run_gate_open(struct execution *execution, size_t first_step);

#endif
