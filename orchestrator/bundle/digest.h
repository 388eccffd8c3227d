/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several digests of one file in one reading, in bounded memory. */
#ifndef ORCHESTRATOR_BUNDLE_DIGEST_H
#define ORCHESTRATOR_BUNDLE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum digest_kind {
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA256,
	DIGEST_SHA512,
	DIGEST_COUNT /* not a kind: how many there are */
};

/* Longest digest in hexadecimal digits, with its terminator. */
#define DIGEST_HEX_MAX 129

/* For the wanted set: DIGEST_BIT(DIGEST_MD5) | DIGEST_BIT(DIGEST_SHA256). */
#define DIGEST_BIT(kind) (1u << (kind))

struct digests {
	char hex[DIGEST_COUNT][DIGEST_HEX_MAX]; /* lower case; "" where not wanted */
	uint64_t size;				/* bytes read */
};

/* "MD5", "SHA1", "SHA256", "SHA512": as the tagged form of a manifest names it. */
const char *digest_name(enum digest_kind kind);
/* Hexadecimal digits of this kind: 32, 40, 64, 128. */
size_t digest_length(enum digest_kind kind);

/* Reads a regular file from beginning to end. On failure *digests is untouched. */
int digest_file(const char *path, unsigned int wanted, struct digests *digests, struct error *err);
/* The same from an open descriptor, read from offset 0 on (pread: its position stays); path is for
 * messages. */
int digest_descriptor(int descriptor, const char *path, unsigned int wanted,
	struct digests *digests, struct error *err);

#endif
