/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads from the journal what a run began with (options, gates, way back), for a resume. */
#ifndef ORCHESTRATOR_COMMAND_RECALL_H
#define ORCHESTRATOR_COMMAND_RECALL_H

#include "orchestrator/command/conduct.h"

/* Whether the run's way back was tested when it began. */
void recall_way_back(struct conduct *conduct, const struct journal_record *record);
/*
 * What held the run when it began holds it when it goes on: windows and pause points where the
 * command line gives none of the kind, and approval. -EINVAL when the journal's cannot be read.
 */
int recall_gates(struct conduct *conduct, const struct journal_record *record, struct error *err);

/*
 * Takes all of them back for a run that goes on, where the command line says nothing else: the
 * gates, what happens on failure, and the packages to go back to. An exit status; all is told.
 */
int recall_all(struct conduct *conduct, const struct journal_record *record);

#endif
