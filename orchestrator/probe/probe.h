/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks a service again and again, like a client that connects anew each time, in a thread of its
 * own. Open loop: a request starts at its scheduled time however long others take, so a service
 * that hangs is seen at the full rate.
 *
 * Ephemeral ports: a closed connection holds its port for 60 s (TIME_WAIT) at the end that closed
 * first, and Linux has 28232 of them per destination. Above PROBE_LINGER_RATE the probe therefore
 * ends its connections by a reset after the whole answer came, which leaves none behind.
 */
#ifndef ORCHESTRATOR_PROBE_PROBE_H
#define ORCHESTRATOR_PROBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/probe/config.h"
#include "orchestrator/probe/tally.h"

#define PROBE_RATE_MAX 1000
#define PROBE_LINGER_RATE 200

struct probe;

/*
 * Starts asking. -EINVAL with a message for a bad configuration; that the service does not answer
 * is no error here but a failure in the tally. Start the first probe before other threads exist:
 * it sets up libcurl.
 */
int probe_start(const struct probe_config *config, struct probe **probe, struct error *err);

/* What was seen so far. These may be called from any thread. */
void probe_snapshot(struct probe *probe, struct tally_summary *summary);
/* tally_good_since; since_us is a clock_monotonic_us(). */
uint64_t probe_good_since(struct probe *probe, uint64_t since_us);
/*
 * What "it answers" means everywhere: so many requests, begun since then, were answered one after
 * the other. *good, if not NULL, gets how many were so far.
 */
enum { PROBE_ANSWERS = 10 };
static inline bool probe_answers(struct probe *probe, uint64_t since_us, uint64_t *good)
{
	uint64_t found = probe_good_since(probe, since_us);

	if (good)
		*good = found;
	return found >= PROBE_ANSWERS;
}
/*
 * timeline_take: what is new since the cursor, which starts as 0. The last one comes after
 * probe_stop.
 */
size_t probe_buckets(
	struct probe *probe, uint64_t *cursor, struct timeline_bucket *buckets, size_t max);

/*
 * Asks no more, waits for outstanding requests (at most timeout_ms) and gives the final summary
 * (may be NULL). A second call only gives the summary again.
 */
void probe_stop(struct probe *probe, struct tally_summary *summary);
/* Stops without waiting for outstanding requests. NULL is legal. */
void probe_free(struct probe *probe);
CLEANUP_DEFINE(probe);

#endif
