/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file of a cluster, as profile and cluster file describe it. Plain data. */
#ifndef ORCHESTRATOR_CLUSTER_FILE_H
#define ORCHESTRATOR_CLUSTER_FILE_H

#include <stddef.h>
#include <sys/types.h>

enum file_answer {
	FILE_UNSAID, /* only before files_merge */
	FILE_NO,
	FILE_YES,
};

/* All strings owned. Before files_merge what was not given is NULL or unsaid. */
struct file_entry {
	char *target; /* absolute path on the nodes, no "." or ".." in it */
	char *source; /* on the admin machine; relative to the cluster file's folder */
	char *owner;  /* user and group by name or number */
	char *group;
	char *mode;		      /* octal digits, 0 to 0777 */
	enum file_answer secret;      /* its content is never shown */
	enum file_answer is_template; /* ${...} stands for values of the node */
	enum file_answer node_lines;  /* its `node` lines must name the cluster's nodes */
};

struct file_list {
	struct file_entry *items;
	size_t count;
};

#endif
