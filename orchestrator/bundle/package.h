/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an RPM file is and whether it is whole; versions compared as rpm does. librpm, its log
 * callback and its configuration are global and not thread-safe: call from one thread only. */
#ifndef ORCHESTRATOR_BUNDLE_PACKAGE_H
#define ORCHESTRATOR_BUNDLE_PACKAGE_H

#include <stdint.h>

#include "lib/base/error.h"

/* Of the file as this machine's rpm keyring sees it. */
enum package_signature {
	PACKAGE_SIGNATURE_NONE,
	PACKAGE_SIGNATURE_OK,
	PACKAGE_SIGNATURE_UNKNOWN_KEY, /* signed; the key is not in the keyring */
};

/* Plain data. All strings are owned and, after success, not NULL. */
struct package {
	char *name;
	uint32_t epoch; /* 0 when it has none: rpm takes these as equal */
	char *version;
	char *release;
	char *arch;
	char *evr;		 /* "[epoch:]version-release", the epoch only when not 0 */
	char *nevra;		 /* "name-[epoch:]version-release.arch" */
	uint64_t installed_size; /* bytes on disk once installed */
	enum package_signature signature;
};

/*
 * Reads the RPM file at path and checks every digest and signature rpm keeps in it, over header and
 * payload. 0; -EBADMSG when it is damaged or no RPM package (err says which check failed: whatever
 * the header claims is not to be trusted then, and *package is untouched); else the errno of
 * reading. Release with package_clear.
 */
int package_read(const char *path, struct package *package, struct error *err);
/* The same from an open descriptor, whose position is left anywhere; path is for messages. */
int package_read_descriptor(
	int descriptor, const char *path, struct package *package, struct error *err);
void package_clear(struct package *package);

/* "none", "ok", "unknown key". */
const char *package_signature_name(enum package_signature signature);

/*
 * Compares two "[epoch:]version[-release]" as rpm does (rpm-version(7)): <0, 0, >0. A missing epoch
 * is 0; a release is compared only when both sides have one. Words that are no such text are
 * compared as bare versions.
 */
int package_compare_evr(const char *left, const char *right);

#endif
