/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bundle holds besides its packages; for the files of this folder only. */
#ifndef ORCHESTRATOR_BUNDLE_CONTENT_H
#define ORCHESTRATOR_BUNDLE_CONTENT_H

#include "lib/conf/problems.h"
#include "orchestrator/bundle/bundle.h"
#include "orchestrator/bundle/manifest.h"

/* A file that a manifest names and that is no package. */
struct bundle_other {
	char *name;
	struct digests digests;
};

struct bundle_manifests {
	struct manifest **items; /* sorted by file name */
	size_t count;
	struct bundle_other *others;
	size_t other_count;
	struct keyring *keyring;  /* this machine's */
	struct problems problems; /* lines of manifests that cannot be read */
};

/* The digests of the file of that name, NULL when the bundle has none; borrowed. */
const struct digests *content_find(const struct bundle *bundle, const char *name);

#endif
