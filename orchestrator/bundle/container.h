/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An archive (tar, zip, iso, cpio) read entry by entry in one pass; nothing is unpacked. */
#ifndef ORCHESTRATOR_BUNDLE_CONTAINER_H
#define ORCHESTRATOR_BUNDLE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

/* What no archive of packages has; beyond it, it was made to exhaust its readers. */
struct container_limits {
	size_t entries;
	uint64_t entry_size; /* bytes */
	/* All entries together: times the archive's own size, and what is always allowed. */
	uint64_t ratio;
	uint64_t total_size; /* bytes */
};

/* Plain data; the words are borrowed until the next call. */
struct container_entry {
	const char *name; /* below the archive's top, see manifest_plain_name; refused: as it is */
	/* NULL, or why it is not to be read: the rest of a sentence, "an absolute path". */
	const char *refusal;
	/* With refusal: nothing is wrong, there just is nothing to read (a link to another entry).
	 */
	bool harmless;
};

struct container;

/*
 * Reads the archive from a regular file, from its beginning; descriptor (borrowed) must stay open.
 * path is for messages, limits NULL for the usual ones. *container is owned. -ENOTSUP: no archive
 * of a kind known here.
 */
int container_open(int descriptor, const char *path, const struct container_limits *limits,
	struct container **container, struct error *err);
/* NULL is legal. */
void container_free(struct container *container);
CLEANUP_DEFINE(container);

/*
 * Goes on to the next entry that is no folder, skipping what is left of this one. 1; 0 at the end;
 * -EBADMSG: the archive is damaged, -E2BIG: it is beyond a limit (err names the value and the
 * limit), else the errno of reading.
 */
int container_next(struct container *container, struct container_entry *entry, struct error *err);
/* The next bytes of the entry, borrowed until the next call; *length 0 at its end. Errors as of
 * container_next. */
int container_read(
	struct container *container, const void **bytes, size_t *length, struct error *err);
/* How far the reading of the archive file is, in bytes of the file. */
uint64_t container_position(const struct container *container);

#endif
