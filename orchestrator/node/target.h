/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be installed on the nodes, and what each of them lacks of it. */
#ifndef ORCHESTRATOR_NODE_TARGET_H
#define ORCHESTRATOR_NODE_TARGET_H

#include <stdbool.h>

#include "orchestrator/bundle/bundle.h"
#include "orchestrator/node/nodes.h"
#include "orchestrator/plan/plan.h"
#include "orchestrator/plan/view.h"

/* Start with target_init, release with target_clear. */
struct target {
	struct nodes *nodes;   /* borrowed */
	struct bundle *bundle; /* NULL: none yet. Owned. */
	char bundle_digest[65];
	/* The packages to go back to, uploaded beside the bundle; NULL: none were given. Owned. */
	struct bundle *previous;
	char previous_digest[65];
	/* A rollback wants the bundle's packages where newer ones are, too; a bootstrap those that
	 * are not installed at all. */
	enum plan_kind kind;
	/* Of each node: NEVRAs before the run, one blank between; NULL: not known. Owned. */
	char *before[CLUSTER_NODES_MAX];
	/* Rollback: those before the run that is taken back, likewise; else NULL. Owned. */
	char *goal[CLUSTER_NODES_MAX];
};

/* Takes the bundle over. */
void target_init(struct target *target, struct nodes *nodes, struct bundle *bundle);
void target_clear(struct target *target);

/*
 * An older version of the bundle's package is installed there (rollback: any other), or it was and
 * is lost.
 */
bool target_wants(const struct target *target, size_t node, const struct bundle_package *package);
/*
 * A package of the bundle is installed in another version than the bundle's (also beside the right
 * one), or was installed before the run and is lost.
 */
bool target_needs_upgrade(const struct target *target, size_t node);
/* As far as is known, the node's packages are not those of before the run. */
bool target_was_changed(const struct target *target, size_t node);

/* The view of one node out of its newest facts. */
struct node_view target_node_view(const struct target *target, size_t node);
/* Of all nodes, and nothing else. */
void target_view(const struct target *target, struct cluster_view *view);
/* By the newest facts a node serves. */
bool target_is_served(const struct target *target);
/*
 * What the node is to a plan. In a rollback, as view_role: who does not serve has no role, and its
 * turn comes first. In an upgrade what it says, so that nothing is planned around a node that says
 * one thing and does another.
 */
enum role target_role(const struct target *target, size_t node);

/* Folder on the nodes where the packages of the bundle with that digest are put; owned. */
char *target_folder(const char *digest);

#endif
