/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run began with and has to be known when it goes on or back, as the journal keeps it. */
#ifndef ORCHESTRATOR_RUN_RUN_OPTIONS_H
#define ORCHESTRATOR_RUN_RUN_OPTIONS_H

#include <jansson.h>

#include "orchestrator/gate/gate.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/node/target.h"

/* The options that a resumed run and a rollback need, as JSON for the journal; owned. */
char *run_options_text(
	bool roll_back, const struct gate_options *gates, const struct target *target);

/*
 * The gates among a run's options, where there are none of the kind yet; what they point to is the
 * options'. -EINVAL when a window or a pause point cannot be read.
 */
int run_options_read_gates(const json_t *options, struct gate_options *gates, struct error *err);

/* Is there a check among a run's lines that found the way back good? */
bool run_options_is_way_back(const struct journal_line *lines, size_t count);
/* Was the way back tested when the run began? What was tested then is nothing to do again: the
 * nodes may be between the two releases by now. */
bool run_options_had_way_back(struct journal *journal, int64_t run_id);

#endif
