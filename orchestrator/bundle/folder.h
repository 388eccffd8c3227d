/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a folder and of the folders in it. */
#ifndef ORCHESTRATOR_BUNDLE_FOLDER_H
#define ORCHESTRATOR_BUNDLE_FOLDER_H

#include <stddef.h>

#include "lib/base/error.h"

/* A list of names, owned. Start as {0}. */
struct folder_names {
	char **items;
	size_t count;
};

/*
 * Adds the names of all that is no folder, relative to path ("a.rpm", "rpms/b.rpm"), sorted.
 * Folders that are links or whose name begins with a dot are left out. -E2BIG beyond 10000 files
 * or 8 folders deep.
 */
int folder_list(const char *path, struct folder_names *names, struct error *err);
void folder_names_clear(struct folder_names *names);

#endif
