/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one place where a run is put together and carried out: cluster, bundle, lock, journal,
 * probe, preflight, plan, drive, how it ended and how to go on or back. upgrade, resume and
 * rollback say what they want and call it.
 */
#ifndef ORCHESTRATOR_COMMAND_CONDUCT_H
#define ORCHESTRATOR_COMMAND_CONDUCT_H

#include <jansson.h>

#include "orchestrator/check/preflight.h"
#include "orchestrator/command/command.h"
#include "orchestrator/command/output.h"
#include "orchestrator/command/propagate.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/journal/lock.h"
#include "orchestrator/lease/lease.h"
#include "orchestrator/run/advice.h"
#include "orchestrator/run/drive.h"
#include "orchestrator/step/run_context.h"

/* The options of all that carry out a run: a table's entries. */
#define CONDUCT_OPTIONS COMMAND_SIGNATURE_OPTIONS, COMMAND_WAIVE_OPTION, COMMAND_GATE_OPTIONS

/*
 * All that one run needs. Owned by whoever declared it; start with conduct_init, release with
 * conduct_clear, in any state. Not to be copied: run and output point into it.
 */
struct conduct {
	const struct settings *settings; /* borrowed */
	struct cluster *cluster;
	struct run_context run;
	struct lock *lock;
	struct journal *journal;
	/* The failed run that this one takes back: its lock is ours, its lease held until ours
	 * is. Borrowed, or NULL. */
	struct conduct *heir_of;
	struct probe *probe;
	char lease_identity[65]; /* "": the lock is not ours to prove anybody dead */
	struct preflight_wishes wishes;
	struct checks checks; /* what preflight found */
	bool way_back; /* the way back was found and tested, in this process or when it began */
	struct output output;
	/* Of a first installation (command/bootstrap.h): the files it brings. */
	struct wanted_files *set;
	struct propagate propagate;
	struct propagate_view files;
	struct gate *gate;
	struct drive drive;
	struct drive_end end;	   /* how the run ended, if it was driven */
	bool told_to_end;	   /* ... and whether somebody wanted it to (^C, abort) */
	bool roll_back;		   /* what --on-failure says for this run */
	struct gate_options gates; /* as given, and what the run began with */
	json_t *began_with;	   /* a resumed run's options; gates borrows from it */
};

/* Every function here that returns int gives an exit status; unless EXIT_DONE, all is told. */

void conduct_init(struct conduct *conduct, const struct settings *settings);
void conduct_clear(struct conduct *conduct);
static inline void cleanup_conduct(struct conduct *conduct)
{
	conduct_clear(conduct);
}

/* Loads the cluster, verifies the bundle, and makes conduct->run of them. */
int conduct_load(struct conduct *conduct, const char *cluster_name, const char *bundle_path);

/* Opens the journal. */
int conduct_open(struct conduct *conduct);
/* Takes this machine's lock for the cluster, or has it from the run whose heir this one is. */
int conduct_lock(struct conduct *conduct, const char *cluster_name);

/* The run the user means: the one of that number, or for NULL the newest that did not end and that
 * no newer run stands in the way of. */
int conduct_find(struct conduct *conduct, const char *name, struct journal_record *record);
/* Steps of an old plan would be taken on nodes that a newer run has changed, or may yet change:
 * that is refused. */
int conduct_newest(const struct conduct *conduct, const struct journal_record *record);

/* After a stop, or an abort: starts what is stopped where nobody serves, and says how the cluster
 * stands, and how to go on or back. */
void conduct_tell_advice(struct conduct *conduct, enum advice_end end);

/* Once the lease is ours: clears the run whose heir this one is, if any. */
void conduct_relieve(struct conduct *conduct);

/* What a new run is. */
struct conduct_wish {
	enum plan_kind kind;
	int64_t of_run;	  /* PLAN_ROLLBACK: the run that is taken back, whose lease it inherits */
	const char *done; /* what is true when it has ended well: "every node is upgraded" */
	const char *idle; /* why there may be nothing to do: "every node has ..." */
};

/*
 * A new run from preflight to end, once conduct_load, conduct_open and conduct_lock have been. The
 * user is asked before the first change.
 */
int conduct_begin(struct conduct *conduct, const struct conduct_wish *wish);

/* Goes on with the journal's run; otherwise as conduct_begin. */
int conduct_go_on(struct conduct *conduct, const struct conduct_wish *wish,
	const struct journal_record *record);

/* The run failed, and is to be rolled back: the way back was tested before it began. */
bool conduct_must_roll_back(const struct conduct *conduct);

#endif
