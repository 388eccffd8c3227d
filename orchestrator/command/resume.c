/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade resume: goes on with a run that stopped or whose process died. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/number.h"
#include "orchestrator/command/prepare.h"
#include "orchestrator/command/record.h"
#include "orchestrator/journal/lock.h"

/*
 * A run may have stopped while a node that was told to reboot could not be reached, and the node
 * turned out not to have rebooted at all: then it has to be told again.
 */
static void step_back_to_reboot(struct run *run, size_t *first_step, bool *intended)
{
	const struct step *step = &run->plan.steps[*first_step];
	struct error ignored = {0};

	if (*first_step >= run->plan.count || step->kind != STEP_RETURN ||
		run_ask(run, step->node, false, &ignored) < 0 ||
		strcmp(run->nodes[step->node].facts.boot, run->nodes[step->node].boot_before) != 0)
		return;
	--*first_step;
	*intended = true;
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
	step_back_to_reboot(run, &drive.first_step, &drive.intended);
	if (journal_run_state(journal, record->run_id, JOURNAL_RUNNING, "resumed", &err) < 0) {
		command_complain(settings, err.text);
		return EXIT_USAGE;
	}
	output_say(settings, "run %" PRId64 " goes on with step %zu of %zu\n", record->run_id,
		drive.first_step + 1, run->plan.count);
	return prepare_drive(&output, &drive);
}

static int resume(const struct settings *settings, char **arguments, int count)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(cleanup_run) struct run run = {0};
	CLEANUP(cleanup_lock) struct lock *lock = NULL;
	CLEANUP(cleanup_journal) struct journal *journal = NULL;
	struct error err = {0};
	uint64_t run_id = 0;
	int status;

	if ((count && number_parse(arguments[0], "RUN", 1, INT64_MAX, &run_id, &err) < 0) ||
		journal_open(settings->state_folder, &journal, &err) < 0 ||
		journal_run_load(journal, (int64_t)run_id, NULL, &record, &err) < 0 ||
		lock_take(settings->state_folder, record.cluster, &lock, &err) < 0) {
		command_complain(settings, err.text);
		return EXIT_USAGE;
	}
	if (record.state == JOURNAL_DONE) {
		output_say(settings, "run %" PRId64 " is done already\n", record.run_id);
		return EXIT_DONE;
	}
	status = prepare_run(settings, record.cluster_file, record.bundle, &cluster, &run);
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
			.notes = "RUN is the run's number; without it the newest run.\n"
				 "Exit status: as upgrade.",
		},
	.minimum = 0,
	.maximum = 1,
	.run = resume,
};
