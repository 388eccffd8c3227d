/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What propagate does on one node: each a nodes_act (node/nodes.h), whose data is the struct
 * propagate unless it says otherwise.
 */
#ifndef ORCHESTRATOR_FILES_ACT_H
#define ORCHESTRATOR_FILES_ACT_H

#include "orchestrator/files/propagate.h"

/* Makes the folder in which all is kept on the node. */
nodes_act act_begin;
/* Fills propagate->surveys[node]. */
nodes_act act_look;
/* Uploads the set and lays it out. */
nodes_act act_stage;
/* The software's own check of what was staged. */
nodes_act act_check;
/* Replaces the files; waits for the end. -EREMOTEIO: it did not, and says what was done. */
nodes_act act_commit;
nodes_act act_end;
nodes_act act_enable;

/* Reads one file of the node, at most SET_FILE_MAX bytes. *content is owned, terminated. */
int act_read(struct propagate *propagate, size_t node, size_t file, char **content, size_t *length,
	struct error *err);

/* These treat a transaction, this one's or an interrupted one. */
struct act_other {
	struct propagate *propagate;
	const char *transaction;
	char *said[CLUSTER_NODES_MAX]; /* what act_revert was told; owned, may be NULL */
};
nodes_act act_revert, act_settle; /* data: struct act_other */

#endif
