/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words, and the events, for what a run tells (run/teller.h) outside its steps. */
#ifndef ORCHESTRATOR_COMMAND_RUN_TOLD_H
#define ORCHESTRATOR_COMMAND_RUN_TOLD_H

#include "orchestrator/command/command.h"

/* What a gate, hook or notification did. */
void run_told_gate(const struct settings *settings, const struct gate_news *news);
void run_told_probe(const struct settings *settings, const struct tally_summary *summary);
/* What was seen beside the probe (step/watch.h), after its end; NULL: nothing. */
void run_told_watch(
	const struct settings *settings, const struct cluster *cluster, struct watch *watch);
void run_told_numbered(
	const struct settings *settings, int64_t run_id, const struct target *target);
void run_told_stopped(const struct settings *settings, const struct told_end *end);
void run_told_advice(const struct settings *settings, const char *words);
void run_told_end(const struct settings *settings, const struct told_end *end);

#endif
