/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade bootstrap: first installation on fresh nodes. */
#include <errno.h>
#include <string.h>

#include "orchestrator/bootstrap/bootstrap_survey.h"
#include "orchestrator/command/command.h"
#include "orchestrator/run/first_installation.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/planning.h"

/* An earlier bootstrap of these packages that did not come to its end. */
struct earlier {
	struct journal_record record;
	bool there;
	bool may_go_on;	     /* not that of a version whose plan was none, nor an aborted one */
	bool start_intended; /* it was about to start services */
};

/* 0, there is one or none; any other end is the journal's trouble: nobody knows of an earlier run.
 */
static int find_earlier(
	const struct execution *execution, struct earlier *earlier, struct error *err)
{
	const struct journal_record *record = &earlier->record;
	int result = journal_run_load(
		execution->journal, 0, execution->cluster->name, &earlier->record, err);

	if (result == -ENOENT) {
		error_release(err);
		return 0;
	}
	if (result < 0)
		return result;
	if (record->kind != PLAN_BOOTSTRAP || record->state == JOURNAL_DONE ||
		strcmp(record->bundle_digest, execution->run.target.bundle_digest) != 0)
		return 0;
	earlier->there = true;
	earlier->may_go_on =
		record->state != JOURNAL_ABORTED && !plan_record_is_bootstrap(record->plan);
	for (size_t i = 0; i < record->step_count; i++)
		if (strcmp(record->steps[i].name, plan_step_name(STEP_START)) == 0)
			earlier->start_intended = true;
	return 0;
}

/* What the nodes say is not enough: an earlier run may have stopped at this. */
static enum outcome confirm(
	struct execution *execution, const struct earlier *earlier, struct text *evidence)
{
	const int64_t run_id = earlier->there ? earlier->record.run_id : 0;
	CLEANUP(error_release) struct error err = {0};
	enum outcome outcome =
		planning_start_probe(execution->teller, execution->cluster, &execution->probe);

	if (outcome != OUTCOME_DONE)
		return outcome;
	execution->run.probe = execution->probe;
	text_append(evidence, "; ");
	if (bootstrap_survey_answer(&execution->run, evidence, &err) < 0) {
		error_prefix(&err, "%snothing was changed, but", text_string(evidence));
		return teller_fail(execution->teller, &err, OUTCOME_NO);
	}
	if (run_id && earlier->record.state != JOURNAL_ABORTED)
		journal_run_state(
			execution->journal, run_id, JOURNAL_DONE, "seen running as wanted", &err);
	text_append(evidence, "; there is nothing to do");
	teller_idle(execution->teller, run_id, text_string(evidence));
	return OUTCOME_DONE;
}

static enum outcome bring_up(struct execution *execution, struct earlier *earlier)
{
	const struct execution_goal goal = first_installation_goal();
	CLEANUP(cleanup_text) struct text evidence = {0};
	enum bootstrap_state state = BOOTSTRAP_FRESH;
	CLEANUP(error_release) struct error err = {0};

	if (find_earlier(execution, earlier, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	if (bootstrap_survey(&execution->run, earlier->start_intended, &state, &evidence, &err) <
		0) {
		teller_fail(execution->teller, &err, OUTCOME_NO);
		teller_complain(execution->teller, "nothing was changed on any node");
		return OUTCOME_NO;
	}
	if (state == BOOTSTRAP_WANTED)
		return confirm(execution, earlier, &evidence);
	if (!earlier->may_go_on)
		return execution_begin(execution, &goal);
	lock_name_run(execution->lock, earlier->record.run_id);
	return execution_go_on(execution, &goal, &earlier->record);
}

static int bootstrap(const struct settings *settings, char **arguments, int count)
{
	struct earlier earlier = {0};
	CLEANUP(cleanup_execution) struct execution execution;
	int status;

	(void)count;
	execution_init(&execution, &settings->process, &settings->wishes);
	status = execution_load(&execution, arguments[0], arguments[1]);
	if (status == EXIT_DONE)
		status = first_installation_arm(&execution);
	if (status == EXIT_DONE)
		status = execution_lock(&execution, execution.cluster->name);
	if (status == EXIT_DONE)
		status = execution_open(&execution);
	if (status == EXIT_DONE)
		status = bring_up(&execution, &earlier);
	journal_record_clear(&earlier.record);
	return status;
}

static const struct option_spec options[] = {
	COMMAND_SIGNATURE_OPTIONS,
	{0},
};

const struct command command_bootstrap = {
	.name = "bootstrap",
	.page =
		{
			.usage = "haupgrade bootstrap [OPTION...] CLUSTER BUNDLE",
			.summary =
				"First installation on fresh nodes.\n"
				"Verifies the bundle, looks at every node, installs, propagates the configuration files,\n"
				"starts the services, and confirms one primary, the others backup and an answering\n"
				"floating IP. Refuses nodes that serve already; may be run again at any point.",
			.options = options,
			.notes =
				"Exit status: 0 the cluster serves, 1 refused or stopped safely (run it again, or resume), 2\n"
				"usage or environment.",
		},
	.minimum = 2,
	.maximum = 2,
	.run = bootstrap,
};
