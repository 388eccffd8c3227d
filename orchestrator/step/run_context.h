/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of a plan: what its steps share. */
#ifndef ORCHESTRATOR_STEP_RUN_CONTEXT_H
#define ORCHESTRATOR_STEP_RUN_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "orchestrator/files/propagate.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/lease/lease.h"
#include "orchestrator/node/nodes.h"
#include "orchestrator/node/target.h"
#include "orchestrator/plan/plan.h"
#include "orchestrator/plan/view.h"
#include "orchestrator/probe/probe.h"

/* What the steps remember of one node. Only they write it. */
struct step_node {
	/* The boot identity before the reboot of this run, or the first start; "" before that step.
	 */
	char boot_before[128];
	/* The newest role line at that moment; "" when the services to start ran already. */
	char role_before[256];
	bool reboot_sent;    /* by this process */
	uint64_t awaited_ms; /* monotonic; since when it is waited for to be up, 0: it is not */
	bool job_started;    /* by this process, or seen not to be needed */
	bool job_ran;	     /* by this process */
	bool job_refused;    /* how it ended stopped this process's step */
	bool undo_sent;	     /* by this process */
	bool start_sent;     /* by this process: the services of a first installation */
	size_t sent_again;   /* packages that were no longer as uploaded, by this process */
};

/* What the steps remember from one act to the next. Only they write it. */
struct step_state {
	struct step_node nodes[CLUSTER_NODES_MAX];
	/* Monotonic time at which the floating IP was first seen on its new holder; 0: not yet. */
	uint64_t moved_us;
	bool failover_sent; /* by this process, in the present step */
	/* What this process told whom to end a rehearsal, a bit per node, and when. */
	struct {
		uint32_t told_back, told_away;
		uint64_t since_us; /* of the newest told_back; 0: none */
		bool waited;	   /* since the engine last let the step act */
	} restore;
	uint64_t final_since_us; /* when the final check began; 0: not yet */
};

struct watch;

/* Start with run_context_init, release with run_context_clear. Not to be copied: target points to
 * nodes. */
struct run_context {
	struct nodes nodes;
	struct target target;
	struct plan plan;
	struct step_state state;
	char job[64];		 /* names this run on the nodes */
	struct journal *journal; /* borrowed */
	int64_t id;		 /* in the journal; 0: it has none yet */
	/* Keeps the nodes this run's alone; NULL: nobody knows whether they are. Borrowed. */
	struct lease *lease;
	struct probe *probe;	     /* NULL: nothing is asked from outside. Borrowed. */
	struct propagate *propagate; /* a first installation brings the files so. Borrowed. */
	struct watch *watch;	     /* beside the probe (watch.h); may be NULL. Borrowed. */
	/* Nobody served when this rollback began, or went on: what the probe counts is nobody's
	 * trouble then, and no budget holds it. */
	bool unserved;
};

/* Takes the bundle over. */
void run_context_init(struct run_context *run, const struct cluster *cluster, struct bundle *bundle,
	const volatile sig_atomic_t *cancel);
void run_context_clear(struct run_context *run);
static inline void cleanup_run_context(struct run_context *run)
{
	run_context_clear(run);
}

/* All that the engine decides from, out of the newest facts and the probe. */
void run_context_view(struct run_context *run, struct cluster_view *view);
/* Another run may be working on the nodes, and *err says which. */
bool run_context_lost_lease(const struct run_context *run, struct error *err);

/*
 * Takes down a fact beside the steps (journal/note.h), if the run has a number. A journal that
 * cannot take it says so at the next step.
 */
void run_context_note(const struct run_context *run, const char *kind, const char *text);
/* The same, before it is done: that the node's services are started beside the steps, and why. */
void run_context_note_start(const struct run_context *run, int node, const char *why);

#endif
