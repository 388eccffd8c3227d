/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade resume: goes on with a run that stopped or whose process died. */
#include <errno.h>
#include <inttypes.h>

#include "lib/base/number.h"
#include "orchestrator/command/aftercare.h"
#include "orchestrator/command/conduct.h"
#include "orchestrator/command/rollback.h"

/* The run the user means: the one named, else the newest that did not end. */
static int find_run(
	struct journal *journal, const char *name, struct journal_record *record, struct error *err)
{
	struct journal_record *records = NULL;
	uint64_t run_id = 0;
	size_t count = 0, i;
	int result = 0;

	if (name)
		result = number_parse(name, "RUN", 1, INT64_MAX, &run_id, err);
	else
		result = journal_run_list(journal, NULL, 0, &records, &count, err);
	/* The list begins with the newest. */
	for (i = 0; i < count && !run_id; i++) {
		if (records[i].state != JOURNAL_DONE)
			run_id = (uint64_t)records[i].run_id;
	}
	journal_list_free(records, count);
	return result < 0 ? result : journal_run_load(journal, (int64_t)run_id, NULL, record, err);
}

/* Steps of an old plan would be taken on nodes that a newer run has changed. */
static int refuse_superseded(
	struct journal *journal, const struct journal_record *record, struct error *err)
{
	CLEANUP(cleanup_journal_record) struct journal_record newest = {0};
	int result = journal_run_load(journal, 0, record->cluster, &newest, err);

	if (result == 0 && newest.run_id != record->run_id)
		return error_set(err, EINVAL,
			"run %" PRId64 " of cluster %s is newer than run %" PRId64
			": go on with that one, or begin anew with upgrade",
			newest.run_id, record->cluster, record->run_id);
	return result;
}

/*
 * The record is read again under the lock: another process may have gone on with the run, or
 * ended it, since it was looked for.
 */
static int lock_run(struct conduct *conduct, const char *name, struct journal_record *record)
{
	CLEANUP(cleanup_journal_record) struct journal_record found = {0};
	struct error err = {0};
	int status;

	if (find_run(conduct->journal, name, &found, &err) < 0) {
		command_complain(conduct->settings, err.text);
		return EXIT_USAGE;
	}
	status = conduct_lock(conduct, found.cluster);
	if (status != EXIT_DONE)
		return status;
	if (journal_run_load(conduct->journal, found.run_id, NULL, record, &err) < 0 ||
		refuse_superseded(conduct->journal, record, &err) < 0) {
		command_complain(conduct->settings, err.text);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static int resume(const struct settings *settings, char **arguments, int count)
{
	struct conduct_wish wish = {.kind = JOURNAL_UPGRADE, .done = "every node is upgraded"};
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_conduct) struct conduct conduct;
	int status;

	conduct_init(&conduct, settings);
	status = conduct_open(&conduct);
	if (status == EXIT_DONE)
		status = lock_run(&conduct, count ? arguments[0] : NULL, &record);
	if (status != EXIT_DONE)
		return status;
	if (record.state == JOURNAL_DONE) {
		output_nothing(settings, record.run_id, "the run is done already");
		return EXIT_DONE;
	}
	status = conduct_load(&conduct, record.cluster_file, record.bundle);
	if (status != EXIT_DONE) {
		command_complain(settings,
			"the run needs its cluster file and its bundle where they were; put them "
			"back, or begin anew with upgrade");
		return status;
	}
	status = aftercare_recall(&conduct, &record);
	if (status == EXIT_DONE && record.kind == JOURNAL_ROLLBACK) {
		wish = rollback_wish(record.of_run);
		status = rollback_arm(&conduct, record.of_run);
	}
	if (status == EXIT_DONE)
		status = conduct_go_on(&conduct, &wish, &record);
	if (status == EXIT_DONE && record.kind == JOURNAL_ROLLBACK)
		rollback_done(&conduct, record.of_run);
	return rollback_if_failed(&conduct, status);
}

static const struct option_spec options[] = {
	COMMAND_ON_FAILURE_OPTION,
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
				"Nothing is believed from memory: the step that was under way is "
				"looked at first.",
			.options = options,
			.notes = "RUN is the run's number; without it the newest run that did not "
				 "end.\n"
				 "Exit status: as upgrade.",
		},
	.minimum = 0,
	.maximum = 1,
	.run = resume,
};
