/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the `node` lines of an ha.cf name the very nodes of the cluster file? Pure. */
#ifndef ORCHESTRATOR_FILES_NODE_LINES_H
#define ORCHESTRATOR_FILES_NODE_LINES_H

#include "lib/conf/problems.h"
#include "orchestrator/cluster/cluster.h"

/* Adds a problem for each node that stands in one of them only. */
void node_lines_check(const char *file, const char *bytes, size_t length,
	const struct cluster *cluster, struct problems *problems);

#endif
