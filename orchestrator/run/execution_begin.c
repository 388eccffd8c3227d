/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run is begun, or gone on with: all that comes before its first step. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "orchestrator/check/record.h"
#include "orchestrator/run/continuation.h"
#include "orchestrator/run/execution.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/planning.h"
#include "orchestrator/run/run_gate.h"
#include "orchestrator/run/run_lease.h"
#include "orchestrator/run/run_options.h"

/* What both a new run and a resumed one need before they look at a node. */
static enum outcome start_probe(struct execution *execution)
{
	enum outcome outcome =
		planning_start_probe(execution->teller, execution->cluster, &execution->probe);

	execution->run.probe = execution->probe;
	execution->run.journal = execution->journal;
	execution->preflight = (struct preflight_wishes){
		.waivers = &execution->wishes->waivers,
		.require_signatures = execution->wishes->signatures.required,
		.way_back = execution->wishes->on_failure == ON_FAILURE_ROLLBACK,
		.journal = execution->journal,
		.probe = execution->probe,
	};
	execution->drive = (struct drive){
		.run = &execution->run,
		.interrupted = execution->process->interrupted,
		.listener = execution->teller->steps,
		.wishes = &execution->preflight,
	};
	execution->end = (struct drive_end){0};
	return outcome;
}

static int write_down(struct execution *execution, const struct execution_goal *goal,
	int64_t *number, struct error *err)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	struct run_context *run = &execution->run;
	CLEANUP(cleanup_free) char *plan = NULL, *who = run_lease_owner();
	CLEANUP(cleanup_free)
	char *options = run_options_text(execution->wishes->on_failure == ON_FAILURE_ROLLBACK,
		&execution->wishes->gates, &run->target);
	struct journal_run begun = {
		.cluster = run->nodes.cluster->name,
		.cluster_file = run->nodes.cluster->file,
		.bundle = run->target.bundle->path,
		.bundle_digest = run->target.bundle_digest,
		.profile = run->nodes.cluster->profile->name,
		.invoker = who,
		.pid = getpid(),
		.kind = goal->kind,
		.of_run = goal->of_run,
		.options = options,
	};
	int64_t run_id = 0;
	int result = plan_record_make(run, &plan, err);

	begun.plan = plan;
	if (result == 0)
		result = journal_run_begin(execution->journal, &begun, &run_id, err);
	if (result == 0)
		result = journal_run_load(execution->journal, run_id, NULL, &record, err);
	if (result < 0)
		return result;
	lock_name_run(execution->lock, run_id);
	plan_record_name_job(run, &record);
	execution->run.id = run_id;
	execution->preflight.run_id = run_id;
	*number = run_id;
	return 0;
}

/* Once it is ours, nobody else works on the nodes. */
static enum outcome hold(struct execution *execution, const struct run_lease_wish *wish)
{
	CLEANUP(error_release) struct error err = {0};

	/* What the failed run has lost since it stopped is not its heir's to take. */
	if ((!execution->heir_of || !run_context_lost_lease(&execution->heir_of->run, &err)) &&
		run_lease_take(&execution->run.nodes, wish, &execution->run.lease, &err) == 0) {
		execution->preflight.lease = execution->run.lease;
		execution_relieve(execution);
		return OUTCOME_DONE;
	}
	teller_fail(execution->teller, &err, OUTCOME_NO);
	if (!wish->goes_on)
		teller_complain(execution->teller, "no node was touched");
	return OUTCOME_NO;
}

/* Nothing changes without somebody's word, here or before. */
static enum outcome may_proceed(const struct execution *execution)
{
	/* A first installation interrupts nobody. */
	if (execution->wishes->confirmed || execution->run.target.kind == PLAN_BOOTSTRAP)
		return OUTCOME_DONE;
	return execution->teller->may_proceed(
		execution->teller, execution->cluster, &execution->run.plan);
}

enum outcome execution_begin(struct execution *execution, const struct execution_goal *goal)
{
	const struct run_context *run = &execution->run;
	const struct run_lease_wish held = {
		.purpose = plan_kind_name(goal->kind),
		.process = execution->process,
		.journal = execution->journal,
		.of_run = goal->of_run,
		.partly = goal->of_run != 0,
		.heir_any = goal->kind == PLAN_BOOTSTRAP,
	};
	const struct planning_wishes planning = {
		.preflight = &execution->preflight, .rehearse = execution->wishes->rehearse};
	struct record_place place = {.journal = execution->journal};
	CLEANUP(error_release) struct error err = {0};
	enum outcome outcome = start_probe(execution);

	lease_identity(execution->process->state_folder, run->nodes.cluster->name,
		execution->lease_identity);
	execution->preflight.lease_identity = execution->lease_identity;
	/* Its owner may be dead; preflight would find that somebody holds the cluster. */
	if (outcome == OUTCOME_DONE && goal->of_run)
		outcome = hold(execution, &held);
	if (outcome == OUTCOME_DONE)
		outcome = planning_make(
			execution->teller, &execution->run, &planning, &execution->checks);
	execution->way_back = execution->checks.way_back;
	execution->drive.checked_us = clock_monotonic_us();
	if (outcome == OUTCOME_DONE && !run->plan.count) {
		teller_idle(execution->teller, 0, goal->idle);
		return OUTCOME_DONE;
	}
	if (outcome == OUTCOME_DONE)
		outcome = run_gate_open(execution, 0);
	if (outcome == OUTCOME_DONE)
		outcome = may_proceed(execution);
	if (outcome != OUTCOME_DONE)
		return outcome;
	if (!execution->run.lease)
		outcome = hold(execution, &held);
	if (outcome != OUTCOME_DONE)
		return outcome;
	if (write_down(execution, goal, &place.run_id, &err) < 0 ||
		run_lease_number(execution->run.lease, &held, execution->run.id, &err) < 0 ||
		record_checks(&execution->checks, &execution->wishes->waivers, execution->cluster,
			&place, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	execution->teller->tell(execution->teller,
		&(struct told){.kind = TOLD_RUN_NUMBERED,
			.numbered = {.run_id = execution->run.id, .target = &run->target}});
	return execution_drive(execution, goal, false);
}

/* What was asked of this process before it said that it runs would count as asked of the last. */
static int keep_request(
	const struct execution *execution, const struct journal_record *record, struct error *err)
{
	CLEANUP(cleanup_free) char *who = NULL;
	bool asked = false;
	int result = journal_requested_since(execution->journal, record, "abort", &who, err);

	if (result == 0 && who)
		result = journal_requested(
			execution->journal, record->run_id, "abort", &asked, NULL, err);
	if (result == 0 && who && !asked)
		result = journal_request(execution->journal, record->run_id, "abort", who, err);
	return result;
}

enum outcome execution_go_on(struct execution *execution, const struct execution_goal *goal,
	const struct journal_record *record)
{
	struct run_context *run = &execution->run;
	struct rewind_point point = {0};
	CLEANUP(cleanup_free) char *words = NULL;
	const struct run_lease_wish held = {
		.purpose = plan_kind_name(record->kind),
		.process = execution->process,
		.journal = execution->journal,
		.of_run = record->run_id,
		.goes_on = true,
		.partly = true,
		.heir_any = record->kind == PLAN_BOOTSTRAP,
	};
	const struct record_place place = {execution->journal, record->run_id};
	CLEANUP(error_release) struct error err = {0};
	enum outcome outcome;

	plan_record_name_job(run, record);
	if (strcmp(run->target.bundle_digest, record->bundle_digest) != 0) {
		teller_complain(execution->teller,
			"the bundle's packages are not those this run began with; use `haupgrade upgrade` for other packages");
		return OUTCOME_NO;
	}
	if (plan_record_read(record->plan, run, &err) < 0 ||
		plan_record_resume_point(run, execution->journal, record, &point, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	outcome = start_probe(execution);
	if (outcome == OUTCOME_DONE)
		outcome = hold(execution, &held);
	if (outcome != OUTCOME_DONE)
		return outcome;
	/* Nothing is believed from memory: the nodes say where the run is. */
	if (continuation_find(run, execution->journal, record->run_id, &point, &words, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_NO);
	run->unserved = run->target.kind == PLAN_ROLLBACK && !target_is_served(&run->target);
	if (run->unserved)
		teller_say(execution->teller,
			"no node serves: the probe's budgets do not hold this rollback\n");
	outcome = run_gate_open(execution, point.step);
	if (outcome != OUTCOME_DONE)
		return outcome;
	if (journal_run_state(
		    execution->journal, record->run_id, JOURNAL_RUNNING, "resumed", &err) < 0 ||
		keep_request(execution, record, &err) < 0 ||
		record_checks(&execution->checks, &execution->wishes->waivers, execution->cluster,
			&place, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	execution->run.id = record->run_id;
	execution->preflight.run_id = record->run_id;
	execution->drive.first_step = point.step;
	execution->drive.intended = point.intended;
	teller_say(execution->teller, "run %" PRId64 " goes on with step %zu of %zu%s%s\n",
		record->run_id, point.step + 1, run->plan.count, words ? "; " : "", words ?: "");
	return execution_drive(execution, goal, true);
}
