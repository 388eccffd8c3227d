/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which steps lead a cluster from here to the bundle's versions. Pure: facts in, steps out. */
#ifndef ORCHESTRATOR_PLAN_PLAN_H
#define ORCHESTRATOR_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

/* A plan that was made anew on the way keeps the steps before: room for some more than one. */
enum {
	PLAN_NODES_MAX = 16,
	PLAN_STEPS_ONCE = 8 * PLAN_NODES_MAX + 8,
	PLAN_STEPS_MAX = 8 * PLAN_STEPS_ONCE,
	PLAN_NO_NODE = -1
};

/* What a run is, from its plan to its line in the journal. */
enum plan_kind {
	PLAN_UPGRADE,
	PLAN_ROLLBACK,	/* of another run: back to a previous bundle, also from a broken state */
	PLAN_BOOTSTRAP, /* a first installation, on nodes that serve nobody */
	PLAN_KIND_COUNT
};

/* The order is the order of a node's life; names are in plan_step_name. */
enum step_kind {
	STEP_VERIFY,	/* the bundle is whole */
	STEP_PREFLIGHT, /* every node is as the run needs it */
	STEP_UPLOAD,	/* the packages are on every node, unaltered */
	STEP_STOP,	/* the backup's cluster services are stopped */
	STEP_INSTALL,	/* its packages are the bundle's */
	STEP_REBOOT,	/* it was told to reboot and seen down */
	STEP_RETURN,	/* it is up with a new boot identity */
	STEP_SERVICES,	/* its versions are the bundle's and its services are active */
	STEP_ROLE,	/* it came back as backup, by a role line from this boot */
	STEP_FAILOVER,	/* the primary gave its floating IPs to an upgraded node, which answers */
	STEP_REHEARSE,	/* a rehearsal: the primary gave its floating IPs to a backup, which answers
			 */
	STEP_RESTORE,	/* ... and has them back */
	STEP_PROPAGATE, /* a first installation: every node has the cluster's files, its services
			   start at boot */
	STEP_START,	/* ... and this one's services were started and are active */
	STEP_FINAL,	/* all nodes upgraded, exactly one primary, the floating IP answers */
	STEP_KIND_COUNT
};

struct step {
	enum step_kind kind;
	int node; /* index into the plan's nodes, or PLAN_NO_NODE for all of them */
};

enum role { ROLE_UNKNOWN, ROLE_PRIMARY, ROLE_BACKUP };

/* What planning needs to know of a node. */
struct plan_node {
	enum role role;
	bool needs_upgrade; /* a package of the bundle is installed in another version */
};

/* Plain data. */
struct plan {
	size_t node_count;
	size_t count;
	struct step steps[PLAN_STEPS_MAX];
};

/*
 * All backups that need it one by one, in the order given, then, if the primary needs it, the
 * fail-over and the former primary. With nothing to upgrade the plan is empty (count 0).
 * -EINVAL with the reason unless exactly one node is primary, all others are backup, and
 * there are 2 to PLAN_NODES_MAX nodes. In a rollback a node without a role is no obstacle: it
 * serves nobody, so its turn comes first. Where no node is primary either, and such a node needs
 * it, there is no fail-over, and those without a role have no step "role": any may come up as
 * primary.
 *
 * PLAN_BOOTSTRAP: every node in the order given gets the packages, all together the files, then one
 * after the other is started. A node that takes part in serving has a role here. Where one has, an
 * earlier run got as far as starting: the others are started, and nothing else is done; -EPERM with
 * the reason when a node lacks packages then, for nobody who serves is touched. -EINVAL unless
 * there are 2 to PLAN_NODES_MAX nodes.
 */
int plan_make(enum plan_kind kind, const struct plan_node *nodes, size_t count, struct plan *plan,
	struct error *err);

/*
 * Puts a rehearsal before the plan's upload, so that nothing is on any node yet: the primary hands
 * over and takes back. A plan without steps stays so. Died or stopped in between, the roles have
 * changed sides and that is all: RESTORE is the next step, or the plan is made anew for them.
 */
void plan_rehearse(struct plan *plan, int primary);

/* "upgrade", "rollback", "bootstrap"; stable words that the journal and --json use. */
const char *plan_kind_name(enum plan_kind kind);
/* The kind of that name, or PLAN_KIND_COUNT. */
enum plan_kind plan_kind_of(const char *name);
/* "install"; a stable word that the journal and --json use. */
const char *plan_step_name(enum step_kind kind);
/* The kind of that name, or STEP_KIND_COUNT. */
enum step_kind plan_step_kind(const char *name);
/* "install the packages": what an administrator reads. */
const char *plan_step_title(enum step_kind kind);
/* Whether the floating IPs change hands in it: a fail-over, or one of a rehearsal. */
bool plan_step_moves_address(enum step_kind kind);
/* "primary", "backup", "unknown". */
const char *plan_role_name(enum role role);

#endif
