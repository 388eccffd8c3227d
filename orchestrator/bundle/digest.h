/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several digests of the same bytes in one reading, in bounded memory. */
#ifndef ORCHESTRATOR_BUNDLE_DIGEST_H
#define ORCHESTRATOR_BUNDLE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

enum digest_kind {
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGEST_SM3,
	DIGEST_BLAKE2B, /* of any length: not the beginning of a longer one, but another digest */
	DIGEST_COUNT	/* not a kind: how many there are */
};

/* Longest digest in hexadecimal digits, with its terminator. */
#define DIGEST_HEX_MAX 129

/* For struct digest_wanted: DIGEST_BIT(DIGEST_MD5) | DIGEST_BIT(DIGEST_SHA256). */
#define DIGEST_BIT(kind) (1u << (kind))

/* A set of digests. Plain data. */
struct digest_wanted {
	unsigned int kinds; /* all but BLAKE2b */
	uint64_t blake2b;   /* bit n - 1: BLAKE2b of n bytes, 1 to 64 */
};

struct digest {
	enum digest_kind kind;
	char hex[DIGEST_HEX_MAX]; /* lower case; its length tells that of a BLAKE2b */
};

/* What was computed. Start as {0}; release with digests_clear. */
struct digests {
	struct digest *items;
	size_t count;
	uint64_t size; /* bytes read */
};

/* "MD5", "SHA256", "BLAKE2b": as the tagged form of a manifest names it. */
const char *digest_name(enum digest_kind kind);
/* Hexadecimal digits of this kind: 32, 40, ...; of BLAKE2b the most there can be, 128. */
size_t digest_length(enum digest_kind kind);

/* hex_length: digits; must be fit for the kind. */
void digest_want(struct digest_wanted *wanted, enum digest_kind kind, size_t hex_length);
/* Whether all of part is in whole. */
bool digest_covers(const struct digest_wanted *whole, const struct digest_wanted *part);

void digests_clear(struct digests *digests);
static inline void cleanup_digests(struct digests *digests)
{
	digests_clear(digests);
}
/* The digest of that kind and number of digits; NULL when it was not computed; borrowed. */
const char *digests_find(const struct digests *digests, enum digest_kind kind, size_t hex_length);

/* Bytes that come piece by piece. */
struct digest_work;
/* *work is owned: digest_work_free. -ENOTSUP when OpenSSL does not offer a digest here. */
int digest_work_begin(
	const struct digest_wanted *wanted, struct digest_work **work, struct error *err);
int digest_work_add(struct digest_work *work, const void *bytes, size_t length, struct error *err);
/* Ends the computation; *digests (overwritten) is owned. On failure it is untouched. */
int digest_work_end(struct digest_work *work, struct digests *digests, struct error *err);
/* NULL is legal. */
void digest_work_free(struct digest_work *work);
CLEANUP_DEFINE(digest_work);

/* Of an open regular file, read from offset 0 on (pread: its position stays); path is for
 * messages. */
int digest_descriptor(int descriptor, const char *path, const struct digest_wanted *wanted,
	struct digests *digests, struct error *err);

#endif
