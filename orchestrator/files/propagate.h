/* SPDX-License-Identifier: GPL-2.0-or-later */
/* propagate: a set of files comes to all nodes or to none. docs/architecture.md has its states. */
#ifndef ORCHESTRATOR_FILES_PROPAGATE_H
#define ORCHESTRATOR_FILES_PROPAGATE_H

#include "lib/base/text.h"
#include "orchestrator/files/survey.h"
#include "orchestrator/files/wanted_files.h"
#include "orchestrator/node/nodes.h"

/*
 * Called between the phases, never from several threads at once. Whoever listens keeps one in a
 * structure of his own.
 */
struct propagate_listener {
	/* "begin", "recover", "stage", "check", "commit", "revert", "settle", "enable" begins. */
	void (*phase)(struct propagate_listener *listener, const char *phase);
	/* Something to tell of a node; kind: "failed", "finished", "put back", "kept". */
	void (*note)(struct propagate_listener *listener, const char *node, const char *kind,
		const char *text);
};

/* Start with propagate_init, release with propagate_clear. */
struct propagate {
	struct nodes *nodes;		     /* borrowed; its links are used */
	const struct wanted_files *set;	     /* borrowed */
	struct propagate_listener *listener; /* borrowed, or NULL */
	/* The run's lease on the nodes: no step changes anything where it is another's. Borrowed;
	 * NULL: nothing but looking is done. */
	const char *token;
	char transaction[128];
	struct survey *surveys; /* of each node, as last seen */
	/* wanted_files_compare of file f on node n before anything was done, at [f * nodes + n]. */
	unsigned int *before;
	bool was_enabled[CLUSTER_NODES_MAX];
	bool stale[CLUSTER_NODES_MAX]; /* see propagate_is_stale; after a run */
};

void propagate_init(
	struct propagate *propagate, struct nodes *nodes, const struct wanted_files *set);
void propagate_clear(struct propagate *propagate);
static inline void cleanup_propagate(struct propagate *propagate)
{
	propagate_clear(propagate);
}

/* Looks at all nodes, changing nothing. errors: one per node, or NULL. */
int propagate_look(struct propagate *propagate, struct error *errors, struct error *err);

/*
 * Brings the set to all nodes and enables the profile's services at boot. 0 when every node has
 * every file as it shall be, seen there, and every service starts at boot.
 * -EPERM refused; -EREMOTEIO the lease on a node was lost, or a node cannot take the set, and
 * every node has what it had before (unless the listener was told otherwise of a node).
 * propagate->before tells what was changed.
 */
int propagate_run(struct propagate *propagate, struct error *err);

/* Appends to wants, in words, what is not as it shall be by the newest look at all nodes: files,
 * and services that do not start at boot. Nothing: all is. */
void propagate_wants(const struct propagate *propagate, struct text *wants);

/* Does a service on the node run since before one of the files came there? */
bool propagate_is_stale(const struct propagate *propagate, size_t node);

#endif
