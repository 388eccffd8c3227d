/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of the past, as history and report read them. */
#ifndef ORCHESTRATOR_COMMAND_PAST_H
#define ORCHESTRATOR_COMMAND_PAST_H

#include "orchestrator/command/command.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/report/model.h"

/* All that a run's report is made of; start as {0}, release with past_clear. */
struct past {
	struct journal_account account;
	struct report report;
};

/* Opens the journal without making one: -ENOENT when there is none. */
int past_open(const struct settings *settings, struct journal **journal, struct error *err);

/* run_id 0: the newest run. */
int past_load(struct journal *journal, int64_t run_id, struct past *past, struct error *err);
void past_clear(struct past *past);
static inline void cleanup_past(struct past *past)
{
	past_clear(past);
}

#endif
