/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going back: what the command rollback, a resumed rollback and --on-failure have in common. */
#ifndef ORCHESTRATOR_RUN_ROLLBACK_RUN_H
#define ORCHESTRATOR_RUN_ROLLBACK_RUN_H

#include "orchestrator/run/execution.h"

/* What a rollback of of_run wants. */
struct execution_goal rollback_run_goal(int64_t of_run);

/*
 * Turns the run, whose cluster is loaded, into one that goes back from that run: the versions
 * before it become the nodes' goals.
 */
enum outcome rollback_run_arm(struct execution *execution, int64_t of_run);

/* Writes down that of_run was taken back by the run that has just ended well. */
void rollback_run_done(struct execution *execution, int64_t of_run);

/*
 * Takes a run back: the one of that name, NULL: the newest upgrade. cluster_file: where it lies
 * now, NULL: where it was.
 */
enum outcome rollback_run(const struct run_process *process, const struct run_wishes *wishes,
	const char *name, const char *cluster_file);

/* After an upgrade: it failed and is to be rolled back. Where somebody wanted it to end, says that
 * it is not. */
bool rollback_run_is_due(const struct execution *failed);
/*
 * Then: clears it and goes back in a run of its own, without asking. Never OUTCOME_DONE, for the
 * upgrade has failed.
 */
enum outcome rollback_run_failed(struct execution *failed);

#endif
