/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files read by several processes at once, one per processor. */
#ifndef ORCHESTRATOR_BUNDLE_POOL_H
#define ORCHESTRATOR_BUNDLE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "orchestrator/bundle/reading.h"

struct pool_config {
	unsigned int workers;	       /* 0: as many as this process has processors */
	const struct keyring *keyring; /* for packages; borrowed */
	void *data;
	/* A file was read; *reading is the callee's. token: as given with it. */
	void (*done)(void *data, size_t token, struct reading *reading);
	/* Called at least every quarter of a second while waiting; false: stop with -ECANCELED. */
	bool (*tick)(void *data);
};

struct pool;
/* *pool is owned; its processes start when they are needed. */
int pool_open(const struct pool_config *config, struct pool **pool, struct error *err);
/* Ends the processes, whatever they are at. NULL is legal. */
void pool_free(struct pool *pool);
CLEANUP_DEFINE(pool);

/*
 * Waits for a process that has nothing to do and gives it the file; token comes back with done.
 * Of request, keyring and progress are not looked at; the descriptor stays the caller's.
 */
int pool_give(
	struct pool *pool, size_t token, const struct reading_request *request, struct error *err);
/*
 * Writes bytes into the caller's end of a socket whose other end was given to a process. 1; 0 when
 * nobody reads any more: the process died, which done will tell.
 */
int pool_feed(
	struct pool *pool, int descriptor, const void *bytes, size_t length, struct error *err);
/* Waits until all that was given is done. */
int pool_finish(struct pool *pool, struct error *err);
/* Bytes read so far by all processes. */
uint64_t pool_progress(const struct pool *pool);

#endif
