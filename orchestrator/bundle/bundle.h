/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bundle: a folder of packages with a manifest of their digests; is it whole and unaltered? */
#ifndef ORCHESTRATOR_BUNDLE_BUNDLE_H
#define ORCHESTRATOR_BUNDLE_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/bundle/digest.h"
#include "orchestrator/bundle/package.h"

enum bundle_severity {
	BUNDLE_NOTE,	/* worth knowing */
	BUNDLE_PROBLEM, /* the bundle must not be used */
};

/* One thing to say about a bundle. Plain data; the strings are owned. */
struct bundle_finding {
	enum bundle_severity severity;
	char *file; /* plain name in the bundle; NULL: the bundle as a whole */
	char *message;
};

/* Start as {0}; release with bundle_findings_clear. */
struct bundle_findings {
	struct bundle_finding *items;
	size_t count;
};

struct bundle_package {
	struct package package; /* all strings NULL when damage is set */
	char *damage;		/* NULL, or why this is no whole RPM package */
	char *file;		/* plain name, also the name it is uploaded under */
	char *path;		/* absolute */
	uint64_t size;		/* bytes of the file */
	/* Of the file when the bundle was opened, computed here, lower-case hexadecimal. */
	struct digests digests;
};

/* Plain data to read; packages are sorted by file name. */
struct bundle {
	char *path; /* absolute */
	struct bundle_package *packages;
	size_t package_count;
	struct bundle_manifests *manifests; /* bundle.c's own */
};

/*
 * Opens the bundle, reads every package and manifest once, computing digests on the way. That
 * something is wrong with the content is for bundle_verify to say; an error here means that it
 * could not be told: no such folder (-ENOENT), not a folder (-ENOTDIR; archives are named as not
 * supported yet), unreadable (-EACCES, -EIO). Nothing is left behind on failure.
 */
int bundle_open(const char *path, struct bundle **bundle, struct error *err);
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

static inline void cleanup_bundle_findings(struct bundle_findings *findings)
{
	bundle_findings_clear(findings);
}

/*
 * Opens a package for reading (upload) and makes sure that it still is the file that was verified:
 * its digest is computed again from the descriptor given back (positioned at 0). -ESTALE when it
 * changed. *descriptor is owned.
 */
int bundle_open_package(const struct bundle_package *package, int *descriptor, struct error *err);

#endif
