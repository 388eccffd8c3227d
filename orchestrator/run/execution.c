/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run in this process: what it holds, and how all of that is let go. */
#include "orchestrator/run/execution.h"

#include "lib/base/clock.h"
#include "orchestrator/run/run_lease.h"
#include "orchestrator/run/wanted_run.h"

void execution_init(struct execution *execution, const struct run_process *process,
	const struct run_wishes *wishes)
{
	*execution = (struct execution){
		.process = process,
		.teller = process->teller,
		.wishes = wishes,
		.roll_back = wishes->on_failure == ON_FAILURE_ROLLBACK,
		.gates = wishes->gates,
	};
}

void execution_relieve(struct execution *execution)
{
	if (!execution->heir_of)
		return;
	/* Ours is in its place: what renewed it for that run ends. */
	lease_free(TAKE(execution->heir_of->run.lease));
	execution_clear(execution->heir_of);
	execution->heir_of = NULL;
}

void execution_clear(struct execution *execution)
{
	if (!execution->process)
		return;
	/* It never came to a lease of its own: the other one's goes before the lock does. */
	if (execution->heir_of)
		execution_clear(execution->heir_of);
	run_lease_end(execution->process->interrupted, TAKE(execution->run.lease));
	checks_clear(&execution->checks);
	execution->teller->tell(execution->teller, &(struct told){.kind = TOLD_STEPS_GONE});
	gate_free(execution->gate);
	json_decref(execution->began_with);
	probe_free(execution->probe);
	propagate_clear(&execution->propagate);
	wanted_files_free(execution->set);
	run_context_clear(&execution->run);
	cluster_free(execution->cluster);
	journal_free(execution->journal);
	lock_free(execution->lock);
	*execution = (struct execution){0};
}

enum outcome execution_load_cluster(struct execution *execution, const char *cluster_name)
{
	const enum outcome outcome =
		inputs_cluster(execution->process, cluster_name, &execution->cluster);

	if (outcome == OUTCOME_DONE)
		run_context_init(
			&execution->run, execution->cluster, NULL, execution->process->interrupted);
	return outcome;
}

enum outcome execution_load_cluster_of(
	struct execution *execution, const struct journal_record *record, const char *file)
{
	const enum outcome outcome =
		execution_load_cluster(execution, file ?: record->cluster_file);
	CLEANUP(error_release) struct error err = {0};

	if (outcome != OUTCOME_DONE)
		teller_complain(execution->teller,
			"the run's cluster file is needed; if it lies elsewhere now, say where with --cluster");
	else if (wanted_run_is_of(record, execution->cluster, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	return outcome;
}

enum outcome execution_load(
	struct execution *execution, const char *cluster_name, const char *bundle_path)
{
	const enum outcome outcome = execution_load_cluster(execution, cluster_name);

	return outcome == OUTCOME_DONE ? execution_take_target(execution, bundle_path) : outcome;
}

enum outcome execution_take_target(struct execution *execution, const char *bundle_path)
{
	return inputs_target(
		execution->process, &execution->wishes->signatures, bundle_path, &execution->run);
}

enum outcome execution_take_previous(struct execution *execution, const char *path)
{
	return inputs_previous(
		execution->process, &execution->wishes->signatures, path, &execution->run);
}

enum outcome execution_open(struct execution *execution)
{
	CLEANUP(error_release) struct error err = {0};

	if (journal_open(execution->process->state_folder, &execution->journal, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	return OUTCOME_DONE;
}

enum outcome execution_lock(struct execution *execution, const char *cluster_name)
{
	CLEANUP(error_release) struct error err = {0};

	if (execution->heir_of) {
		execution->lock = TAKE(execution->heir_of->lock);
		return OUTCOME_DONE;
	}
	if (lock_take(execution->process->state_folder, cluster_name, &execution->lock, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	return OUTCOME_DONE;
}

bool execution_must_roll_back(const struct execution *execution)
{
	CLEANUP(error_release) struct error ignored = {0};

	/* With every step done every node was seen well: to take that back would be one more
	 * disruption for nothing. Who has lost the lease may not know what became of the nodes. */
	return execution->end.cause == CAUSE_FAILURE &&
	       execution->end.step < execution->run.plan.count && execution->roll_back &&
	       execution->run.target.kind != PLAN_ROLLBACK && execution->way_back &&
	       !run_context_lost_lease(&execution->run, &ignored);
}
