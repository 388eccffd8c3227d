/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The `file` sections of profiles and cluster files: which configuration files belong to a cluster,
 * where they come from and how they lie on the nodes. What is in them is orchestrator/files' part.
 */
#ifndef ORCHESTRATOR_CLUSTER_FILE_SETTINGS_H
#define ORCHESTRATOR_CLUSTER_FILE_SETTINGS_H

#include "lib/conf/block.h"
#include "orchestrator/cluster/word_list.h"

#define FILE_SETTINGS_MAX 64

enum file_answer {
	FILE_UNSAID, /* only before file_settings_merge */
	FILE_NO,
	FILE_YES,
};

/* All strings owned. Before file_settings_merge what was not given is NULL or unsaid. */
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

/* Read into struct file_entry. */
extern const struct block_section file_settings_section;

/*
 * The profile's files with what the cluster file says of the same target in its place, then the
 * cluster file's own; defaults where neither says anything. Takes the contents of own, which is
 * empty afterwards.
 */
struct file_list file_settings_merge(const struct file_list *profile, struct file_list *own);

/* block_check of one NAME=VALUE of a node's values. */
void file_settings_check_value(const struct block_place *place, const char *value, void *field);
/* Whether words can stand in ${...}: a letter, then letters, digits and "_". */
bool file_settings_is_variable(const char *words, size_t length);

#endif
