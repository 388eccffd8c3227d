/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which profiles there are, in the folders where they are looked for. */
#ifndef ORCHESTRATOR_CLUSTER_CATALOG_H
#define ORCHESTRATOR_CLUSTER_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

struct catalog_entry {
	char *name; /* "keepalived" */
	char *path;
	bool hidden; /* one of the same name is found before it */
};

/* Start as {0}; release with catalog_clear. */
struct catalog {
	struct catalog_entry *items;
	size_t count;
};

/*
 * Adds the profiles of folder (--profile-dir, may be NULL) and of the usual places (profile.h), in
 * the order in which they are looked for, by name within each. A folder that is not there has none.
 */
void catalog_read(const char *folder, struct catalog *catalog);
void catalog_clear(struct catalog *catalog);

static inline void cleanup_catalog(struct catalog *catalog)
{
	catalog_clear(catalog);
}

#endif
