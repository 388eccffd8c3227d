/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The acts of a plan and the evidence for each; every one may be run twice. */
#ifndef ORCHESTRATOR_STEP_STEP_H
#define ORCHESTRATOR_STEP_STEP_H

#include "lib/base/error.h"
#include "lib/base/text.h"
#include "orchestrator/step/run_context.h"

enum step_result {
	STEP_DONE,    /* the evidence is there, and in words in evidence */
	STEP_WAIT,    /* not there yet; err says what is missing */
	STEP_RETRY,   /* trouble that may go away; err says which */
	STEP_REFUSED, /* going on would be wrong; err says why */
};

/*
 * Looks for the step's evidence and, if may_act, acts once when it has to. Waits for nothing but
 * its own commands, each of which has a deadline. Not VERIFY and PREFLIGHT, which are no step of
 * the nodes' (drive.h).
 */
enum step_result step_run(struct run_context *run, const struct step *step, bool may_act,
	struct text *evidence, struct error *err);

/*
 * Starts the node's services again instead of going on with STOP or INSTALL. STEP_DONE: they run
 * (in words in evidence); STEP_REFUSED: its packages are not those of before the run any more, so
 * it is left as it is.
 */
enum step_result step_undo(
	struct run_context *run, int node, struct text *evidence, struct error *err);

/*
 * What must be durable with the intent because nobody could find it out afterwards, e.g. the boot
 * identity before a reboot. Added to detail.
 */
void step_intend(struct run_context *run, const struct step *step, struct text *detail);
/* Takes back what step_intend or a done event of an earlier process wrote. */
void step_recall(struct run_context *run, const struct step *step, const char *detail);

/*
 * The journal knows, and somebody was told, why the step was refused: what a node keeps of that no
 * longer counts, for whoever resumes has mended it.
 */
void step_told(struct run_context *run, const struct step *step);

/* The node's packages are as they were: that it has not booted since this run began says nothing.
 * Errors: as link_script's. */
int step_unmark(struct run_context *run, int node, struct error *err);

/* The deadline of each kind of step, from the cluster's deadlines. */
void step_deadlines(const struct cluster *cluster, uint64_t deadlines_ms[STEP_KIND_COUNT]);

/* The single steps, for step.c's table. */
typedef enum step_result step_act(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err);
step_act step_upload, step_stop, step_install, step_reboot, step_return, step_services, step_role,
	step_failover, step_rehearse, step_restore, step_propagate, step_start, step_final;

/*
 * The node holds the floating IP: does it answer from outside, too? STEP_WAIT or STEP_DONE with
 * words in evidence.
 */
enum step_result step_answered(
	struct run_context *run, int node, struct text *evidence, struct error *err);

/*
 * Compares the digests of the packages that the node wants, as they lie there, and sends again what
 * is not whole; counted in the node's sent_again. Errors: as link_script's.
 */
int step_upload_mend(struct run_context *run, int node, struct error *err);

#endif
