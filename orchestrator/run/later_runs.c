/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which later runs of a cluster stand in the way of an earlier one. */
#include "orchestrator/run/later_runs.h"

#include <string.h>

#include "orchestrator/plan/plan.h"

bool later_runs_is_open(enum journal_state state)
{
	return state == JOURNAL_RUNNING || state == JOURNAL_STOPPED || state == JOURNAL_FAILED;
}

/* Did an installation begin in it, perhaps? Its intent is durable before. */
static int has_installed(
	struct journal *journal, int64_t run_id, bool *installed, struct error *err)
{
	struct journal_line *lines = NULL;
	size_t count = 0;
	int result = journal_run_lines(journal, run_id, &lines, &count, err);

	*installed = false;
	for (size_t i = 0; i < count && !*installed; i++)
		*installed = lines[i].step >= 0 &&
			     strcmp(lines[i].name, plan_step_name(STEP_INSTALL)) == 0 &&
			     strcmp(lines[i].kind, journal_kind_name(JOURNAL_REFUSED)) != 0;
	journal_lines_free(lines, count);
	return result;
}

typedef int is_meant(struct journal *journal, const struct journal_record *record,
	const struct journal_record *newer, bool *meant, struct error *err);

/* The newest that is meant; 0 and an empty *newer when none is. */
static int find(struct journal *journal, const struct journal_record *record, is_meant *meant,
	struct journal_record *newer, struct error *err)
{
	struct journal_record *records = NULL;
	int64_t run_id = 0;
	size_t count = 0;
	int result = journal_run_list(journal, record->cluster, 0, &records, &count, err);

	for (size_t i = 0; i < count && records[i].run_id > record->run_id && result == 0; i++) {
		bool found = false;

		result = meant(journal, record, &records[i], &found, err);
		if (found) {
			run_id = records[i].run_id;
			break;
		}
	}
	journal_list_free(records, count);
	return result == 0 && run_id ? journal_run_load(journal, run_id, NULL, newer, err) : result;
}

static int is_in_the_way(struct journal *journal, const struct journal_record *record,
	const struct journal_record *newer, bool *meant, struct error *err)
{
	(void)record;
	*meant = later_runs_is_open(newer->state);
	return *meant ? 0 : has_installed(journal, newer->run_id, meant, err);
}

static int is_before_rollback(struct journal *journal, const struct journal_record *record,
	const struct journal_record *newer, bool *meant, struct error *err)
{
	*meant = false;
	/* Of a later run: that one is judged itself. */
	if (newer->kind == PLAN_ROLLBACK && newer->of_run >= record->run_id)
		return 0;
	/* What was taken back changed nothing that lasted. The rollback of an earlier run did. */
	if (newer->state == JOURNAL_ROLLED_BACK)
		return 0;
	return is_in_the_way(journal, record, newer, meant, err);
}

static int is_open_rollback(struct journal *journal, const struct journal_record *record,
	const struct journal_record *newer, bool *meant, struct error *err)
{
	(void)journal;
	(void)err;
	*meant = newer->kind == PLAN_ROLLBACK && newer->of_run == record->run_id &&
		 later_runs_is_open(newer->state);
	return 0;
}

int later_runs_in_the_way(struct journal *journal, const struct journal_record *record,
	struct journal_record *newer, struct error *err)
{
	return find(journal, record, is_in_the_way, newer, err);
}

int later_runs_before_rollback(struct journal *journal, const struct journal_record *record,
	struct journal_record *newer, struct error *err)
{
	return find(journal, record, is_before_rollback, newer, err);
}

int later_runs_open_rollback(struct journal *journal, const struct journal_record *record,
	struct journal_record *newer, struct error *err)
{
	return find(journal, record, is_open_rollback, newer, err);
}
