/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes on with a run that stopped or whose process died. */
#include "orchestrator/run/resume_run.h"

#include <errno.h>
#include <inttypes.h>

#include "orchestrator/run/first_installation.h"
#include "orchestrator/run/recalled_options.h"
#include "orchestrator/run/rollback_run.h"
#include "orchestrator/run/wanted_run.h"

/*
 * The record is read again under the lock: another process may have gone on with the run, or
 * ended it, since it was looked for.
 */
static enum outcome lock_run(
	struct execution *execution, const char *name, struct journal_record *record)
{
	CLEANUP(cleanup_journal_record) struct journal_record found = {0};
	CLEANUP(error_release) struct error err = {0};
	enum outcome outcome;

	if (wanted_run_to_go_on(execution->journal, name, &found, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	outcome = execution_lock(execution, found.cluster);
	if (outcome == OUTCOME_DONE &&
		(journal_run_load(execution->journal, found.run_id, NULL, record, &err) < 0 ||
			wanted_run_may_go_on(execution->journal, record, &err) < 0))
		outcome = teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	return outcome;
}

/* It has ended, and *outcome says how that is to be taken. */
static bool has_ended(
	const struct journal_record *record, struct teller *teller, enum outcome *outcome)
{
	const bool aborted = record->state == JOURNAL_ABORTED;
	CLEANUP(error_release) struct error err = {0};

	switch (record->state) {
	case JOURNAL_RUNNING:
	case JOURNAL_STOPPED:
	case JOURNAL_FAILED:
	case JOURNAL_STATE_COUNT:
		return false;
	case JOURNAL_DONE:
		teller_idle(teller, record->run_id, "the run is done already");
		*outcome = OUTCOME_DONE;
		return true;
	case JOURNAL_ABORTED:
	case JOURNAL_ROLLED_BACK:
		break;
	}
	if (record->kind == PLAN_BOOTSTRAP)
		error_set(&err, EINVAL,
			"run %" PRId64
			" was aborted and is not resumed: begin anew with `haupgrade bootstrap`",
			record->run_id);
	else
		error_set(&err, EINVAL,
			"run %" PRId64
			" was %s and is not resumed: begin anew with `haupgrade upgrade`%s",
			record->run_id, aborted ? "aborted" : "taken back",
			aborted ? ", or go back with `haupgrade rollback`" : "");
	*outcome = teller_fail(teller, &err, OUTCOME_NO);
	return true;
}

static enum outcome load(struct execution *execution, const struct resume_wish *wish,
	const struct journal_record *record)
{
	enum outcome outcome = execution_load_cluster_of(execution, record, wish->cluster_file);

	if (outcome != OUTCOME_DONE)
		return outcome;
	outcome = execution_take_target(execution, wish->bundle ?: record->bundle);
	if (outcome != OUTCOME_DONE)
		teller_complain(execution->teller,
			"the run needs its bundle; if it lies elsewhere now, say where with --bundle");
	return outcome;
}

/* Makes the execution one of the record's kind. */
static enum outcome arm(struct execution *execution, const struct journal_record *record,
	struct execution_goal *goal)
{
	switch (record->kind) {
	case PLAN_UPGRADE:
	case PLAN_KIND_COUNT:
		break;
	case PLAN_BOOTSTRAP:
		*goal = first_installation_goal();
		return first_installation_arm(execution);
	case PLAN_ROLLBACK:
		*goal = rollback_run_goal(record->of_run);
		return rollback_run_arm(execution, record->of_run);
	}
	*goal = (struct execution_goal){.kind = PLAN_UPGRADE, .done = "every node is upgraded"};
	return OUTCOME_DONE;
}

enum outcome resume_run(struct execution *execution, const struct resume_wish *wish)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	struct execution_goal goal;
	enum outcome outcome = execution_open(execution);

	if (outcome == OUTCOME_DONE)
		outcome = lock_run(execution, wish->name, &record);
	if (outcome != OUTCOME_DONE || has_ended(&record, execution->teller, &outcome))
		return outcome;
	lock_name_run(execution->lock, record.run_id);
	outcome = load(execution, wish, &record);
	if (outcome == OUTCOME_DONE)
		outcome = recalled_options_take(execution, &record);
	if (outcome == OUTCOME_DONE)
		outcome = arm(execution, &record, &goal);
	if (outcome == OUTCOME_DONE)
		outcome = execution_go_on(execution, &goal, &record);
	if (outcome == OUTCOME_DONE && record.kind == PLAN_ROLLBACK)
		rollback_run_done(execution, record.of_run);
	return outcome;
}
