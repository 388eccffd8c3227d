/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a cluster as each node shall have them, read and rendered on the admin machine. */
#ifndef ORCHESTRATOR_FILES_SET_H
#define ORCHESTRATOR_FILES_SET_H

#include "lib/base/cleanup.h"
#include "lib/conf/problems.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/files/survey.h"

/* More is no configuration file. */
#define SET_FILE_MAX (1024 * 1024)

/* One file on one node. Owned by the set. */
struct set_content {
	char *bytes;
	size_t length;
	char sha256[65];
};

struct set_file {
	const struct file_entry *entry; /* borrowed from the cluster */
	char *source;			/* absolute path */
	struct set_content *contents;	/* one per node */
};

struct set {
	const struct cluster *cluster; /* borrowed */
	struct set_file *files;
	size_t count;
};

/*
 * Reads all files of the cluster. -EINVAL when there are problems (all of them in problems, the
 * first in err) or the cluster has no files. *set is owned.
 */
int set_load(const struct cluster *cluster, struct set **set, struct problems *problems,
	struct error *err);
/* Wipes what was in it. NULL is legal. */
void set_free(struct set *set);
CLEANUP_DEFINE(set);

/* The path of an entry's source; owned. */
char *set_source(const struct cluster *cluster, const struct file_entry *entry);

/* How a file on a node differs from what it shall be; a bit each. */
enum set_drift {
	SET_SAME = 0,
	SET_MISSING = 1,
	SET_KIND = 2, /* it is something else than a file */
	SET_CONTENT = 4,
	SET_OWNER = 8,
	SET_GROUP = 16,
	SET_MODE = 32,
};

/* Pure. A combination of the above. */
unsigned int set_compare(
	const struct set *set, size_t file, size_t node, const struct survey_file *found);

#endif
