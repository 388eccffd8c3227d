/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run carried out by this process: put together from cluster, bundle, lock, journal and probe,
 * begun or gone on with, driven, and what is left to do and to say once it has ended. Upgrade,
 * resume, rollback and bootstrap say what they want and call it.
 */
#ifndef ORCHESTRATOR_RUN_EXECUTION_H
#define ORCHESTRATOR_RUN_EXECUTION_H

#include <jansson.h>

#include "orchestrator/check/preflight.h"
#include "orchestrator/check/waiver.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/journal/lock.h"
#include "orchestrator/run/advice.h"
#include "orchestrator/run/drive.h"
#include "orchestrator/run/inputs.h"
#include "orchestrator/run/teller.h"
#include "orchestrator/step/run_context.h"

/* What happens when a step fails once a node was changed. */
enum on_failure {
	ON_FAILURE_UNSAID, /* as the run began; a new one stops */
	ON_FAILURE_STOP,
	ON_FAILURE_ROLLBACK,
};

/* What the operator wants of a run. Plain data, borrowed; {0} is fine. */
struct run_wishes {
	struct signature_wishes signatures;
	struct waivers waivers;
	struct gate_options gates;
	const char *previous; /* bundle with the packages to go back to, or NULL */
	enum on_failure on_failure;
	bool rehearse;	/* fail over and back first */
	bool confirmed; /* nobody is asked before the first change */
};

/*
 * All that one run needs. Owned by whoever declared it; start with execution_init, release with
 * execution_clear, in any state. Not to be copied: run points into it.
 */
struct execution {
	const struct run_process *process; /* borrowed */
	struct teller *teller;		   /* the process's */
	const struct run_wishes *wishes;   /* borrowed */
	struct cluster *cluster;
	struct run_context run;
	struct lock *lock;
	struct journal *journal;
	/* The failed run that this one takes back: its lock is ours, its lease held until ours
	 * is. Borrowed, or NULL. */
	struct execution *heir_of;
	struct probe *probe;
	char lease_identity[65]; /* "": the lock is not ours to prove anybody dead */
	struct preflight_wishes preflight;
	struct checks checks; /* what preflight found */
	bool way_back; /* the way back was found and tested, in this process or when it began */
	/* The files that a first installation brings (first_installation.h). */
	struct wanted_files *set;
	struct propagate propagate;
	struct gate *gate;
	struct drive drive;
	struct drive_end end;	   /* how the run ended, if it was driven */
	bool told_to_end;	   /* ... and whether somebody wanted it to (^C, abort) */
	bool roll_back;		   /* what --on-failure says for this run */
	struct gate_options gates; /* as given, and what the run began with */
	json_t *began_with;	   /* a resumed run's options; gates borrows from it */
};

void execution_init(struct execution *execution, const struct run_process *process,
	const struct run_wishes *wishes);
void execution_clear(struct execution *execution);
static inline void cleanup_execution(struct execution *execution)
{
	execution_clear(execution);
}

/* Loads the cluster, and makes execution->run of it, without a bundle. */
enum outcome execution_load_cluster(struct execution *execution, const char *cluster_name);
/* The same of the run that record is of, from file, NULL: where it was when the run began. A file
 * of another cluster is refused. */
enum outcome execution_load_cluster_of(
	struct execution *execution, const struct journal_record *record, const char *file);
/* As execution_load_cluster, and verifies the bundle. */
enum outcome execution_load(
	struct execution *execution, const char *cluster_name, const char *bundle_path);

/* Verifies the bundle and makes it the run's, once its cluster is loaded. */
enum outcome execution_take_target(struct execution *execution, const char *bundle_path);
/* The same of the packages to go back to, unless path is NULL. */
enum outcome execution_take_previous(struct execution *execution, const char *path);

/* Opens the journal. */
enum outcome execution_open(struct execution *execution);
/* Takes this machine's lock for the cluster, or has it from the run whose heir this one is. */
enum outcome execution_lock(struct execution *execution, const char *cluster_name);

/* Once the lease is ours: clears the run whose heir this one is, if any. */
void execution_relieve(struct execution *execution);

/* What a run is. */
struct execution_goal {
	enum plan_kind kind;
	int64_t of_run;	  /* PLAN_ROLLBACK: the run that is taken back, whose lease it inherits */
	const char *done; /* what is true when it has ended well: "every node is upgraded" */
	const char *idle; /* why there may be nothing to do: "every node has ..." */
};

/*
 * A new run from preflight to end, once execution_load, execution_open and execution_lock have
 * been. Whoever can be asked is asked before the first change.
 */
enum outcome execution_begin(struct execution *execution, const struct execution_goal *goal);

/* Goes on with the journal's run; otherwise as execution_begin. */
enum outcome execution_go_on(struct execution *execution, const struct execution_goal *goal,
	const struct journal_record *record);

/*
 * Takes the steps of a run that is in the journal and has a gate, from execution->drive.first_step
 * on; says how it ended and how to go on or back.
 */
enum outcome execution_drive(
	struct execution *execution, const struct execution_goal *goal, bool resumed);

/* The run failed, and is to be rolled back: the way back was tested before it began. */
bool execution_must_roll_back(const struct execution *execution);

#endif
