/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksum lists, read as the --check of GNU coreutils 9.1 reads them ("md5sum invocation" and
 * "cksum common options" in its manual): the manifest of a bundle. Pure. */
#ifndef ORCHESTRATOR_BUNDLE_MANIFEST_H
#define ORCHESTRATOR_BUNDLE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/cleanup.h"
#include "orchestrator/bundle/digest.h"

/* What a line that is no comment and not empty is. */
enum manifest_form {
	MANIFEST_GOOD,	   /* name, kind and digest are set */
	MANIFEST_IMPROPER, /* not as md5sum writes it; md5sum warns and goes on */
	/* Properly formatted, but it names what is no file of the bundle: an absolute path, a ".."
	 * in it, "-". md5sum would read that file, we refuse on purpose. */
	MANIFEST_OUTSIDE,
};

/* Plain data; the words are borrowed from the manifest. */
struct manifest_entry {
	enum manifest_form form;
	enum digest_kind kind;
	unsigned int line;  /* from 1 */
	const char *name;   /* unescaped, without "./" and doubled slashes; improper: NULL */
	const char *digest; /* lower case; improper: NULL */
};

/* Improper lines that are kept; the others are only counted. */
#define MANIFEST_IMPROPER_KEPT 100

/* Plain data. */
struct manifest {
	char *file; /* as given, for messages */
	struct manifest_entry *entries;
	size_t count;
	size_t proper;	 /* entries that are good or outside: md5sum fails when there is none */
	size_t improper; /* lines, also those beyond MANIFEST_IMPROPER_KEPT */
	char *words;	 /* what the entries borrow from */
};

/*
 * Whether a file of this name is a manifest (MD5SUM, md5sums.txt, SHA256SUMS, B2SUMS,
 * package.sha256, ...) and which digest its lines hold; DIGEST_COUNT: each line says it itself
 * (CHECKSUMS, as cksum reads it).
 */
bool manifest_is_name(const char *name, enum digest_kind *kind);

/*
 * Reads the bytes of a manifest. kind: as manifest_is_name gives it. The result is owned, never
 * NULL: manifest_free.
 */
struct manifest *manifest_parse(
	const char *file, const char *bytes, size_t length, enum digest_kind kind);
/* NULL is legal. */
void manifest_free(struct manifest *manifest);
CLEANUP_DEFINE(manifest);

/* Adds the digests its good lines ask for. */
void manifest_wants(const struct manifest *manifest, struct digest_wanted *wanted);

/*
 * Brings the name of a file below a folder to its one form, in place: without "./" and doubled
 * slashes. NULL, or why it is no such name ("an absolute path", ...; constant).
 */
const char *manifest_plain_name(char *name);

#endif
