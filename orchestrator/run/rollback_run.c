/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going back: the nodes that a run changed get their previous packages. */
#include "orchestrator/run/rollback_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/keep/previous.h"
#include "orchestrator/node/installation.h"
#include "orchestrator/node/job.h"
#include "orchestrator/node/start.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/run_lease.h"
#include "orchestrator/run/wanted_run.h"

enum { START_PAUSE_MS = 500 };

struct execution_goal rollback_run_goal(int64_t of_run)
{
	return (struct execution_goal){
		.kind = PLAN_ROLLBACK,
		.of_run = of_run,
		.done = "every node has its previous packages",
		.idle = "nothing to go back from: every node has its previous packages",
	};
}

enum outcome rollback_run_arm(struct execution *execution, int64_t of_run)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	struct run_context *run = &execution->run;
	CLEANUP(error_release) struct error err = {0};

	if (journal_run_load(execution->journal, of_run, NULL, &record, &err) < 0 ||
		plan_record_read(record.plan, run, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	for (size_t i = 0; i < run->nodes.count; i++)
		run->target.goal[i] = TAKE(run->target.before[i]);
	run->plan = (struct plan){0};
	run->target.kind = PLAN_ROLLBACK;
	return OUTCOME_DONE;
}

void rollback_run_done(struct execution *execution, int64_t of_run)
{
	CLEANUP(error_release) struct error err = {0};
	char reason[64];

	if (execution->run.id)
		snprintf(reason, sizeof(reason), "by run %" PRId64, execution->run.id);
	else
		snprintf(reason, sizeof(reason), "every node has its previous packages");
	if (journal_run_state(execution->journal, of_run, JOURNAL_ROLLED_BACK, reason, &err) < 0)
		teller_fail(execution->teller, &err, OUTCOME_UNABLE);
}

/* The record is read again under the lock: another process may have taken it back by now. */
static enum outcome lock_run(
	struct execution *execution, const char *name, struct journal_record *record)
{
	CLEANUP(cleanup_journal_record) struct journal_record found = {0};
	CLEANUP(error_release) struct error err = {0};
	enum outcome outcome;

	if (wanted_run_to_take_back(
		    execution->journal, execution->process->state_folder, name, &found, &err) < 0 ||
		wanted_run_is_upgrade(&found, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	outcome = execution_lock(execution, found.cluster);
	if (outcome == OUTCOME_DONE &&
		(journal_run_load(execution->journal, found.run_id, NULL, record, &err) < 0 ||
			wanted_run_may_be_taken_back(execution->journal, record, &err) < 0))
		outcome = teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	return outcome;
}

static enum outcome refuse_unseen(const struct execution *execution, const struct error *err)
{
	teller_fail(execution->teller, err, OUTCOME_NO);
	teller_complain(
		execution->teller, "what cannot be seen is not taken back; no node was touched");
	return OUTCOME_NO;
}

struct waiting {
	const struct execution *execution;
	size_t node;
};

static void tell_waiting(void *data)
{
	const struct waiting *waiting = data;

	teller_say(waiting->execution->teller,
		"%s: the run's installation is still running; waiting for its end\n",
		waiting->execution->cluster->nodes[waiting->node].name);
}

/* What the run began goes on without it, and would change what is looked at next. */
static enum outcome await_installation(struct execution *execution, size_t node, uint64_t until_ms)
{
	struct waiting waiting = {execution, node};
	const struct job_patience patience = {until_ms, tell_waiting, &waiting};
	CLEANUP(error_release) struct error err = {0};

	int result = installation_await(
		&execution->run.nodes.items[node].link, execution->run.job, &patience, &err);

	if (result == 0)
		return OUTCOME_DONE;
	if (result != -EBUSY)
		return refuse_unseen(execution, &err);
	error_set(&err, EBUSY, "%s; go back once it has ended", error_text(&err));
	return teller_fail(execution->teller, &err, OUTCOME_NO);
}

static enum outcome look(struct execution *execution, const struct journal_record *record)
{
	const uint64_t until_ms = clock_monotonic_ms() + execution->cluster->deadlines.install;
	enum outcome outcome = OUTCOME_DONE;
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};

	plan_record_name_job(&execution->run, record);
	for (size_t i = 0; i < execution->run.nodes.count && outcome == OUTCOME_DONE; i++)
		outcome = await_installation(execution, i, until_ms);
	if (outcome != OUTCOME_DONE)
		return outcome;
	nodes_ask_all(&execution->run.nodes, PLAN_NO_NODE, errors);
	for (size_t i = 0; i < execution->run.nodes.count; i++) {
		if (!execution->run.nodes.items[i].facts.boot)
			return refuse_unseen(execution, &errors[i]);
	}
	return OUTCOME_DONE;
}

/* The packages that the run was given to go back to; false when it was given none, or others lie
 * there now. */
static bool take_recorded(struct execution *execution, const struct journal_record *record)
{
	json_t *options = json_loads(record->options, 0, NULL);
	const char *path = json_string_value(json_object_get(options, "previous"));
	const char *digest = json_string_value(json_object_get(options, "previous_digest"));
	bool taken = path && digest && access(path, R_OK) == 0 &&
		     execution_take_target(execution, path) == OUTCOME_DONE &&
		     strcmp(execution->run.target.bundle_digest, digest) == 0;

	json_decref(options);
	return taken;
}

static enum outcome fetch(struct execution *execution, const struct previous *missing)
{
	CLEANUP(cleanup_free)
	char *folder = text_format(
		"%s/bundles/%s", execution->process->state_folder, execution->cluster->name);
	CLEANUP(error_release) struct error err = {0};

	teller_say(execution->teller, "fetching %zu previous package%s that the nodes keep\n",
		missing->count, missing->count == 1 ? "" : "s");
	if (previous_fetch(&execution->run.target, missing, folder, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_NO);
	return execution_take_target(execution, folder);
}

/* Is any node without what it needs to serve? */
static int find_stopped(const struct run_context *run)
{
	for (size_t i = 0; i < run->nodes.count; i++)
		if (!facts_services_active(&run->nodes.items[i].facts))
			return (int)i;
	return PLAN_NO_NODE;
}

/* In the run that is taken back: no other one begins. */
static void note_start(const struct execution *execution, int64_t of_run, const char *node)
{
	json_t *note = json_pack("{s:s, s:s}", "node", node, "text", "the run is taken back");
	CLEANUP(cleanup_free) char *words = json_dumps(note, JSON_COMPACT);
	CLEANUP(error_release) struct error ignored = {0};

	json_decref(note);
	journal_note(execution->journal, of_run, NOTE_START, words ? words : "{}", &ignored);
}

/* What an interrupted run stopped, before it changed a package, is started again. */
static enum outcome start_services(struct execution *execution, int64_t of_run)
{
	const struct run_lease_wish held = {
		.process = execution->process,
		.purpose = plan_kind_name(PLAN_ROLLBACK),
		.journal = execution->journal,
		.of_run = of_run,
	};
	uint64_t until = clock_monotonic_ms() + execution->cluster->deadlines.services;
	CLEANUP(error_release) struct error err = {0};
	int node;

	if (run_lease_take(&execution->run.nodes, &held, &execution->run.lease, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_NO);
	execution_relieve(execution);
	for (size_t i = 0; i < execution->run.nodes.count; i++) {
		if (facts_services_active(&execution->run.nodes.items[i].facts))
			continue;
		teller_say(execution->teller, "%s: starting the services\n",
			execution->cluster->nodes[i].name);
		note_start(execution, of_run, execution->cluster->nodes[i].name);
		node_start(&execution->run.nodes.items[i].link,
			execution->cluster->deadlines.services, &err);
	}
	for (;;) {
		CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};

		nodes_ask_all(&execution->run.nodes, PLAN_NO_NODE, errors);
		node = find_stopped(&execution->run);
		if (node == PLAN_NO_NODE)
			return OUTCOME_DONE;
		if (clock_monotonic_ms() >= until || *execution->process->interrupted)
			break;
		clock_sleep_ms(START_PAUSE_MS);
	}
	error_set(&err, EAGAIN,
		"%s has its previous packages, but its services are not active; look there",
		execution->cluster->nodes[node].name);
	return teller_fail(execution->teller, &err, OUTCOME_NO);
}

/* Everything is as before the run already. */
static enum outcome nothing_to_do(struct execution *execution, const struct journal_record *record)
{
	enum outcome outcome = OUTCOME_DONE;

	if (find_stopped(&execution->run) != PLAN_NO_NODE)
		outcome = start_services(execution, record->run_id);
	if (outcome != OUTCOME_DONE)
		return outcome;
	rollback_run_done(execution, record->run_id);
	teller_idle(execution->teller, record->run_id,
		"nothing to go back from: every node has the packages of before the run");
	return OUTCOME_DONE;
}

static enum outcome find_target(struct execution *execution, const struct journal_record *record,
	const struct previous *missing)
{
	if (execution->wishes->previous)
		return execution_take_target(execution, execution->wishes->previous);
	if (take_recorded(execution, record))
		return OUTCOME_DONE;
	return fetch(execution, missing);
}

static enum outcome roll_back(
	struct execution *execution, const struct journal_record *record, const char *cluster_file)
{
	const struct execution_goal goal = rollback_run_goal(record->run_id);
	CLEANUP(cleanup_previous) struct previous missing = {0};
	CLEANUP(error_release) struct error err = {0};
	enum outcome outcome = execution_load_cluster_of(execution, record, cluster_file);

	if (outcome == OUTCOME_DONE)
		outcome = rollback_run_arm(execution, record->run_id);
	if (outcome == OUTCOME_DONE)
		outcome = look(execution, record);
	if (outcome != OUTCOME_DONE)
		return outcome;
	if (previous_missing(&execution->run.target, &missing, &err) < 0 &&
		!execution->wishes->previous)
		return teller_fail(execution->teller, &err, OUTCOME_NO);
	if (!missing.count && !err.number)
		return nothing_to_do(execution, record);
	outcome = find_target(execution, record, &missing);
	/* Whoever gave them: with other packages the run would not be taken back. */
	if (outcome == OUTCOME_DONE && previous_judge(&execution->run.target, &err) < 0) {
		outcome = teller_fail(execution->teller, &err, OUTCOME_NO);
		teller_complain(execution->teller, "no node was touched");
	}
	if (outcome == OUTCOME_DONE)
		outcome = execution_begin(execution, &goal);
	if (outcome == OUTCOME_DONE)
		rollback_run_done(execution, record->run_id);
	return outcome;
}

/* An execution that is set up for a rollback; the run that took the other one back goes to *by, 0:
 * none had to. */
static enum outcome take_back(
	struct execution *execution, const char *name, const char *cluster_file, int64_t *by)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	enum outcome outcome = execution_open(execution);

	if (outcome == OUTCOME_DONE)
		outcome = lock_run(execution, name, &record);
	if (outcome != OUTCOME_DONE)
		return outcome;
	if (record.state == JOURNAL_ROLLED_BACK) {
		teller_idle(execution->teller, record.run_id, "the run is rolled back already");
		return OUTCOME_DONE;
	}
	outcome = roll_back(execution, &record, cluster_file);
	*by = execution->run.id;
	return outcome;
}

enum outcome rollback_run(const struct run_process *process, const struct run_wishes *wishes,
	const char *name, const char *cluster_file)
{
	CLEANUP(cleanup_execution) struct execution execution;
	int64_t by = 0;

	execution_init(&execution, process, wishes);
	return take_back(&execution, name, cluster_file, &by);
}

bool rollback_run_is_due(const struct execution *failed)
{
	CLEANUP(cleanup_free) char *words = NULL;

	if (!execution_must_roll_back(failed))
		return false;
	if (!failed->told_to_end)
		return true;
	words = text_format(
		"run %" PRId64
		" failed and was asked to end, so it is not rolled back by itself: `haupgrade rollback %" PRId64
		"` does that",
		failed->run.id, failed->run.id);
	teller_complain(failed->teller, words);
	return false;
}

enum outcome rollback_run_failed(struct execution *failed)
{
	const int64_t run_id = failed->run.id;
	struct teller *teller = failed->teller;
	/* A rollback is not held up by what was meant for the way forward, nor asked about: that
	 * was said when the run began. */
	const struct run_wishes wishes = {
		.signatures = failed->wishes->signatures,
		.waivers = failed->wishes->waivers,
		.previous = failed->wishes->previous,
		.confirmed = true,
	};
	CLEANUP(cleanup_execution) struct execution execution;
	CLEANUP(cleanup_free) char *name = text_format("%" PRId64, run_id);
	CLEANUP(cleanup_text) struct text words = {0};
	enum outcome outcome;
	int64_t by = 0;

	teller_say(teller, "run %" PRId64 " failed; it is rolled back (--on-failure rollback)\n",
		run_id);
	execution_init(&execution, failed->process, &wishes);
	/* Lock and lease pass over: let go in between, another run could begin. */
	execution.heir_of = failed;
	outcome = take_back(&execution, name, failed->cluster->file, &by);
	text_appendf(&words, "run %" PRId64 " failed and ", run_id);
	if (outcome != OUTCOME_DONE)
		text_append(&words, "could not be rolled back");
	else
		text_append(&words, "was rolled back");
	if (by)
		text_appendf(&words, " by run %" PRId64, by);
	teller_complain(teller, text_string(&words));
	return outcome == OUTCOME_DONE ? OUTCOME_NO : outcome;
}
