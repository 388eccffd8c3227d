/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What propagate does on one node: each a nodes_act (node/nodes.h), whose data is the struct
 * propagate unless it says otherwise.
 */
#ifndef ORCHESTRATOR_FILES_PROPAGATE_NODE_H
#define ORCHESTRATOR_FILES_PROPAGATE_NODE_H

#include "orchestrator/files/propagate.h"

/* Makes the folder in which all is kept on the node. */
nodes_act propagate_node_begin;
/* Fills propagate->surveys[node]. */
nodes_act propagate_node_look;
/* Uploads the set and lays it out. */
nodes_act propagate_node_stage;
/* The software's own check of what was staged. */
nodes_act propagate_node_check;
/* Replaces the files; waits for the end. -EREMOTEIO: it did not, and says what was done. */
nodes_act propagate_node_commit;
nodes_act propagate_node_end;
nodes_act propagate_node_enable;

/* Reads one file of the node, at most WANTED_FILE_MAX bytes. *content is owned, terminated. */
int propagate_node_read(struct propagate *propagate, size_t node, size_t file, char **content,
	size_t *length, struct error *err);

/* These treat a transaction, this one's or an interrupted one. */
struct propagate_node_other {
	struct propagate *propagate;
	const char *transaction;
	char *said[CLUSTER_NODES_MAX]; /* what propagate_node_revert was told; owned, may be NULL */
};
nodes_act propagate_node_revert, propagate_node_settle; /* data: struct propagate_node_other */

#endif
