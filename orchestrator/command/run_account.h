/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of the past, as history and report read them. */
#ifndef ORCHESTRATOR_COMMAND_RUN_ACCOUNT_H
#define ORCHESTRATOR_COMMAND_RUN_ACCOUNT_H

#include "orchestrator/command/command.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/report/model.h"

/* All that a run's report is made of; start as {0}, release with run_account_clear. */
struct run_account {
	struct journal_account account;
	struct report report;
};

/* Opens the journal without making one: -ENOENT when there is none. */
int run_account_open(const struct settings *settings, struct journal **journal, struct error *err);

/* run_id 0: the newest run. */
int run_account_load(
	struct journal *journal, int64_t run_id, struct run_account *past, struct error *err);
void run_account_clear(struct run_account *past);
static inline void cleanup_run_account(struct run_account *past)
{
	run_account_clear(past);
}

#endif
