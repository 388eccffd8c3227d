/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends a run for good, at a safe point, whether its process lives or not. */
#include "orchestrator/run/abort_run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/run/advice.h"
#include "orchestrator/run/execution.h"
#include "orchestrator/run/later_runs.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/recalled_options.h"
#include "orchestrator/run/run_end.h"
#include "orchestrator/run/run_lease.h"
#include "orchestrator/run/start_services_again.h"
#include "orchestrator/run/wanted_run.h"

enum { LOOK_MS = 200 };

static enum outcome reload(struct execution *execution, struct journal_record *record)
{
	int64_t run_id = record->run_id;
	CLEANUP(error_release) struct error err = {0};

	journal_record_clear(record);
	if (journal_run_load(execution->journal, run_id, NULL, record, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	return OUTCOME_DONE;
}

/* -1: the run can be aborted, else it has ended and the exit status. */
static int tell_ended(const struct execution *execution, const struct journal_record *record)
{
	CLEANUP(error_release) struct error err = {0};

	switch (record->state) {
	case JOURNAL_RUNNING:
	case JOURNAL_STOPPED:
	case JOURNAL_FAILED:
		break;
	case JOURNAL_DONE:
		advice_nothing_to_abort(record, &err);
		return teller_fail(execution->teller, &err, OUTCOME_NO);
	case JOURNAL_ABORTED:
		teller_idle(execution->teller, record->run_id, "the run was aborted");
		return OUTCOME_DONE;
	case JOURNAL_ROLLED_BACK:
		teller_idle(execution->teller, record->run_id, "the run was taken back");
		return OUTCOME_DONE;
	case JOURNAL_STATE_COUNT:
		break;
	}
	return -1;
}

static enum outcome request(const struct execution *execution, const struct journal_record *record)
{
	CLEANUP(cleanup_free) char *who = run_lease_owner();
	CLEANUP(error_release) struct error err = {0};

	if (journal_request(execution->journal, record->run_id, "abort", who, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	return OUTCOME_DONE;
}

/* The process that was asked died, and a resume was faster than we: it knows of nothing. */
static enum outcome request_again(
	const struct execution *execution, const struct journal_record *record)
{
	CLEANUP(error_release) struct error err = {0};
	bool asked = false;

	if (journal_requested(execution->journal, record->run_id, "abort", &asked, NULL, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	return asked ? OUTCOME_DONE : request(execution, record);
}

/* Which run has the process that holds the lock begun, or gone on with? 0: none yet, or no longer.
 */
static int64_t worked_on(const struct execution *execution, const struct journal_record *record)
{
	enum { TRIES = 10 };
	struct lock_holder holder = {0};

	/* A process that has just taken the lock says it in a moment. */
	for (unsigned i = 0; i < TRIES && !holder.run_id && !*execution->process->interrupted;
		i++) {
		if (i)
			clock_sleep_ms(LOOK_MS);
		holder = lock_holder(execution->process->state_folder, record->cluster);
	}
	return holder.run_id;
}

/* The process works on something else, which the run's number says nothing about. */
static enum outcome refuse_other(const struct execution *execution,
	const struct journal_record *record, int64_t other, const struct error *busy)
{
	CLEANUP(error_release) struct error err = {0};

	error_copy(&err, busy);
	if (other)
		error_set(&err, EBUSY,
			"run %" PRId64 " of cluster %s is worked on now, not run %" PRId64
			": end that one with `haupgrade abort %" PRId64 "`",
			other, record->cluster, record->run_id, other);
	return teller_fail(execution->teller, &err, OUTCOME_NO);
}

/* -1 while the run's process has the lock; else OUTCOME_DONE with the lock taken, or another
 * status.
 */
static int try_lock(struct execution *execution, const struct journal_record *record)
{
	struct lock_holder holder;
	CLEANUP(error_release) struct error err = {0};
	int result = lock_take(
		execution->process->state_folder, record->cluster, &execution->lock, &err);

	if (result == 0)
		return OUTCOME_DONE;
	if (result != -EBUSY)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	holder = lock_holder(execution->process->state_folder, record->cluster);
	if (holder.run_id && holder.run_id != record->run_id)
		return refuse_other(execution, record, holder.run_id, &err);
	if (*execution->process->interrupted) {
		teller_complain(
			execution->teller, "not waited for any longer; it will stop nevertheless");
		return OUTCOME_NO;
	}
	return -1;
}

/*
 * The run's process has the lock: it is asked to stop, and waited for. OUTCOME_DONE with the lock
 * taken; -1 when that is not waited for.
 */
static int ask_process(
	struct execution *execution, const struct journal_record *record, bool no_wait)
{
	int status;

	if (request(execution, record) != OUTCOME_DONE)
		return OUTCOME_UNABLE;
	teller_say(execution->teller,
		"run %" PRId64 ": asked the haupgrade that works on it (process %" PRId64
		") to stop at the next safe point\n",
		record->run_id,
		lock_holder(execution->process->state_folder, record->cluster).process);
	if (no_wait)
		return -1;
	while ((status = try_lock(execution, record)) < 0) {
		clock_sleep_ms(LOOK_MS);
		if (request_again(execution, record) != OUTCOME_DONE)
			return OUTCOME_UNABLE;
	}
	return status;
}

/* The lock is ours when this returns OUTCOME_DONE; -1: nobody has to wait for anything. */
static int lock_run(struct execution *execution, struct journal_record *record, bool no_wait)
{
	CLEANUP(error_release) struct error err = {0};
	int result = lock_take(
		execution->process->state_folder, record->cluster, &execution->lock, &err);
	int status = OUTCOME_DONE;
	int64_t run_id;

	if (result < 0 && result != -EBUSY)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	if (result == -EBUSY) {
		run_id = worked_on(execution, record);
		if (run_id != record->run_id)
			return refuse_other(execution, record, run_id, &err);
		status = ask_process(execution, record, no_wait);
	}
	return status == OUTCOME_DONE ? (int)reload(execution, record) : status;
}

static void restart_services(struct execution *execution, const bool stopped[CLUSTER_NODES_MAX])
{
	for (size_t i = 0; i < execution->run.nodes.count; i++) {
		const char *name = execution->cluster->nodes[i].name;
		CLEANUP(error_release) struct error err = {0};
		int result;

		if (*execution->process->interrupted)
			return;
		if (!stopped[i])
			continue;
		result = start_services_again_node(&execution->run, (int)i, &err);
		if (result < 0)
			teller_complain(execution->teller, error_text(&err));
		else if (result > 0)
			teller_say(execution->teller,
				"%s: the services that the run had stopped were started again\n",
				name);
	}
}

/* How many nodes are without the services that the run had stopped, by the newest facts. */
static size_t count_stopped(
	const struct execution *execution, const bool stopped[CLUSTER_NODES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < execution->run.nodes.count; i++)
		count += stopped[i] && !facts_own_active(&execution->run.nodes.items[i].facts);
	return count;
}

static enum outcome load(
	struct execution *execution, const struct journal_record *record, const char *cluster_file)
{
	CLEANUP(error_release) struct error err = {0};
	const enum outcome outcome = execution_load_cluster_of(execution, record, cluster_file);

	if (outcome != OUTCOME_DONE)
		return outcome;
	execution->run.target.kind = record->kind;
	execution->run.journal = execution->journal;
	execution->run.id = record->run_id;
	plan_record_name_job(&execution->run, record);
	if (plan_record_read_versions(record->plan, &execution->run, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	return OUTCOME_DONE;
}

static void tell_end(const struct execution *execution, const struct journal_record *record)
{
	const struct told_end end = {
		.run_id = record->run_id, .cause = CAUSE_ABORT, .reason = record->reason};

	teller_say(execution->teller, "run %" PRId64 " aborted\n", record->run_id);
	execution->teller->tell(
		execution->teller, &(struct told){.kind = TOLD_RUN_ENDS, .end = &end});
}

/* What it left, the newer run has found and dealt with: to mend it now would be to meddle. */
static enum outcome abort_overtaken(struct execution *execution,
	const struct journal_record *record, const struct journal_record *newer)
{
	CLEANUP(cleanup_free)
	char *reason = text_format("run %" PRId64 " is newer", newer->run_id);
	CLEANUP(error_release) struct error err = {0};

	if (journal_run_state(execution->journal, record->run_id, JOURNAL_ABORTED, reason, &err) <
		0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	teller_say(execution->teller,
		"run %" PRId64 " of cluster %s is newer: no node was touched\n", newer->run_id,
		record->cluster);
	tell_end(execution, record);
	return OUTCOME_DONE;
}

/* Nobody works on it: what it left is put in order here. */
static enum outcome abort_dead(
	struct execution *execution, const struct journal_record *record, const char *cluster_file)
{
	const struct run_lease_wish held = {
		.process = execution->process,
		.purpose = "abort",
		.journal = execution->journal,
		.of_run = record->run_id,
		.goes_on = true,
		.partly = true,
	};
	CLEANUP(error_release) struct error err = {0};
	bool stopped[CLUSTER_NODES_MAX] = {false};
	enum outcome status = load(execution, record, cluster_file);
	size_t left;

	if (status != OUTCOME_DONE)
		return status;
	if (start_services_again_find(&execution->run, stopped, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	if (run_lease_take(&execution->run.nodes, &held, &execution->run.lease, &err) < 0) {
		teller_fail(execution->teller, &err, OUTCOME_NO);
		teller_complain(execution->teller, "nothing was changed; the run is as it was");
		return OUTCOME_NO;
	}
	recalled_options_way_back(execution, record);
	restart_services(execution, stopped);
	if (*execution->process->interrupted) {
		teller_complain(execution->teller, "interrupted; the run is not aborted");
		return OUTCOME_NO;
	}
	if (journal_run_state(execution->journal, record->run_id, JOURNAL_ABORTED,
		    record->reason[0] ? record->reason : "its process had died", &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	run_end_advise(execution, ADVICE_ABORTED);
	left = count_stopped(execution, stopped);
	tell_end(execution, record);
	if (!left)
		return OUTCOME_DONE;
	/* An abort that waited for a dead node would never end. */
	advice_left_stopped(record, left, execution->run.nodes.count, &err);
	return teller_fail(execution->teller, &err, OUTCOME_NO);
}

/* Under the lock: nobody works on it. */
static enum outcome abort_locked(
	struct execution *execution, const struct journal_record *record, const char *cluster_file)
{
	CLEANUP(cleanup_journal_record) struct journal_record newer = {0};
	CLEANUP(error_release) struct error err = {0};

	if (later_runs_in_the_way(execution->journal, record, &newer, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	return newer.run_id ? abort_overtaken(execution, record, &newer)
			    : abort_dead(execution, record, cluster_file);
}

enum outcome abort_run(const struct run_process *process, const struct abort_wish *wish)
{
	static const struct run_wishes nothing;
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_execution) struct execution execution;
	CLEANUP(error_release) struct error err = {0};
	int status, ended;

	execution_init(&execution, process, &nothing);
	if (execution_open(&execution) != OUTCOME_DONE)
		return OUTCOME_UNABLE;
	if (wanted_run_to_go_on(execution.journal, wish->name, &record, &err) < 0)
		return teller_fail(process->teller, &err, OUTCOME_UNABLE);
	ended = tell_ended(&execution, &record);
	if (ended >= 0)
		return (enum outcome)ended;
	status = lock_run(&execution, &record, wish->no_wait);
	if (status < 0)
		return OUTCOME_DONE;
	if (status != OUTCOME_DONE)
		return (enum outcome)status;
	ended = tell_ended(&execution, &record);
	return ended >= 0 ? (enum outcome)ended
			  : abort_locked(&execution, &record, wish->cluster_file);
}
