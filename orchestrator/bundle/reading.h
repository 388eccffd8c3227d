/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything there is to know of one file of a bundle, from one reading of its bytes. */
#ifndef ORCHESTRATOR_BUNDLE_READING_H
#define ORCHESTRATOR_BUNDLE_READING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/digest.h"
#include "orchestrator/bundle/keyring.h"
#include "orchestrator/bundle/package.h"

/* Start as {0}; release with reading_clear. */
struct reading {
	struct digests digests;
	char *failure; /* why the bytes could not be read to their end; nothing else is set then */
	/* Of a package: what it is, or (all strings NULL) why it is no whole one. */
	bool is_package;
	struct package package;
	char *damage;
};

struct reading_request {
	int descriptor;	  /* read once and in order; may be a pipe or a socket */
	const char *name; /* for messages, which do not begin with it */
	struct digest_wanted wanted;
	bool is_package;
	const struct keyring *keyring; /* of packages; borrowed */
	_Atomic uint64_t *progress;    /* bytes read are added; or NULL */
};

/*
 * Reads the descriptor to its end; what is wrong with the bytes is said in *reading (overwritten).
 * Uses librpm for packages: one at a time in a process, and SIGPIPE must be ignored. An error means
 * that this process cannot read anything.
 */
int reading_take(const struct reading_request *request, struct reading *reading, struct error *err);
void reading_clear(struct reading *reading);

static inline void cleanup_reading(struct reading *reading)
{
	reading_clear(reading);
}

/* A reading as bytes and back, from one process to another. Appends to bytes. */
void reading_pack(const struct reading *reading, struct text *bytes);
/* Trusts nothing: -EPROTO when the bytes are no reading, *reading is untouched then. */
int reading_unpack(const void *bytes, size_t length, struct reading *reading, struct error *err);

#endif
