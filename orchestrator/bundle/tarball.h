/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tar archive, mostly compressed, that is a member of a Debian package; read in order through
 * libarchive, in bounded memory. */
#ifndef ORCHESTRATOR_BUNDLE_TARBALL_H
#define ORCHESTRATOR_BUNDLE_TARBALL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

struct tarball_source {
	int descriptor;	    /* stands at the member's first byte */
	const char *path;   /* of the package, for messages; borrowed as long as the tarball */
	const char *member; /* "data.tar.xz": what follows "tar" tells the compression */
	uint64_t size;	    /* bytes of the member */
	/* Limits against bombs; 0: what is usual for the data of a package. */
	uint64_t decoded_max;
	uint64_t entries_max;
};

enum tarball_kind {
	TARBALL_FILE,
	TARBALL_HARD_LINK,
	TARBALL_SYMBOLIC_LINK,
	TARBALL_FOLDER,
	TARBALL_DEVICE, /* also sockets and FIFOs */
};

/* Borrowed until the next call. */
struct tarball_entry {
	enum tarball_kind kind;
	const char *name;   /* never absolute, no ".." in it, below no symbolic link */
	const char *target; /* of a link, else NULL; of a hard link as safe as the name */
	uint64_t size;
};

struct tarball;

int tarball_open(const struct tarball_source *source, struct tarball **tarball, struct error *err);
/* NULL is legal. */
void tarball_free(struct tarball *tarball);
CLEANUP_DEFINE(tarball);

/*
 * The next entry: 1, 0 at the end, -EBADMSG when it is damaged, leads out of the archive or is
 * larger than the limits; else the errno of reading.
 */
int tarball_next(struct tarball *tarball, struct tarball_entry *entry, struct error *err);
/* The next piece of the entry's content: 1, 0 at its end, or as above. */
int tarball_data(struct tarball *tarball, const void **bytes, size_t *length, struct error *err);
/* After the last entry: reads what is left of the member, so that its own checksum is checked. */
int tarball_finish(struct tarball *tarball, struct error *err);

const char *tarball_path(const struct tarball *tarball);

#endif
