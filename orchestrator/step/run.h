/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of a plan: what its steps share. */
#ifndef ORCHESTRATOR_STEP_RUN_H
#define ORCHESTRATOR_STEP_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/bundle.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/engine/view.h"
#include "orchestrator/node/link.h"
#include "orchestrator/plan/plan.h"
#include "orchestrator/probe/probe.h"

struct run_node {
	struct link link;
	struct facts facts; /* as last asked for; packages only when they were asked for */
	char *versions;	    /* NEVRAs before the run, one blank between; owned */
	/* Rollback: those before the run that is taken back, likewise; else NULL. Owned. */
	char *goal;
	/* The boot identity before the reboot of this run; "" before that step. */
	char boot_before[128];
	char role_before[256]; /* the newest role line at that moment */
	bool reboot_sent;      /* by this process */
	uint64_t awaited_ms;   /* monotonic; since when it is waited for to be up, 0: it is not */
	bool job_started;      /* by this process, or seen not to be needed */
	bool job_ran;	       /* by this process */
	bool job_refused;      /* how it ended stopped this process's step */
	bool undo_sent;	       /* by this process */
	bool silent;	       /* did not answer the last time all were asked */
	uint64_t looked_us;    /* monotonic; when all were asked, 0: facts used since, or none */
	size_t sent_again;     /* packages that were no longer as uploaded, by this process */
};

struct run;
struct watch;
typedef int run_preflight(
	struct run *run, const void *data, struct text *evidence, struct error *err);

/* Owns its nodes and bundle; start with run_init, release with run_clear. */
struct run {
	const struct cluster *cluster; /* borrowed */
	struct bundle *bundle;	       /* owned */
	char bundle_digest[65];
	/* The packages to go back to, uploaded beside the bundle; NULL: none were given. Owned. */
	struct bundle *previous;
	char previous_digest[65];
	bool way_back;	       /* the way back was found and tested by preflight, in this process */
	struct access *access; /* how the nodes are logged in to; owned */
	struct run_node *nodes;
	size_t node_count; /* as in the cluster */
	struct plan plan;
	bool fresh; /* bootstrap: packages that are not installed at all are wanted too */
	bool back;  /* rollback: the bundle's packages are wanted where newer ones are, too */
	/* Nobody served when this rollback began, or went on: what the probe counts is nobody's
	 * trouble then, and no budget holds it. */
	bool unserved;
	struct probe *probe;		     /* borrowed; NULL: nothing is asked from outside */
	struct watch *watch;		     /* beside the probe (watch.h); borrowed, may be NULL */
	const volatile sig_atomic_t *cancel; /* borrowed */
	char job[64];			     /* names this run on the nodes */
	/* Monotonic time at which the floating IP was first seen on its new holder; 0: not yet. */
	uint64_t moved_us;
	bool failover_sent; /* by this process, in the present step */
	/* What this process told whom to end a rehearsal, a bit per node, and when. */
	struct {
		uint32_t told_back, told_away;
		uint64_t since_us; /* of the newest told_back; 0: none */
		bool waited;	   /* since the engine last let the step act */
	} restore;
	/* When bundle and preflight were found good by this process; 0: not yet. */
	uint64_t checked_us;
	/* Whether the nodes are still this run's alone: 0, or a negative errno and the reason.
	 * NULL: nobody knows. */
	int (*lease_check)(void *lease, struct error *err);
	void *lease;
	/* Ours, while this process has the lock that proves dead whoever left a lease with it; or
	 * "". */
	char lease_identity[65];
	uint64_t final_since_us; /* when the final check began; 0: not yet */
	/*
	 * What the step "preflight" does when that was longer ago, set by whoever knows the
	 * checks (command/checks.h). 0, or a negative errno with the reason; evidence gets words
	 * for people.
	 */
	run_preflight *preflight;
	const void *preflight_data;
	/* Takes down a fact beside the steps (journal/note.h); NULL: nobody does. */
	void (*note)(void *data, const char *kind, const char *text);
	void *note_data;
};

/* Takes the bundle over. */
void run_init(struct run *run, const struct cluster *cluster, struct bundle *bundle,
	const volatile sig_atomic_t *cancel);
void run_clear(struct run *run);
static inline void cleanup_run(struct run *run)
{
	run_clear(run);
}

/*
 * Calls act for every node at the same time, each in a thread of its own. 0, or the first failing
 * node's result with its message. errors, when not NULL, gets every node's own result.
 */
typedef int run_act(struct run *run, size_t node, void *data, struct error *err);
int run_each_node(
	struct run *run, run_act *act, void *data, struct error *errors, struct error *err);

/* Asks one node for its facts; on failure the old ones stay. */
int run_ask(struct run *run, int node, bool with_packages, struct error *err);

/*
 * The node's facts for a step that begins: those of the look at all nodes that was made for it, if
 * nobody has used them yet and they are no older than RUN_FRESH_MS; else, and for every further
 * look, it asks, packages included. 0, or a negative errno with the reason.
 */
enum { RUN_FRESH_MS = 500 };
int run_look(struct run *run, int node, struct error *err);

/*
 * Asks every node but skip (or PLAN_NO_NODE) for its facts, packages included; one that does not
 * answer, and the skipped one, has facts.boot NULL. errors: one per node.
 */
void run_ask_all(struct run *run, int skip, struct error *errors);

/* The nodes alone, out of their newest facts. */
void run_nodes_view(const struct run *run, struct cluster_view *view);
/* All that the engine decides from, out of the newest facts and the probe. */
void run_view(struct run *run, struct cluster_view *view);
/* Another run may be working on the nodes, and *err says which. */
bool run_lost_lease(const struct run *run, struct error *err);
/* By the newest facts a node serves. */
bool run_is_served(const struct run *run);
/* The view of one node out of its facts. */
struct node_view run_node_view(const struct run *run, size_t node);

/*
 * What the node is to the run's plan. In a rollback, as view_role: who does not serve has no role,
 * and its turn comes first. In an upgrade what it says, so that nothing is planned around a node
 * that says one thing and does another.
 */
enum role run_role(const struct run *run, size_t node);

/* Where the profile looks for the role, for messages: "/var/log/ha.log", "cl_status". */
const char *run_role_source(const struct cluster *cluster);

/* The package of that name installed on the node, or NULL. */
const struct facts_package *run_installed(const struct run *run, size_t node, const char *name);
/*
 * An older version of the bundle's package is installed there (going back: any other), or it was
 * and is lost.
 */
bool run_wants(const struct run *run, size_t node, const struct bundle_package *package);
/*
 * A package of the bundle is installed in another version than the bundle's (also beside the right
 * one), or was installed before the run and is lost.
 */
bool run_needs_upgrade(const struct run *run, size_t node);

/* As far as is known, the node's packages are not those of before the run. */
bool run_was_changed(const struct run *run, size_t node);

/*
 * Runs the profile's commands one after the other, all of them, though one may fail: the evidence
 * decides. The first failure's result, which is link_words'.
 */
int run_commands(struct run *run, int node, const char *what,
	const struct profile_commands *commands, uint64_t deadline_ms, struct error *err);

/* Takes down, before it is done, that the node's services are started beside the steps, and why. */
void run_note_start(struct run *run, int node, const char *why);

/* "hacluster-common-0.1.0-1.x86_64 ..." (packager_label) of the profile's packages on the node;
 * owned. */
char *run_versions(const struct run *run, size_t node);

#endif
