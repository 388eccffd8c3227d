/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade abort: ends a run for good, at a safe point, whether its process lives or not. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/command/conduct.h"
#include "orchestrator/command/recall.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/run/later_runs.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/run_lease.h"
#include "orchestrator/run/start_again.h"

enum { LOOK_MS = 200 };

static int reload(struct conduct *conduct, struct journal_record *record)
{
	int64_t run_id = record->run_id;
	CLEANUP(error_release) struct error err = {0};

	journal_record_clear(record);
	if (journal_run_load(conduct->journal, run_id, NULL, record, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	return EXIT_DONE;
}

/* -1: the run can be aborted, else it has ended and the exit status. */
static int tell_ended(const struct conduct *conduct, const struct journal_record *record)
{
	CLEANUP(error_release) struct error err = {0};

	switch (record->state) {
	case JOURNAL_RUNNING:
	case JOURNAL_STOPPED:
	case JOURNAL_FAILED:
		break;
	case JOURNAL_DONE:
		if (record->kind == PLAN_BOOTSTRAP) {
			error_set(&err, EINVAL,
				"run %" PRId64
				" is done: there is nothing to abort, and nothing was there before it to go back to",
				record->run_id);
			return command_fail(conduct->settings, &err, EXIT_NO);
		}
		error_set(&err, EINVAL,
			"run %" PRId64
			" is done: there is nothing to abort; `haupgrade rollback %" PRId64
			"` would take it back",
			record->run_id, record->run_id);
		return command_fail(conduct->settings, &err, EXIT_NO);
	case JOURNAL_ABORTED:
		output_nothing(conduct->settings, record->run_id, "the run was aborted");
		return EXIT_DONE;
	case JOURNAL_ROLLED_BACK:
		output_nothing(conduct->settings, record->run_id, "the run was taken back");
		return EXIT_DONE;
	case JOURNAL_STATE_COUNT:
		break;
	}
	return -1;
}

static int request(const struct conduct *conduct, const struct journal_record *record)
{
	CLEANUP(cleanup_free) char *who = run_lease_owner();
	CLEANUP(error_release) struct error err = {0};

	if (journal_request(conduct->journal, record->run_id, "abort", who, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	return EXIT_DONE;
}

/* The process that was asked died, and a resume was faster than we: it knows of nothing. */
static int request_again(const struct conduct *conduct, const struct journal_record *record)
{
	CLEANUP(error_release) struct error err = {0};
	bool asked = false;

	if (journal_requested(conduct->journal, record->run_id, "abort", &asked, NULL, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	return asked ? EXIT_DONE : request(conduct, record);
}

/* Which run has the process that holds the lock begun, or gone on with? 0: none yet, or no longer.
 */
static int64_t worked_on(const struct conduct *conduct, const struct journal_record *record)
{
	enum { TRIES = 10 };
	struct lock_holder holder = {0};

	/* A process that has just taken the lock says it in a moment. */
	for (unsigned i = 0; i < TRIES && !holder.run_id && !*conduct->settings->interrupted; i++) {
		if (i)
			clock_sleep_ms(LOOK_MS);
		holder = lock_holder(conduct->settings->state_folder, record->cluster);
	}
	return holder.run_id;
}

/* The process works on something else, which the run's number says nothing about. */
static int refuse_other(const struct conduct *conduct, const struct journal_record *record,
	int64_t other, const struct error *busy)
{
	CLEANUP(error_release) struct error err = {0};

	error_copy(&err, busy);
	if (other)
		error_set(&err, EBUSY,
			"run %" PRId64 " of cluster %s is worked on now, not run %" PRId64
			": end that one with `haupgrade abort %" PRId64 "`",
			other, record->cluster, record->run_id, other);
	return command_fail(conduct->settings, &err, EXIT_NO);
}

/* -1 while the run's process has the lock; else EXIT_DONE with the lock taken, or another status.
 */
static int try_lock(struct conduct *conduct, const struct journal_record *record)
{
	const struct settings *settings = conduct->settings;
	struct lock_holder holder;
	CLEANUP(error_release) struct error err = {0};
	int result = lock_take(settings->state_folder, record->cluster, &conduct->lock, &err);

	if (result == 0)
		return EXIT_DONE;
	if (result != -EBUSY)
		return command_fail(settings, &err, EXIT_USAGE);
	holder = lock_holder(settings->state_folder, record->cluster);
	if (holder.run_id && holder.run_id != record->run_id)
		return refuse_other(conduct, record, holder.run_id, &err);
	if (*settings->interrupted) {
		command_complain(settings, "not waited for any longer; it will stop nevertheless");
		return EXIT_NO;
	}
	return -1;
}

/*
 * The run's process has the lock: it is asked to stop, and waited for. EXIT_DONE with the lock
 * taken; -1 when that is not waited for.
 */
static int ask_process(struct conduct *conduct, const struct journal_record *record)
{
	const struct settings *settings = conduct->settings;
	int status;

	if (request(conduct, record) != EXIT_DONE)
		return EXIT_USAGE;
	output_say(settings,
		"run %" PRId64 ": asked the haupgrade that works on it (process %" PRId64
		") to stop at the next safe point\n",
		record->run_id, lock_holder(settings->state_folder, record->cluster).process);
	if (settings->no_wait)
		return -1;
	while ((status = try_lock(conduct, record)) < 0) {
		clock_sleep_ms(LOOK_MS);
		if (request_again(conduct, record) != EXIT_DONE)
			return EXIT_USAGE;
	}
	return status;
}

/* The lock is ours when this returns EXIT_DONE; -1: nobody has to wait for anything. */
static int lock_run(struct conduct *conduct, struct journal_record *record)
{
	CLEANUP(error_release) struct error err = {0};
	int result =
		lock_take(conduct->settings->state_folder, record->cluster, &conduct->lock, &err);
	int status = EXIT_DONE;
	int64_t run_id;

	if (result < 0 && result != -EBUSY)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	if (result == -EBUSY) {
		run_id = worked_on(conduct, record);
		if (run_id != record->run_id)
			return refuse_other(conduct, record, run_id, &err);
		status = ask_process(conduct, record);
	}
	return status == EXIT_DONE ? reload(conduct, record) : status;
}

static void restart_services(struct conduct *conduct, const bool stopped[CLUSTER_NODES_MAX])
{
	for (size_t i = 0; i < conduct->run.nodes.count; i++) {
		const char *name = conduct->cluster->nodes[i].name;
		CLEANUP(error_release) struct error err = {0};
		int result;

		if (*conduct->settings->interrupted)
			return;
		if (!stopped[i])
			continue;
		result = start_again_node(&conduct->run, (int)i, &err);
		if (result < 0)
			command_complain(conduct->settings, error_text(&err));
		else if (result > 0)
			output_say(conduct->settings,
				"%s: the services that the run had stopped were started again\n",
				name);
	}
}

/* How many nodes are without the services that the run had stopped, by the newest facts. */
static size_t count_stopped(const struct conduct *conduct, const bool stopped[CLUSTER_NODES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < conduct->run.nodes.count; i++)
		count += stopped[i] && !facts_own_active(&conduct->run.nodes.items[i].facts);
	return count;
}

static int load_cluster(struct conduct *conduct, const struct journal_record *record)
{
	const struct settings *settings = conduct->settings;
	CLEANUP(error_release) struct error err = {0};
	int status = command_load_cluster(
		settings, settings->cluster_file ?: record->cluster_file, &conduct->cluster);

	if (status != EXIT_DONE) {
		command_complain(settings,
			"the run's cluster file is needed; if it lies elsewhere now, say where with --cluster");
		return status;
	}
	run_context_init(&conduct->run, conduct->cluster, NULL, settings->interrupted);
	conduct->run.target.kind = record->kind;
	conduct->run.journal = conduct->journal;
	conduct->run.id = record->run_id;
	plan_record_name_job(&conduct->run, record);
	if (plan_record_read_versions(record->plan, &conduct->run, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	return EXIT_DONE;
}

static void tell_end(const struct conduct *conduct, const struct journal_record *record)
{
	output_say(conduct->settings, "run %" PRId64 " aborted\n", record->run_id);
	if (conduct->settings->json)
		output_event(json_pack("{s:s, s:I, s:s, s:f, s:o}", "event", "end", "run",
			(json_int_t)record->run_id, "result", "aborted", "seconds", 0.0, "reason",
			note_string(record->reason)));
}

/* What it left, the newer run has found and dealt with: to mend it now would be to meddle. */
static int abort_overtaken(struct conduct *conduct, const struct journal_record *record,
	const struct journal_record *newer)
{
	CLEANUP(cleanup_free)
	char *reason = text_format("run %" PRId64 " is newer", newer->run_id);
	CLEANUP(error_release) struct error err = {0};

	if (journal_run_state(conduct->journal, record->run_id, JOURNAL_ABORTED, reason, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	output_say(conduct->settings,
		"run %" PRId64 " of cluster %s is newer: no node was touched\n", newer->run_id,
		record->cluster);
	tell_end(conduct, record);
	return EXIT_DONE;
}

/* Nobody works on it: what it left is put in order here. */
static int abort_dead(struct conduct *conduct, const struct journal_record *record)
{
	const struct run_lease_wish held = {
		.purpose = "abort",
		.journal = conduct->journal,
		.of_run = record->run_id,
		.goes_on = true,
		.partly = true,
	};
	CLEANUP(error_release) struct error err = {0};
	bool stopped[CLUSTER_NODES_MAX] = {false};
	int status = load_cluster(conduct, record);
	size_t left;

	if (status != EXIT_DONE)
		return status;
	if (start_again_find(&conduct->run, stopped, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	if (output_take_lease(
		    conduct->settings, &conduct->run.nodes, &held, &conduct->run.lease, &err) < 0) {
		command_fail(conduct->settings, &err, EXIT_NO);
		command_complain(conduct->settings, "nothing was changed; the run is as it was");
		return EXIT_NO;
	}
	recall_way_back(conduct, record);
	restart_services(conduct, stopped);
	if (*conduct->settings->interrupted) {
		command_complain(conduct->settings, "interrupted; the run is not aborted");
		return EXIT_NO;
	}
	if (journal_run_state(conduct->journal, record->run_id, JOURNAL_ABORTED,
		    record->reason[0] ? record->reason : "its process had died", &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	conduct_tell_advice(conduct, ADVICE_ABORTED);
	left = count_stopped(conduct, stopped);
	tell_end(conduct, record);
	if (!left)
		return EXIT_DONE;
	/* An abort that waited for a dead node would never end. */
	error_set(&err, EAGAIN,
		"run %" PRId64
		" is aborted, but the services that it had stopped do not run on %zu of %zu nodes (named above): start them there, or go back with `haupgrade rollback %" PRId64
		"`",
		record->run_id, left, conduct->run.nodes.count,
		record->kind == PLAN_ROLLBACK ? record->of_run : record->run_id);
	return command_fail(conduct->settings, &err, EXIT_NO);
}

/* Under the lock: nobody works on it. */
static int abort_locked(struct conduct *conduct, const struct journal_record *record)
{
	CLEANUP(cleanup_journal_record) struct journal_record newer = {0};
	CLEANUP(error_release) struct error err = {0};

	if (later_runs_in_the_way(conduct->journal, record, &newer, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	return newer.run_id ? abort_overtaken(conduct, record, &newer)
			    : abort_dead(conduct, record);
}

static int abort_run(const struct settings *settings, char **arguments, int count)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_conduct) struct conduct conduct;
	int status, ended;

	conduct_init(&conduct, settings);
	status = conduct_open(&conduct);
	if (status == EXIT_DONE)
		status = conduct_find(&conduct, count ? arguments[0] : NULL, &record);
	if (status != EXIT_DONE)
		return status;
	ended = tell_ended(&conduct, &record);
	if (ended >= 0)
		return ended;
	status = lock_run(&conduct, &record);
	if (status < 0)
		return EXIT_DONE;
	if (status != EXIT_DONE)
		return status;
	ended = tell_ended(&conduct, &record);
	return ended >= 0 ? ended : abort_locked(&conduct, &record);
}

static const struct option_spec options[] = {
	{OPTION_NO_WAIT, 0, "no-wait", NULL,
		"do not wait until the haupgrade that works on the run has stopped"},
	{OPTION_CLUSTER, 0, "cluster", "FILE", "the run's cluster file, where it lies now"},
	{0},
};

const struct command command_abort = {
	.name = "abort",
	.page =
		{
			.usage = "haupgrade abort [OPTION...] [RUN]",
			.summary =
				"Ends a run for good, at a safe point.\n"
				"Where haupgrade works on it, it stops before the next node or after this one. Where nobody\n"
				"does any more, services that the run had stopped are started again, unless an\n"
				"installation is running or was interrupted.",
			.options = options,
			.notes =
				"RUN is the run's number; without it the newest run that did not end, and after which\n"
				"none changed a node. Of an older one no node is touched. An aborted run is not resumed: begin\n"
				"anew with upgrade, or go back with rollback.\n"
				"Exit status: 0 aborted, 1 not (the run was done, or somebody else works on it), or services\n"
				"could not be started again, 2 usage or environment.",
		},
	.minimum = 0,
	.maximum = 1,
	.run = abort_run,
};
