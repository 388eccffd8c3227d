/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before going forward: could the cluster go back from the run's bundle to what is there now? */
#ifndef ORCHESTRATOR_KEEP_WAY_BACK_H
#define ORCHESTRATOR_KEEP_WAY_BACK_H

#include <stdbool.h>

#include "orchestrator/node/target.h"

/* The answer. Start as {0}; release with way_back_clear. */
struct way_back {
	bool possible; /* the previous packages are at hand, and the way was tested on every node */
	char *text;    /* why, or why not; one line; owned */
};

void way_back_clear(struct way_back *way);
static inline void cleanup_way_back(struct way_back *way)
{
	way_back_clear(way);
}

/*
 * Looks for the packages that the bundle would replace on each node: in target->previous, or, where
 * that is NULL, among those the node keeps. Then has each node's package manager test, in a private
 * copy of its database, that they can be put back over the bundle's. The facts are fresh and hold
 * the packages. The nodes stay as they are.
 */
void way_back_test(const struct target *target, struct way_back *way);

#endif
