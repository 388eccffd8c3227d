/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads all that a bundle holds, from a folder or from an archive; for bundle.c only. */
#ifndef ORCHESTRATOR_BUNDLE_GATHER_H
#define ORCHESTRATOR_BUNDLE_GATHER_H

#include "orchestrator/bundle/content.h"
#include "orchestrator/bundle/pool.h"

struct gather {
	const char *path; /* absolute */
	const struct bundle_options *options;
	const struct keyring *keyring;
	struct bundle_content *content;
	struct pool *pool;
	/* For progress: bytes done so far (of an archive), bytes there are. */
	uint64_t done;
	uint64_t total;
	uint64_t attached; /* bytes of manifests and signatures so far, kept or not */
	bool digests_only; /* packages were read already */
};

/* Fill content; files come sorted, manifests parsed. Errors as of bundle_open. */
int gather_folder(struct gather *gather, struct error *err);
int gather_archive(struct gather *gather, int descriptor, struct error *err);

/* For the two: starts the pool whose readings go to the files, the token being a file's index. */
int gather_begin(struct gather *gather, struct error *err);
/* Whether a manifest or signature of that many bytes is to be kept; says so when not. */
bool gather_has_room(struct gather *gather, const char *name, size_t length);
/* Tells progress; false when it is to stop. */
bool gather_tick(void *data);

#endif
