/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a cluster as each node shall have them, read and rendered on the admin machine. */
#ifndef ORCHESTRATOR_FILES_WANTED_FILES_H
#define ORCHESTRATOR_FILES_WANTED_FILES_H

#include "lib/base/cleanup.h"
#include "lib/conf/problems.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/files/survey.h"

/* More is no configuration file. */
#define WANTED_FILE_MAX (1024 * 1024)

/* One file on one node. Owned by the set. */
struct wanted_content {
	char *bytes;
	size_t length;
	char sha256[65];
};

struct wanted_file {
	const struct file_entry *entry;	 /* borrowed from the cluster */
	char *source;			 /* absolute path */
	struct wanted_content *contents; /* one per node */
};

struct wanted_files {
	const struct cluster *cluster; /* borrowed */
	struct wanted_file *files;
	size_t count;
};

/*
 * Reads all files of the cluster. -EINVAL when there are problems (all of them in problems, the
 * first in err) or the cluster has no files. *set is owned.
 */
int wanted_files_load(const struct cluster *cluster, struct wanted_files **set,
	struct problems *problems, struct error *err);
/* Wipes what was in it. NULL is legal. */
void wanted_files_free(struct wanted_files *set);
CLEANUP_DEFINE(wanted_files);

/* The path of an entry's source; owned. */
char *wanted_files_source(const struct cluster *cluster, const struct file_entry *entry);

/* How a file on a node differs from what it shall be; a bit each. */
enum wanted_drift {
	WANTED_SAME = 0,
	WANTED_MISSING = 1,
	WANTED_KIND = 2, /* it is something else than a file */
	WANTED_CONTENT = 4,
	WANTED_OWNER = 8,
	WANTED_GROUP = 16,
	WANTED_MODE = 32,
};

/* Pure. A combination of the above. */
unsigned int wanted_files_compare(
	const struct wanted_files *set, size_t file, size_t node, const struct survey_file *found);

#endif
