/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade resume: goes on with a run that stopped or whose process died. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/number.h"
#include "orchestrator/command/prepare.h"
#include "orchestrator/command/record.h"
#include "orchestrator/journal/lock.h"

static size_t find_step(const struct plan *plan, enum step_kind kind, int node)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		if (plan->steps[i].kind == kind && plan->steps[i].node == node)
			break;
	}
	return i;
}

/*
 * What was done may have been undone since: a node may have got its previous packages back, or
 * turn out not to have rebooted at all. Then its part of the plan begins again where that is.
 */
static void step_back(struct run *run, size_t *first_step, bool *intended)
{
	const struct step *step = &run->plan.steps[*first_step];
	struct error ignored = {0};
	struct run_node *node;

	if (*first_step >= run->plan.count || step->kind <= STEP_INSTALL ||
		step->kind > STEP_ROLE || run_ask(run, step->node, true, &ignored) < 0)
		return;
	node = &run->nodes[step->node];
	if (run_needs_upgrade(run, (size_t)step->node)) {
		*first_step = find_step(&run->plan, STEP_STOP, step->node);
		*intended = false;
	} else if (step->kind == STEP_RETURN && strcmp(node->facts.boot, node->boot_before) == 0) {
		*first_step = find_step(&run->plan, STEP_REBOOT, step->node);
		*intended = true;
	}
}

static int resume_run(const struct settings *settings, struct run *run, struct journal *journal,
	const struct journal_record *record)
{
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	struct error err = {0};
	struct output output;
	struct drive drive = {
		.run = run,
		.journal = journal,
		.run_id = record->run_id,
		.interrupted = settings->interrupted,
		.listener = &output.listener,
	};
	int status;

	output_init(&output, settings, run->cluster);
	record_name_job(run, record);
	if (strcmp(run->bundle_digest, record->bundle_digest) != 0) {
		command_complain(settings,
			"the bundle's packages are not those this run began with; use "
			"`haupgrade upgrade` for other packages");
		return EXIT_NO;
	}
	if (record_read_plan(record->plan, run, &err) < 0 ||
		record_resume_point(
			run, journal, record, &drive.first_step, &drive.intended, &err) < 0) {
		command_complain(settings, err.text);
		return EXIT_USAGE;
	}
	status = prepare_probe(settings, run->cluster, &probe);
	if (status != EXIT_DONE)
		return status;
	run->probe = probe;
	step_back(run, &drive.first_step, &drive.intended);
	if (journal_run_state(journal, record->run_id, JOURNAL_RUNNING, "resumed", &err) < 0) {
		command_complain(settings, err.text);
		return EXIT_USAGE;
	}
	output_say(settings, "run %" PRId64 " goes on with step %zu of %zu\n", record->run_id,
		drive.first_step + 1, run->plan.count);
	return prepare_drive(&output, &drive);
}

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
static int lock_run(const struct settings *settings, struct journal *journal, const char *name,
	struct lock **lock, struct journal_record *record, struct error *err)
{
	CLEANUP(cleanup_journal_record) struct journal_record found = {0};
	int result = find_run(journal, name, &found, err);

	if (result == 0)
		result = lock_take(settings->state_folder, found.cluster, lock, err);
	if (result == 0)
		result = journal_run_load(journal, found.run_id, NULL, record, err);
	return result == 0 ? refuse_superseded(journal, record, err) : result;
}

static int resume(const struct settings *settings, char **arguments, int count)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(cleanup_run) struct run run = {0};
	CLEANUP(cleanup_lock) struct lock *lock = NULL;
	CLEANUP(cleanup_journal) struct journal *journal = NULL;
	struct error err = {0};
	int status;

	if (journal_open(settings->state_folder, &journal, &err) < 0 ||
		lock_run(settings, journal, count ? arguments[0] : NULL, &lock, &record, &err) <
			0) {
		command_complain(settings, err.text);
		return EXIT_USAGE;
	}
	if (record.state == JOURNAL_DONE) {
		output_nothing(settings, record.run_id, "the run is done already");
		return EXIT_DONE;
	}
	status = prepare_run(settings, record.cluster_file, record.bundle, &cluster, &run);
	if (status != EXIT_DONE)
		command_complain(settings,
			"the run needs its cluster file and its bundle where they were; put them "
			"back, or begin anew with upgrade");
	return status == EXIT_DONE ? resume_run(settings, &run, journal, &record) : status;
}

const struct command command_resume = {
	.name = "resume",
	.page =
		{
			.usage = "haupgrade resume [OPTION...] [RUN]",
			.summary =
				"Goes on with a run that stopped or whose process died.\n"
				"Nothing is believed from memory: the step that was under way is "
				"looked at first.",
			.notes = "RUN is the run's number; without it the newest run that did not "
				 "end.\n"
				 "Exit status: as upgrade.",
		},
	.minimum = 0,
	.maximum = 1,
	.run = resume,
};
