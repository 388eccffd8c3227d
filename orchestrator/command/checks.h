/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of preflight's checks, shown and kept. */
#ifndef ORCHESTRATOR_COMMAND_CHECKS_H
#define ORCHESTRATOR_COMMAND_CHECKS_H

#include "orchestrator/check/preflight.h"
#include "orchestrator/command/output.h"
#include "orchestrator/journal/journal.h"

/*
 * What failed, with why and what to do, to standard error; what is worth knowing and what was
 * waived; the rest in one line when tell_all is true, line by line with --verbose. With --json
 * an event for each.
 */
void checks_show(const struct output *output, const struct checks *checks, bool tell_all);

/* A note of the run for each check and each waiver. Errors are the journal's. */
int checks_record(const struct checks *checks, const struct waivers *waivers,
	const struct cluster *cluster, struct journal *journal, int64_t run_id, struct error *err);

/*
 * The run's own step "preflight" (step/run.h), long after the first look: every check is made anew
 * and kept like those. data: struct preflight_wishes with the run's journal and number.
 */
int checks_look_again(struct run *run, const void *data, struct text *evidence, struct error *err);

#endif
