/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run began with is taken back by whoever goes on with it: options, gates, way back. */
#ifndef ORCHESTRATOR_RUN_RECALLED_OPTIONS_H
#define ORCHESTRATOR_RUN_RECALLED_OPTIONS_H

#include "orchestrator/run/execution.h"

/* Whether the run's way back was tested when it began. */
void recalled_options_way_back(struct execution *execution, const struct journal_record *record);

/*
 * What held the run when it began holds it when it goes on: windows and pause points where the
 * command line gives none of the kind, and approval. -EINVAL when the journal's cannot be read.
 */
int recalled_options_gates(
	struct execution *execution, const struct journal_record *record, struct error *err);

/*
 * Takes all of them back, where the command line says nothing else: the gates, what happens on
 * failure, and the packages to go back to.
 */
enum outcome recalled_options_take(
	struct execution *execution, const struct journal_record *record);

#endif
