/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has the last run of this cluster ended? */
#include <errno.h>
#include <inttypes.h>

#include "orchestrator/check/named_checks.h"

static bool has_ended(enum journal_state state)
{
	switch (state) {
	case JOURNAL_RUNNING:
	case JOURNAL_STOPPED:
	case JOURNAL_FAILED:
		return false;
	case JOURNAL_DONE:
	case JOURNAL_ABORTED:
	case JOURNAL_ROLLED_BACK:
	case JOURNAL_STATE_COUNT:
		break;
	}
	return true;
}

static void tell_unfinished(struct check_context *context, const struct journal_record *record)
{
	const char *cluster = context->nodes->cluster->file;
	struct check *check = checks_add(context->checks, CHECK_PREVIOUS_RUN, PLAN_NO_NODE,
		CHECK_FAIL, "run %" PRId64 " of this cluster, by %s, did not end (%s%s%s)",
		record->run_id, record->invoker, journal_state_name(record->state),
		record->reason[0] ? ": " : "", record->reason);

	if (record->kind == PLAN_BOOTSTRAP)
		check_fix(check, "finish it: haupgrade bootstrap %s %s", cluster, record->bundle);
	else if (record->kind == PLAN_ROLLBACK)
		check_fix(check,
			"go on with it: haupgrade resume %" PRId64
			"; or leave things as they are: haupgrade abort %" PRId64,
			record->run_id, record->run_id);
	else
		check_fix(check,
			"go on with it: haupgrade resume %" PRId64
			"; or go back: haupgrade rollback %" PRId64
			"; or leave things as they are: haupgrade abort %" PRId64,
			record->run_id, record->run_id, record->run_id);
}

/* A rollback is about the previous run; it is no obstacle to it. */
void check_previous_run(struct check_context *context)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(error_release) struct error err = {0};
	int result;

	if (!context->wishes->journal) {
		checks_add(context->checks, CHECK_PREVIOUS_RUN, PLAN_NO_NODE, CHECK_UNLOOKED,
			"there is no journal here to look into");
		return;
	}
	result = journal_run_load(
		context->wishes->journal, 0, context->nodes->cluster->name, &record, &err);
	if (result < 0 && result != -ENOENT)
		check_fix(checks_add(context->checks, CHECK_PREVIOUS_RUN, PLAN_NO_NODE, CHECK_FAIL,
				  "%s", error_text(&err)),
			"mend the journal, or use another one with --state-dir");
	else if (result == 0 && context->target->kind != PLAN_ROLLBACK &&
		 record.run_id != context->wishes->run_id && !has_ended(record.state))
		tell_unfinished(context, &record);
	else
		checks_add(context->checks, CHECK_PREVIOUS_RUN, PLAN_NO_NODE, CHECK_PASS,
			"no run of this cluster is unfinished here");
}
