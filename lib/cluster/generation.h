/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generation: a number kept on disk that is greater at each start of the daemon. */
#ifndef LIB_CLUSTER_GENERATION_H
#define LIB_CLUSTER_GENERATION_H

#include <stdint.h>

#include "lib/base/error.h"

/*
 * Takes the next generation out of folder/generation and makes that durable before it returns.
 * A missing file begins at now_seconds (since 1970), so that a lost file does not bring peers to
 * take us for a replay; a damaged file is replaced likewise. One that cannot be read now (no
 * descriptor, no memory, a disk that fails) is neither: then this fails.
 */
int generation_next(
	const char *folder, uint64_t now_seconds, uint64_t *generation, struct error *err);

#endif
