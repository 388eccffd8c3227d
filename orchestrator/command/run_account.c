/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of the past, as history and report read them. */
#include "orchestrator/command/run_account.h"

#include <errno.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

int run_account_open(const struct settings *settings, struct journal **journal, struct error *err)
{
	CLEANUP(cleanup_free)
	char *path = text_format("%s/journal.db", settings->process.state_folder);

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return error_set(err, ENOENT,
			"%s: there is no journal; no run was begun on this machine, or it is in another folder (--state-dir)",
			path);
	return journal_open(settings->process.state_folder, journal, err);
}

int run_account_load(
	struct journal *journal, int64_t run_id, struct run_account *past, struct error *err)
{
	struct journal_account *account = &past->account;
	int result = journal_run_account(journal, run_id, account, err);

	if (result == 0)
		report_make(&account->record, account->lines, account->line_count, &account->chain,
			&past->report);
	return result;
}

void run_account_clear(struct run_account *past)
{
	report_clear(&past->report);
	journal_account_clear(&past->account);
}
