/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade resume: goes on with a run that stopped or whose process died. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "orchestrator/command/bootstrap.h"
#include "orchestrator/command/conduct.h"
#include "orchestrator/command/recall.h"
#include "orchestrator/command/rollback.h"

/*
 * The record is read again under the lock: another process may have gone on with the run, or
 * ended it, since it was looked for.
 */
static int lock_run(struct conduct *conduct, const char *name, struct journal_record *record)
{
	CLEANUP(cleanup_journal_record) struct journal_record found = {0};
	CLEANUP(error_release) struct error err = {0};
	int status = conduct_find(conduct, name, &found);

	if (status == EXIT_DONE)
		status = conduct_lock(conduct, found.cluster);
	if (status != EXIT_DONE)
		return status;
	if (journal_run_load(conduct->journal, found.run_id, NULL, record, &err) < 0) {
		command_complain(conduct->settings, error_text(&err));
		return EXIT_USAGE;
	}
	return conduct_newest(conduct, record);
}

/* -1: it may go on, else it has ended and the exit status. */
static int tell_ended(const struct settings *settings, const struct journal_record *record)
{
	CLEANUP(error_release) struct error err = {0};

	switch (record->state) {
	case JOURNAL_RUNNING:
	case JOURNAL_STOPPED:
	case JOURNAL_FAILED:
	case JOURNAL_STATE_COUNT:
		break;
	case JOURNAL_DONE:
		output_nothing(settings, record->run_id, "the run is done already");
		return EXIT_DONE;
	case JOURNAL_ABORTED:
	case JOURNAL_ROLLED_BACK:
		if (record->kind == PLAN_BOOTSTRAP) {
			error_set(&err, EINVAL,
				"run %" PRId64
				" was aborted and is not resumed: begin anew with `haupgrade bootstrap`",
				record->run_id);
			command_complain(settings, error_text(&err));
			return EXIT_NO;
		}
		error_set(&err, EINVAL,
			"run %" PRId64
			" was %s and is not resumed: begin anew with `haupgrade upgrade`%s",
			record->run_id, record->state == JOURNAL_ABORTED ? "aborted" : "taken back",
			record->state == JOURNAL_ABORTED ? ", or go back with `haupgrade rollback`"
							 : "");
		command_complain(settings, error_text(&err));
		return EXIT_NO;
	}
	return -1;
}

static int resume(const struct settings *settings, char **arguments, int count)
{
	struct conduct_wish wish = {.kind = PLAN_UPGRADE, .done = "every node is upgraded"};
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_conduct) struct conduct conduct;
	int status, ended;

	conduct_init(&conduct, settings);
	status = conduct_open(&conduct);
	if (status == EXIT_DONE)
		status = lock_run(&conduct, count ? arguments[0] : NULL, &record);
	if (status != EXIT_DONE)
		return status;
	ended = tell_ended(settings, &record);
	if (ended >= 0)
		return ended;
	lock_name_run(conduct.lock, record.run_id);
	status = conduct_load(&conduct, settings->cluster_file ?: record.cluster_file,
		settings->bundle ?: record.bundle);
	if (status != EXIT_DONE) {
		command_complain(settings,
			"the run needs its cluster file and its bundle; if they lie elsewhere now, say where with --cluster and --bundle");
		return status;
	}
	if (strcmp(conduct.cluster->name, record.cluster) != 0) {
		CLEANUP(error_release) struct error err = {0};

		error_set(&err, EINVAL,
			"%s is of cluster \"%s\", but run %" PRId64
			" is of \"%s\": give the file of that cluster with --cluster",
			conduct.cluster->file, conduct.cluster->name, record.run_id,
			record.cluster);
		return command_fail(settings, &err, EXIT_USAGE);
	}
	status = recall_all(&conduct, &record);
	if (status == EXIT_DONE && record.kind == PLAN_BOOTSTRAP) {
		wish = bootstrap_wish();
		status = bootstrap_arm(&conduct);
	}
	if (status == EXIT_DONE && record.kind == PLAN_ROLLBACK) {
		wish = rollback_wish(record.of_run);
		status = rollback_arm(&conduct, record.of_run);
	}
	if (status == EXIT_DONE)
		status = conduct_go_on(&conduct, &wish, &record);
	if (status == EXIT_DONE && record.kind == PLAN_ROLLBACK)
		rollback_done(&conduct, record.of_run);
	return rollback_if_failed(&conduct, status);
}

static const struct option_spec options[] = {
	COMMAND_ON_FAILURE_OPTION,
	{OPTION_CLUSTER, 0, "cluster", "FILE", "the run's cluster file, where it lies now"},
	{OPTION_BUNDLE, 0, "bundle", "PATH", "the run's bundle, where it lies now"},
	CONDUCT_OPTIONS,
	{0},
};

const struct command command_resume = {
	.name = "resume",
	.page =
		{
			.usage = "haupgrade resume [OPTION...] [RUN]",
			.summary =
				"Goes on with a run that stopped or whose process died.\n"
				"Nothing is believed from memory: the step that was under way is looked at first.",
			.options = options,
			.notes =
				"RUN is the run's number; without it the newest run that did not end.\n"
				"Exit status: as upgrade.",
		},
	.minimum = 0,
	.maximum = 1,
	.run = resume,
};
