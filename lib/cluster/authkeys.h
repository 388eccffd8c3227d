/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The authkeys file: the secrets by which nodes know each other's messages. */
#ifndef LIB_CLUSTER_AUTHKEYS_H
#define LIB_CLUSTER_AUTHKEYS_H

#include <stddef.h>

#include "lib/base/cleanup.h"
#include "lib/conf/problems.h"

/* Key numbers are 0..15, as Heartbeat 3 limits them (MAXAUTH). */
#define AUTHKEYS_MAX 16
/* Hex digits of the longest code, HMAC-SHA-256. */
#define AUTHKEYS_CODE_MAX 64

/* Wiped from memory when freed; no function logs or returns a key. */
struct authkeys;

/*
 * The file holds `auth N` and lines `N METHOD KEY`, METHOD md5, sha1 or sha256 (HMAC, RFC 2104; md5
 * and sha1 as in Heartbeat 3, sha256 is ours). One that anybody but its owner may read or write, or
 * that belongs to neither root nor the own user, is refused.
 * Owned (authkeys_free); NULL when there was a problem, all added to problems.
 */
struct authkeys *authkeys_read(const char *path, struct problems *problems);
struct authkeys *authkeys_read_bytes(
	const char *path, const char *bytes, size_t length, struct problems *problems);
void authkeys_free(struct authkeys *keys);
CLEANUP_DEFINE(authkeys);

/* What was accepted but protects badly, without any secret; borrowed. */
const struct problems *authkeys_warnings(const struct authkeys *keys);

/* The number of the key to sign with. */
unsigned int authkeys_current(const struct authkeys *keys);

/*
 * Writes the code of the bytes under key number as lower-case hex, terminated, to code, which has
 * room for AUTHKEYS_CODE_MAX + 1. -ENOENT when there is no such key; -EIO when the crypto library
 * refuses the method (a FIPS provider has no md5).
 */
int authkeys_code(const struct authkeys *keys, unsigned int number, const void *bytes,
	size_t length, char *code, struct error *err);

#endif
