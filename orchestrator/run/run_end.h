/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mended and told once a run has ended. */
#ifndef ORCHESTRATOR_RUN_RUN_END_H
#define ORCHESTRATOR_RUN_RUN_END_H

#include "orchestrator/run/execution.h"

/* After an abort at a safe point: a fail-over may have meant to stop services, and nobody comes to
 * start them any more. */
void run_end_wake(struct execution *execution);

/* After a stop, or an abort: starts what is stopped where nobody serves, and says how the cluster
 * stands, and how to go on or back. */
void run_end_advise(struct execution *execution, enum advice_end end);

/* Which configuration files the run's packages left beside or replaced, as the journal has it. */
void run_end_tell_config_files(const struct execution *execution);

#endif
