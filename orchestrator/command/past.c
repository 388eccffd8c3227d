/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of the past, as history and report read them. */
#include "orchestrator/command/past.h"

#include <errno.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

int past_open(const struct settings *settings, struct journal **journal, struct error *err)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", settings->state_folder);

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return error_set(err, ENOENT,
			"%s: there is no journal; no run was begun on this machine, or it is in "
			"another folder (--state-dir)",
			path);
	return journal_open(settings->state_folder, journal, err);
}

int past_load(struct journal *journal, int64_t run_id, struct past *past, struct error *err)
{
	int result = journal_run_load(journal, run_id, NULL, &past->record, err);

	if (result == 0)
		result = journal_run_lines(
			journal, past->record.run_id, &past->lines, &past->line_count, err);
	if (result == 0)
		result = journal_check_chain(journal, past->record.run_id, &past->chain, err);
	if (result == 0)
		report_make(
			&past->record, past->lines, past->line_count, &past->chain, &past->report);
	return result;
}

void past_clear(struct past *past)
{
	report_clear(&past->report);
	journal_lines_free(past->lines, past->line_count);
	journal_record_clear(&past->record);
	*past = (struct past){0};
}
