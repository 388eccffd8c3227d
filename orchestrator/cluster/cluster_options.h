/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a cluster file and all that is checked while it is read; for cluster.c only. */
#ifndef ORCHESTRATOR_CLUSTER_CLUSTER_OPTIONS_H
#define ORCHESTRATOR_CLUSTER_CLUSTER_OPTIONS_H

#include "lib/conf/block.h"
#include "orchestrator/cluster/cluster.h"

struct cluster_file {
	struct cluster *items;
	size_t count; /* 1, or there were problems */
};

/* Read into struct cluster_file: without problems every value is as cluster.h promises. */
extern const struct block_section cluster_options_file;
/* The section of one cluster, for block_clear. */
extern const struct block_section cluster_options_section;

#endif
