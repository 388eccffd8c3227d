/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packages that earlier runs left on a node. Every bundle that is uploaded stays there as a
 * bundle folder, /var/lib/haupgrade/bundles/DIGEST16, whose SHA256SUMS is written last; a folder
 * without one is an upload that did not end, and counts for nothing.
 */
#ifndef ORCHESTRATOR_KEEP_KEPT_PACKAGES_H
#define ORCHESTRATOR_KEEP_KEPT_PACKAGES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "orchestrator/node/link.h"
#include "orchestrator/node/packager.h"

#define KEPT_PACKAGES_ROOT "/var/lib/haupgrade/bundles"

enum {
	KEPT_PACKAGES_MAX = 4096, /* on one node */
};

/* All strings owned. */
struct kept_package {
	char *folder; /* name of the bundle's folder below KEPT_PACKAGES_ROOT */
	char *file;   /* plain name in it: no "/", no "." at its beginning */
	char sha256[65];
	uint64_t size;
	char *label; /* packager_label of what the file says it is */
};

/* What one node keeps. Start as {0}; release with kept_packages_clear. */
struct kept_packages {
	struct kept_package *packages;
	size_t count;
};

/* Asks the node. Errors are those of link_script, -EPROTO for an odd answer; *kept is owned,
 * untouched on failure. */
int kept_packages_ask(struct link *link, struct kept_packages *kept, struct error *err);

/* Reads the answer. Pure; -EPROTO when it is not one, *kept is untouched then. */
int kept_packages_parse(const struct packager *packager, const char *output, size_t length,
	struct kept_packages *kept, struct error *err);

/* The package with that label (length bytes of it), or NULL; borrowed. */
const struct kept_package *kept_packages_find(
	const struct kept_packages *kept, const char *label, size_t length);

/* Absolute path on the node; owned. */
char *kept_packages_path(const struct kept_package *package);

void kept_packages_clear(struct kept_packages *kept);
static inline void cleanup_kept_packages(struct kept_packages *kept)
{
	kept_packages_clear(kept);
}

#endif
