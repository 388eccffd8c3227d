/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process of its own that reads files for another: what a hostile file does to it harms nobody
 * else. For pool.c only. */
#ifndef ORCHESTRATOR_BUNDLE_WORKER_H
#define ORCHESTRATOR_BUNDLE_WORKER_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/error.h"
#include "orchestrator/bundle/reading.h"

/* Longest answer: all relations of a package, with names of usual length. */
#define WORKER_ANSWER_MAX (16u << 20)

/*
 * Starts one. *control is its socket, owned: requests go there, and for each an answer of four
 * bytes length (big-endian) and reading_pack's bytes comes back. It ends when the socket is closed
 * or when the thread that started it ends. progress must be shared memory.
 */
int worker_start(const struct keyring *keyring, _Atomic uint64_t *progress, pid_t *process,
	int *control, struct error *err);
/* Sends a request; the descriptor stays the caller's. request->keyring and progress are the
 * worker's own. */
int worker_ask(int control, const struct reading_request *request, struct error *err);

#endif
