/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who vouches for a manifest: OpenPGP signatures through librpm, Ed25519 ones through OpenSSL. */
#ifndef ORCHESTRATOR_BUNDLE_MANIFEST_SIGNATURE_H
#define ORCHESTRATOR_BUNDLE_MANIFEST_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/keyring.h"

/* From good to bad. */
enum signature_verdict {
	SIGNATURE_OK,
	SIGNATURE_UNKNOWN_KEY, /* not in the keyring */
	SIGNATURE_UNCHECKED,   /* made in a way that cannot be checked here; why says it */
	SIGNATURE_BAD,	       /* of other bytes, or no signature at all; why says it */
};

struct signature_result {
	enum signature_verdict verdict;
	char key[80];  /* "key ID 0123456789abcdef", "the Ed25519 key"; never "" but when BAD */
	char why[200]; /* "" when OK or UNKNOWN_KEY */
};

/*
 * Whether a file of this name holds a detached signature of the file whose name is the first
 * *length characters: NAME.asc, .sig, .gpg, .sign (OpenPGP or Ed25519), .ed25519.
 */
bool manifest_signature_is_name(const char *name, size_t *length);

/*
 * Checks a detached signature: OpenPGP (RFC 4880), armoured or binary, one or several; or Ed25519
 * (RFC 8032) over the message, 64 bytes, raw or in Base64. Of several OpenPGP signatures by
 * different keys one that is good is enough; one that is bad spoils all. Whether a key has expired
 * or was revoked librpm does not look at. Uses librpm: from one thread of a process.
 */
void manifest_signature_check(const struct text *message, const struct text *signature,
	const struct keyring *keyring, struct signature_result *result);

/*
 * Takes a clear-signed text apart (RFC 4880, 7): 1 with the message (lines end with "\n", the last
 * one has no end) and the armoured signature of it, for manifest_signature_check; 0 when it is
 * none; -EBADMSG when it begins like one and is malformed. Pure. Both are appended to.
 */
int manifest_signature_unwrap(
	const struct text *bytes, struct text *message, struct text *signature, struct error *err);

#endif
