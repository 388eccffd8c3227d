/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A package's own signature: what it is worth to the keyring, and its check by librpm. */
#ifndef ORCHESTRATOR_BUNDLE_PACKAGE_SIGNATURE_H
#define ORCHESTRATOR_BUNDLE_PACKAGE_SIGNATURE_H

#include "lib/base/error.h"
#include "lib/base/text.h"

struct librpm_log;
struct rpmts_s;

/* Of the file as the keyring sees it. A wrong one is damage and makes reading fail. */
enum package_signature {
	PACKAGE_SIGNATURE_NONE, /* always so for PACKAGE_DEB: its manifest must be signed */
	PACKAGE_SIGNATURE_OK,
	PACKAGE_SIGNATURE_UNKNOWN_KEY, /* signed; the key is not in the keyring */
	PACKAGE_SIGNATURE_NOT_TRUSTED, /* signed; rpm does not trust the key */
};

/* "none", "ok", "unknown key", "key not trusted". */
const char *package_signature_name(enum package_signature signature);

/* An RPM package that is being read. Borrowed. */
struct package_signature_file {
	int descriptor;		 /* what follows head is read from it, to the end */
	const char *path;	 /* for messages */
	const struct text *head; /* what was read already, from the beginning on */
};

/*
 * Checks all signatures and digests of the RPM package with the keyring of ts, as `rpmkeys -K`
 * does, with its flags and level as configured on this machine. What it is worth stands in the log
 * then (librpm.h): that a key is not known or not trusted is no damage. -EBADMSG with the check
 * that failed; else the errno of reading.
 */
int package_signature_check(struct rpmts_s *ts, const struct package_signature_file *file,
	const struct librpm_log *log, struct error *err);

#endif
