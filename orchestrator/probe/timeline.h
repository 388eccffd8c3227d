/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a probe saw, tenth of a second by tenth of a second, for whoever draws or records it. Pure:
 * all times are handed in, in monotonic microseconds. Bounded: the oldest are forgotten, so take
 * what is new now and then.
 */
#ifndef ORCHESTRATOR_PROBE_TIMELINE_H
#define ORCHESTRATOR_PROBE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_BUCKET_US 100000
/* 10 minutes; 320 KiB. */
#define TIMELINE_BUCKETS_MAX 6000

/* Plain data; counts of what happened in [from_us, from_us + TIMELINE_BUCKET_US). */
struct timeline_bucket {
	uint64_t from_us;
	uint64_t latency_total_us; /* of good answers; divide by good */
	uint32_t latency_max_us;   /* of good answers */
	uint32_t asked;		   /* requests started */
	uint32_t good;		   /* good answers complete, slow ones included */
	uint32_t slow;
	uint32_t failed;
	uint32_t skipped;    /* requests not sent at their time: this machine was too busy */
	uint32_t stalled_us; /* ended waits in which this machine did not let the probe look */
};

struct timeline;

/* Ends the program without memory. */
struct timeline *timeline_new(uint64_t start_us);
void timeline_free(struct timeline *timeline);

/*
 * The bucket of that moment, to count in; borrowed until the next call. A moment that is past, in a
 * bucket that may have been taken already, gives the newest one.
 */
struct timeline_bucket *timeline_at(struct timeline *timeline, uint64_t now_us);

/*
 * Copies complete buckets, oldest first, that were not taken with this cursor yet: at most max,
 * returns how many. A cursor starts as 0; each reader has its own. Buckets that were forgotten
 * before they were taken are passed over: from_us tells. ended: nothing will be counted any more,
 * so the newest one is complete too.
 */
size_t timeline_take(struct timeline *timeline, uint64_t now_us, bool ended, uint64_t *cursor,
	struct timeline_bucket *buckets, size_t max);

/* Adds what happened in a later bucket, so that several make one longer one. */
void timeline_merge(struct timeline_bucket *into, const struct timeline_bucket *bucket);

#endif
