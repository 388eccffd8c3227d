/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bundle: packages with a manifest of their digests, in a folder or an archive; is it whole and
 * unaltered? */
#ifndef ORCHESTRATOR_BUNDLE_BUNDLE_H
#define ORCHESTRATOR_BUNDLE_BUNDLE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/digest.h"
#include "orchestrator/bundle/keyring.h"
#include "orchestrator/bundle/package.h"

enum bundle_severity {
	BUNDLE_NOTE,	/* worth knowing */
	BUNDLE_PROBLEM, /* the bundle must not be used */
};

/* One thing to say about a bundle. Plain data; the strings are owned. */
struct bundle_finding {
	enum bundle_severity severity;
	char *file; /* name in the bundle; NULL: the bundle as a whole */
	char *message;
};

/* Start as {0}; release with bundle_findings_clear. */
struct bundle_findings {
	struct bundle_finding *items;
	size_t count;
};

#define BUNDLE_SHA256_SIZE 65

struct spool;

struct bundle_package {
	struct package package; /* all strings NULL when damage is set */
	char *damage;		/* NULL, or why this is no whole package */
	char *entry;		/* name in the bundle: "a.rpm", "rpms/a.rpm" */
	char *file;		/* plain name, also the name it is uploaded under */
	char *path;		/* absolute, for messages; in an archive "/x/y.tar: rpms/a.rpm" */
	uint64_t size;		/* bytes of the file */
	/* Of the file when the bundle was opened, lower-case hexadecimal; "" when it could not be
	 * read. */
	char sha256[BUNDLE_SHA256_SIZE];
	struct spool *spool; /* of packages in an archive; bundle.c's own */
	size_t spool_index;
};

/* Plain data to read; packages are sorted by entry. */
struct bundle {
	char *path; /* absolute */
	struct bundle_package *packages;
	size_t package_count;
	size_t proven; /* packages that a good signature vouches for; authenticity_check's caller's
			*/
	struct bundle_content *content; /* content.h: for the files of this folder only */
};

/* How to open one; {0} is fine. */
struct bundle_options {
	const struct keyring *keyring; /* NULL: this machine's rpm keyring */
	unsigned int workers;	       /* reading processes; 0: as many as there are processors */
	/* Set by a signal handler: stop with -ECANCELED soon. May be NULL. */
	volatile sig_atomic_t *cancel;
	/* Called several times a second with the bytes read and to be read. May be NULL. */
	void (*progress)(void *data, uint64_t done, uint64_t total);
	void *data;
};

/*
 * Opens a bundle and reads every package and manifest in it once, in processes of their own; an
 * archive (tar, zip, iso, cpio) is read in one pass and unpacked nowhere. Names in an archive whose
 * entries all are in one folder are without that folder. That something is wrong with the content
 * is for bundle_verify to say; an error means that it could not be told: no such file (-ENOENT),
 * neither a folder nor an archive (-ENOTSUP), unreadable (-EACCES, -EIO), -ECANCELED. options may
 * be NULL.
 */
int bundle_open(const char *path, const struct bundle_options *options, struct bundle **bundle,
	struct error *err);
/* NULL is legal. */
void bundle_free(struct bundle *bundle);
CLEANUP_DEFINE(bundle);

/*
 * Adds all there is to say about the bundle to findings. 0 when none of them is a problem, -EBADMSG
 * when one is (err then holds a summary with the first problem).
 */
int bundle_verify(const struct bundle *bundle, struct bundle_findings *findings, struct error *err);
void bundle_findings_clear(struct bundle_findings *findings);
size_t bundle_problem_count(const struct bundle_findings *findings);
/* Adds one; file may be NULL. Bytes from outside are shown printable. */
void bundle_find(struct bundle_findings *findings, enum bundle_severity severity, const char *file,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

static inline void cleanup_bundle_findings(struct bundle_findings *findings)
{
	bundle_findings_clear(findings);
}

/* What a line of a manifest comes to: what `md5sum -c` and its kin say of it. */
enum bundle_verdict {
	BUNDLE_LINE_OK,
	BUNDLE_LINE_FAILED,
	BUNDLE_LINE_MISSING, /* or unreadable: md5sum's "FAILED open or read" */
	BUNDLE_LINE_IMPROPER,
	BUNDLE_LINE_OUTSIDE, /* names no file of the bundle; md5sum would read it all the same */
};

struct bundle_line {
	const char *manifest;
	unsigned int line;     /* from 1 */
	const char *name;      /* improper: NULL */
	enum digest_kind kind; /* improper: not set */
	const char *expected;  /* improper: NULL */
	const char *actual;    /* NULL unless ok or failed */
	enum bundle_verdict verdict;
};

/* "ok", "failed", "missing", "improper", "outside". */
const char *bundle_verdict_name(enum bundle_verdict verdict);
/* Tells every line of every manifest (of the improper ones the first hundred of each). */
void bundle_lines(const struct bundle *bundle,
	void (*tell)(void *data, const struct bundle_line *line), void *data);

/*
 * Opens a package for reading (upload) and makes sure that it still is the file that was verified:
 * its digest is computed again from the descriptor given back (positioned at 0). Packages of an
 * archive are unpacked, all at once, when the first is asked for: into files without a name in
 * $TMPDIR (/var/tmp). -ESTALE when it changed. *descriptor is owned. From any thread.
 */
int bundle_open_package(const struct bundle_package *package, int *descriptor, struct error *err);
/* Appends what package_head_read takes of it, without the digest being computed again. */
int bundle_read_header(const struct bundle_package *package, struct text *bytes, struct error *err);

#endif
