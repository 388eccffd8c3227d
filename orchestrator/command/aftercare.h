/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run's options were, and what is told and tidied once it has ended. */
#ifndef ORCHESTRATOR_COMMAND_AFTERCARE_H
#define ORCHESTRATOR_COMMAND_AFTERCARE_H

#include "orchestrator/command/conduct.h"

/* The options that a resumed run and a rollback need, as JSON for the journal; owned. */
char *aftercare_options(const struct settings *settings, const struct run *run);

/* Whether the run's way back was tested when it began. */
void aftercare_recall_way_back(struct conduct *conduct, const struct journal_record *record);
/* Is there a check among a run's lines that found the way back good? */
bool aftercare_is_way_back(const struct journal_line *lines, size_t count);

/*
 * The gates among a run's options, where there are none of the kind yet; what they point to is the
 * options'. -EINVAL when a window or a pause point cannot be read.
 */
int aftercare_read_gates(const json_t *options, struct gate_options *gates, struct error *err);

/*
 * What held the run when it began holds it when it goes on: windows and pause points where the
 * command line gives none of the kind, and approval. -EINVAL when the journal's cannot be read.
 */
int aftercare_recall_gates(
	struct conduct *conduct, const struct journal_record *record, struct error *err);

/*
 * Takes all of them back for a run that goes on, where the command line says nothing else: the
 * gates, what happens on failure, and the packages to go back to. An exit status; all is told.
 */
int aftercare_recall(struct conduct *conduct, const struct journal_record *record);

/* After an abort at a safe point: a fail-over may have meant to stop services, and nobody comes to
 * start them any more. */
void aftercare_wake(struct conduct *conduct);

/* Which configuration files the run's packages left beside or replaced, as the journal has it. */
void aftercare_tell_config_files(const struct conduct *conduct);

#endif
