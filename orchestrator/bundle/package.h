/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a package file is (RPM or Debian), whether it is whole, what it needs; versions compared as
 * its package manager does. librpm, its log callback and its configuration are global and not
 * thread-safe: call from one thread of a process only. */
#ifndef ORCHESTRATOR_BUNDLE_PACKAGE_H
#define ORCHESTRATOR_BUNDLE_PACKAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/keyring.h"
#include "orchestrator/bundle/package_signature.h"

enum package_format {
	PACKAGE_RPM,
	PACKAGE_DEB,
};

enum package_comparison {
	PACKAGE_ANY, /* no version */
	PACKAGE_LESS,
	PACKAGE_AT_MOST,
	PACKAGE_EQUAL,
	PACKAGE_AT_LEAST,
	PACKAGE_GREATER,
};

/* One thing a package requires or provides. Strings are owned. */
struct package_relation {
	char *name;
	enum package_comparison comparison;
	char *version; /* "[epoch:]version[-release]"; "" with PACKAGE_ANY */
	/* Requirements with one number are alternatives ("a | b"): one of them is enough. */
	unsigned int group;
};

struct package_relations {
	struct package_relation *items;
	size_t count;
};

/* Start as {0}. Plain data. All strings are owned and, after success, not NULL. */
struct package {
	enum package_format format;
	char *name;
	uint32_t epoch; /* 0 when it has none: both package managers take these as equal */
	char *version;
	char *release; /* of a Debian package its revision, "" when it has none */
	char *arch;
	char *evr;		 /* "[epoch:]version[-release]", the epoch only when not 0 */
	char *nevra;		 /* "name-[epoch:]version-release.arch"; Debian: "name_evr_arch" */
	char *source;		 /* the source package's name, "" when it is not told */
	char *source_version;	 /* the source's "version-release", "" when it is not told */
	uint64_t installed_size; /* bytes on disk once installed */
	enum package_signature signature;
	char *key; /* id of the key it is signed with, in hexadecimal digits; "" */
	struct package_relations requires;
	struct package_relations provides;
	/* What is odd about the file but no reason to refuse it. */
	char **notes;
	size_t note_count;
};

enum {
	/* More of them than this is no package anybody made in earnest. */
	PACKAGE_RELATIONS_MAX = 16384,
	PACKAGE_NOTES_MAX = 16,
};

/*
 * Reads the RPM or Debian package (told by its first bytes) at path and checks every digest and
 * signature it holds, over header and payload, against keyring. An RPM package is refused exactly
 * when `rpmkeys -K` refuses it with that keyring, but for keys it does not know or trust, which are
 * told in signature.
 * 0; -EBADMSG when it is damaged or no package (err says which check failed: whatever it claims is
 * not to be trusted then, and *package is untouched); else the errno of reading. Release with
 * package_clear.
 */
int package_read(const char *path, const struct keyring *keyring, struct package *package,
	struct error *err);
/*
 * The same from an open descriptor, read once and in order from its position on, so that it may be
 * a pipe; after a failure some of it may be left unread. path is for messages.
 */
int package_read_descriptor(int descriptor, const char *path, const struct keyring *keyring,
	struct package *package, struct error *err);
void package_clear(struct package *package);

/*
 * A package as bytes and back, for processes that read packages for others. Appends to bytes.
 * Unpacking trusts nothing: -EPROTO when the bytes are no package, *package is untouched then.
 */
void package_pack(const struct package *package, struct text *bytes);
int package_unpack(const void *bytes, size_t length, struct package *package, struct error *err);

/* For the readers: a copy of words is added, unless there are PACKAGE_NOTES_MAX already. */
void package_note(struct package *package, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* For the readers: adds a relation with owned copies; -E2BIG at PACKAGE_RELATIONS_MAX. */
int package_relate(struct package_relations *relations, const char *name, size_t length,
	enum package_comparison comparison, const char *version, unsigned int group);

/* "rpm", "deb". */
const char *package_format_name(enum package_format format);
/* "", "<", "<=", "=", ">=", ">". */
const char *package_comparison_name(enum package_comparison comparison);

/*
 * Compares two "[epoch:]version[-release]": <0, 0, >0; a missing epoch is 0.
 * PACKAGE_RPM: as rpm does (rpm-version(7)); a release is compared only when both sides have one;
 * words that are no such text are compared as bare versions.
 * PACKAGE_DEB: as dpkg does (deb_version.h).
 */
int package_compare_evr(enum package_format format, const char *left, const char *right);

#endif
