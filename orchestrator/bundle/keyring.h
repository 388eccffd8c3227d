/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Public keys that signatures are checked against: this machine's rpm keyring or the caller's. */
#ifndef ORCHESTRATOR_BUNDLE_KEYRING_H
#define ORCHESTRATOR_BUNDLE_KEYRING_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

struct keyring;
struct rpmKeyring_s;
struct evp_pkey_st;

/*
 * path: a file of OpenPGP public keys, ASCII-armoured or binary, one or many; a folder of such
 * files; or the folder of an rpm database. NULL: the keyring of this machine's rpm (empty when
 * there is none). Uses librpm; *keyring is owned and read-only from then on, so processes forked
 * later may use it. -EBADMSG when a file holds no usable key, -ENOKEY when a folder holds no key
 * file, else the errno of reading.
 */
int keyring_open(const char *path, struct keyring **keyring, struct error *err);
/* NULL is legal. */
void keyring_free(struct keyring *keyring);
CLEANUP_DEFINE(keyring);

/* Whether the caller chose its OpenPGP keys, so that a key missing from it is a problem and no
 * accident. */
bool keyring_is_chosen(const struct keyring *keyring);

/*
 * Adds an Ed25519 public key (RFC 8410) in PEM, as `openssl pkey -pubout` writes it, for signatures
 * of manifests. -EBADMSG when the file holds none, else the errno of reading.
 */
int keyring_add_ed25519(struct keyring *keyring, const char *path, struct error *err);

/* OpenSSL's own, borrowed; NULL when none was added. */
struct evp_pkey_st *keyring_ed25519(const struct keyring *keyring);
/* For the readers of this folder: librpm's own, borrowed. */
struct rpmKeyring_s *keyring_handle(const struct keyring *keyring);

#endif
