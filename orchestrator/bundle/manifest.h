/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksum lists as md5sum, sha256sum and their kin write them (GNU coreutils manual, "md5sum
 * invocation" and "cksum common options"): the manifest of a bundle. Pure. */
#ifndef ORCHESTRATOR_BUNDLE_MANIFEST_H
#define ORCHESTRATOR_BUNDLE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/conf/problems.h"
#include "orchestrator/bundle/digest.h"

struct manifest_entry {
	char *name; /* a plain file name, unescaped */
	enum digest_kind kind;
	char digest[DIGEST_HEX_MAX]; /* lower case */
	unsigned int line;	     /* from 1 */
};

/* Plain data. */
struct manifest {
	char *file; /* as given, for messages */
	struct manifest_entry *entries;
	size_t count;
};

/*
 * Whether a file of this name is a manifest (MD5SUM, md5sums.txt, SHA256SUMS, package.sha256, ...)
 * and which digest its untagged lines hold.
 */
bool manifest_is_name(const char *name, enum digest_kind *kind);

/*
 * Reads the bytes of a manifest. kind: what an untagged line must hold. Understood: "digest  name",
 * "digest *name", a leading backslash for a name with \n, \r or \\ escaped, "SHA256 (name) =
 * digest", CRLF, empty lines, lines that start with "#". A name that is not a plain file name of
 * the same folder is refused. Every bad line is added to problems and left out; the good ones are
 * kept. The result is owned, never NULL: manifest_free.
 */
struct manifest *manifest_parse(const char *file, const char *bytes, size_t length,
	enum digest_kind kind, struct problems *problems);
/* NULL is legal. */
void manifest_free(struct manifest *manifest);

#endif
