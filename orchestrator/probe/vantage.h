/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second pair of eyes: asks the service from a node, through the node's ssh connection, at a low
 * rate and one request after the other, in a thread with sessions of its own. The node needs
 * nothing but an sshd that forwards TCP.
 *
 * The clients are outside, so the probe (probe.h) counts against the budgets and this does not. It
 * is evidence: when the probe fails and a node gets good answers, the way is broken, not the
 * service. What cannot be asked because the node or its sshd is away is no failure of the service.
 */
#ifndef ORCHESTRATOR_PROBE_VANTAGE_H
#define ORCHESTRATOR_PROBE_VANTAGE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/probe/config.h"
#include "orchestrator/probe/tally.h"
#include "orchestrator/remote/session.h"

#define VANTAGE_RATE_MAX 100
#define VANTAGE_NONE (-1)

struct vantage;

/* Plain data, borrowed during vantage_start only but for data. */
struct vantage_config {
	const struct probe_config *service;
	unsigned rate; /* requests per second, 1 to VANTAGE_RATE_MAX */
	size_t node_count;
	/* Opens a session with the node; *cancel ends it. Errors as session_open. Both are called
	 * in the thread. */
	int (*open)(void *data, size_t node, const volatile sig_atomic_t *cancel,
		struct session **session, struct error *err);
	/* Worth telling once: the node forbids it, the vantage point is a node now. May be NULL. */
	void (*told)(void *data, size_t node, bool warning, const char *words);
	void *data;
};

/* To be called while a probe runs, which has set up libcurl. Asks nothing before vantage_move. */
int vantage_start(const struct vantage_config *config, struct vantage **vantage, struct error *err);
/* From now on that node asks, or none; returns at once. Any thread, like all that follow. */
void vantage_move(struct vantage *vantage, int node);
/* Does its sshd refuse to forward? */
bool vantage_is_forbidden(struct vantage *vantage, size_t node);

/* All that the node saw, each request once its end is known; everything 0 when it never asked. Its
 * gaps mean nothing: it does not ask all the time. */
void vantage_snapshot(struct vantage *vantage, size_t node, struct tally_summary *summary);
/* tally_between of all nodes. */
void vantage_between(struct vantage *vantage, uint64_t from_us, uint64_t to_us, uint64_t *good,
	uint64_t *failed);
/* timeline_take of the node's; see probe_buckets. */
size_t vantage_buckets(struct vantage *vantage, size_t node, uint64_t *cursor,
	struct timeline_bucket *buckets, size_t max);

/* Ends the thread; what it saw can still be asked for. */
void vantage_stop(struct vantage *vantage);
/* NULL is legal. */
void vantage_free(struct vantage *vantage);
CLEANUP_DEFINE(vantage);

#endif
