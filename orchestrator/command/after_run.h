/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is tidied and told once a run has ended. */
#ifndef ORCHESTRATOR_COMMAND_AFTER_RUN_H
#define ORCHESTRATOR_COMMAND_AFTER_RUN_H

#include "orchestrator/command/conduct.h"

/* After an abort at a safe point: a fail-over may have meant to stop services, and nobody comes to
 * start them any more. */
void after_run_wake(struct conduct *conduct);

/* Which configuration files the run's packages left beside or replaced, as the journal has it. */
void after_run_tell_config_files(const struct conduct *conduct);

#endif
