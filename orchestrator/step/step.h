/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The acts of a plan and the evidence for each; every one may be run twice. */
#ifndef ORCHESTRATOR_STEP_STEP_H
#define ORCHESTRATOR_STEP_STEP_H

#include "lib/base/error.h"
#include "lib/base/text.h"
#include "orchestrator/step/run.h"

enum step_result {
	STEP_DONE,    /* the evidence is there, and in words in evidence */
	STEP_WAIT,    /* not there yet; err says what is missing */
	STEP_RETRY,   /* trouble that may go away; err says which */
	STEP_REFUSED, /* going on would be wrong; err says why */
};

/*
 * Looks for the step's evidence and, if may_act, acts once when it has to. Never waits longer than
 * one remote command's deadline.
 */
enum step_result step_run(struct run *run, const struct step *step, bool may_act,
	struct text *evidence, struct error *err);

/*
 * What must be durable with the intent because nobody could find it out afterwards, e.g. the boot
 * identity before a reboot. Added to detail.
 */
void step_intend(struct run *run, const struct step *step, struct text *detail);
/* Takes back what step_intend or a done event of an earlier process wrote. */
void step_recall(struct run *run, const struct step *step, const char *detail);

/* The deadline of each kind of step, from the cluster's deadlines. */
void step_deadlines(const struct cluster *cluster, uint64_t deadlines_ms[STEP_KIND_COUNT]);

/* One line of preflight. Plain data, text owned. */
struct check {
	const char *name; /* "reachable"; constant */
	int node;	  /* or PLAN_NO_NODE: the cluster as a whole */
	bool passed;
	char *text;
};

struct checks {
	struct check *items;
	size_t count;
};

void checks_clear(struct checks *checks);
static inline void cleanup_checks(struct checks *checks)
{
	checks_clear(checks);
}

/*
 * Looks at all nodes without changing anything on them: all that must be true before a run.
 * Every check's outcome goes into checks; 0 when all passed, else -EPERM with the first failure.
 * Afterwards the nodes' facts are fresh.
 */
int preflight(struct run *run, struct checks *checks, struct error *err);

/*
 * The same for a first installation: nobody has to run or serve, and packages may be missing. The
 * run is fresh.
 */
int preflight_fresh(struct run *run, struct checks *checks, struct error *err);

/* Verifies the bundle once more and says so in evidence; -EBADMSG when it is not whole. */
int step_verify_bundle(struct run *run, struct text *evidence, struct error *err);

/* The single steps, for step.c's table. */
typedef enum step_result step_act(
	struct run *run, int node, bool may_act, struct text *evidence, struct error *err);
step_act step_upload, step_stop, step_install, step_reboot, step_return, step_services, step_role,
	step_failover, step_final;

/* Folder on the nodes where this bundle's packages are put; owned. */
char *step_upload_folder(const struct run *run);

#endif
