/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All nodes of one cluster: the way to each, what it last said, and how to ask all of them at once.
 */
#ifndef ORCHESTRATOR_NODE_NODES_H
#define ORCHESTRATOR_NODE_NODES_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/node/access.h"
#include "orchestrator/node/facts.h"
#include "orchestrator/node/link.h"

struct node {
	struct link link;
	struct facts facts; /* as last asked for; packages only when they were asked for */
	bool silent;	    /* did not answer the last time all were asked */
	uint64_t looked_us; /* monotonic; when all were asked, 0: facts used since, or none */
};

/* Start with nodes_init, release with nodes_clear. Knows nothing of runs. */
struct nodes {
	const struct cluster *cluster; /* borrowed */
	struct access *access;	       /* how the nodes are logged in to; owned */
	struct node *items;	       /* in the cluster file's order; owned */
	size_t count;
	const volatile sig_atomic_t *cancel; /* ends every wait; borrowed */
};

void nodes_init(
	struct nodes *nodes, const struct cluster *cluster, const volatile sig_atomic_t *cancel);
void nodes_clear(struct nodes *nodes);
static inline void cleanup_nodes(struct nodes *nodes)
{
	nodes_clear(nodes);
}

/*
 * Calls act for every node at the same time, each in a thread of its own. 0, or the first failing
 * node's result with its message. errors, when not NULL, gets every node's own result.
 */
typedef int nodes_act(struct nodes *nodes, size_t node, void *data, struct error *err);
int nodes_each(
	struct nodes *nodes, nodes_act *act, void *data, struct error *errors, struct error *err);

/* Asks one node for its facts; on failure the old ones stay. */
int nodes_ask(struct nodes *nodes, int node, bool with_packages, struct error *err);

/*
 * The node's facts for a step that begins: those of the look at all nodes that was made for it, if
 * nobody has used them yet and they are no older than NODES_FRESH_MS; else, and for every further
 * look, it asks, packages included. 0, or a negative errno with the reason.
 */
enum { NODES_FRESH_MS = 500 };
int nodes_look(struct nodes *nodes, int node, struct error *err);

/*
 * Asks every node but skip (or PLAN_NO_NODE) for its facts, packages included; one that does not
 * answer, and the skipped one, has facts.boot NULL. errors: one per node.
 */
void nodes_ask_all(struct nodes *nodes, int skip, struct error *errors);

/* The package of that name installed on the node, or NULL. */
const struct facts_package *nodes_installed(
	const struct nodes *nodes, size_t node, const char *name);
/* "hacluster-common-0.1.0-1.x86_64 ..." (packager_label) of the profile's packages on the node;
 * owned. */
char *nodes_versions(const struct nodes *nodes, size_t node);

/*
 * Runs the profile's commands one after the other, all of them, though one may fail: the evidence
 * decides. The first failure's result, which is link_words'.
 */
int nodes_commands(struct nodes *nodes, int node, const char *what,
	const struct profile_commands *commands, uint64_t deadline_ms, struct error *err);

#endif
