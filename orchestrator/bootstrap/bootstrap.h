/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bootstrap: from nodes with nothing but sshd and a package manager to a running cluster. Each step
 * looks for its evidence before it acts, so all of them may be run again at any time.
 */
#ifndef ORCHESTRATOR_BOOTSTRAP_BOOTSTRAP_H
#define ORCHESTRATOR_BOOTSTRAP_BOOTSTRAP_H

#include "orchestrator/check/preflight.h"
#include "orchestrator/files/propagate.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/step/run.h"
#include "orchestrator/step/step.h"

/* The steps in their order; the numbers are in journals. */
enum bootstrap_step {
	BOOTSTRAP_LOOK,
	BOOTSTRAP_UPLOAD,
	BOOTSTRAP_STOP,
	BOOTSTRAP_INSTALL,
	BOOTSTRAP_PROPAGATE,
	BOOTSTRAP_START,
	BOOTSTRAP_ROLES,
	BOOTSTRAP_ANSWER,
	BOOTSTRAP_STEP_COUNT,
};

/* "look", "upload", ...; and for people. */
const char *bootstrap_step_name(enum bootstrap_step step);
const char *bootstrap_step_title(enum bootstrap_step step);

struct bootstrap_listener {
	void (*began)(void *data, enum bootstrap_step step);
	void (*done)(
		void *data, enum bootstrap_step step, uint64_t elapsed_ms, const char *evidence);
	void (*stopped)(
		void *data, enum bootstrap_step step, uint64_t elapsed_ms, const char *reason);
	void (*checks)(void *data, const struct checks *checks);
	void *data;
};

/* All borrowed. */
struct bootstrap {
	/* Fresh; its profile's packages cover the whole bundle; run->job names the run. */
	struct run *run;
	struct propagate *propagate; /* of the same run; ready to run */
	struct journal *journal;
	int64_t run_id;
	const struct bootstrap_listener *listener;
	/* An earlier process of this run was about to start services: nodes may serve by us. */
	bool start_intended;
	/* By each node's own clock, just before its services were started; 0: not by us. */
	uint64_t started_us[CLUSTER_NODES_MAX];
};

enum bootstrap_state {
	BOOTSTRAP_FRESH,  /* nobody serves */
	BOOTSTRAP_BEGUN,  /* some serve, by this run: what is left is to start the others */
	BOOTSTRAP_WANTED, /* it serves, and everything is as wanted */
};

/*
 * Looks at all nodes, changing nothing. -EPERM when a node serves whose packages or files would
 * have to be changed, with the node and the evidence in err; else as preflight.
 */
int bootstrap_look(struct bootstrap *bootstrap, enum bootstrap_state *state, struct text *evidence,
	struct error *err);

/*
 * Waits for answers of the floating IP, as seen by the probe; without one nobody is asked, which
 * evidence says. -ETIMEDOUT when none come.
 */
int bootstrap_answer(struct bootstrap *bootstrap, struct text *evidence, struct error *err);

/* All steps behind bootstrap_look, which said state. 0 when the cluster serves; -ECANCELED and
 * others: stopped, err says why and the journal too. */
int bootstrap_run(struct bootstrap *bootstrap, enum bootstrap_state state, struct error *err);

#endif
