/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages of an archive in files without a name, for those who need to read them again. */
#ifndef ORCHESTRATOR_BUNDLE_SPOOL_H
#define ORCHESTRATOR_BUNDLE_SPOOL_H

#include <stddef.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

struct spool;

/* Of the archive at path (absolute). Owned. */
struct spool *spool_new(const char *path);
/* Closes the files, which are gone then. NULL is legal. */
void spool_free(struct spool *spool);
CLEANUP_DEFINE(spool);

/* An entry that will be asked for, by its name as container_next gives it; the index to ask by.
 * Before the first spool_open. */
size_t spool_add(struct spool *spool, const char *name);
/*
 * A descriptor of the entry's bytes, at their beginning, owned. The first call unpacks all entries
 * that were added, into $TMPDIR or /var/tmp; from any thread. -ESTALE when the archive no longer
 * holds the entry.
 */
int spool_open(struct spool *spool, size_t index, int *descriptor, struct error *err);

#endif
