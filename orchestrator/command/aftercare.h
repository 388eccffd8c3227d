/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run's options were, and what is told and tidied once it has ended. */
#ifndef ORCHESTRATOR_COMMAND_AFTERCARE_H
#define ORCHESTRATOR_COMMAND_AFTERCARE_H

#include "orchestrator/command/conduct.h"

/* The options that a resumed run and a rollback need, as JSON for the journal; owned. */
char *aftercare_options(const struct settings *settings, const struct run *run);

/* Whether the run's way back was tested when it began. */
void aftercare_recall_way_back(struct conduct *conduct, const struct journal_record *record);

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

/* Which configuration files the run's packages left beside or replaced, as the journal has it. */
void aftercare_tell_config_files(const struct conduct *conduct);

#endif
