/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring of buckets, opened one after the other as time goes on. */
#include "orchestrator/probe/timeline.h"

#include <stdlib.h>

struct timeline {
	uint64_t started_us;
	uint64_t opened; /* buckets ever opened, at least 1; the newest is opened - 1 */
	struct timeline_bucket ring[TIMELINE_BUCKETS_MAX];
};

static struct timeline_bucket *place(struct timeline *timeline, uint64_t number)
{
	return &timeline->ring[number % TIMELINE_BUCKETS_MAX];
}

static void open_bucket(struct timeline *timeline, uint64_t number)
{
	*place(timeline, number) = (struct timeline_bucket){
		.from_us = timeline->started_us + number * TIMELINE_BUCKET_US};
}

struct timeline *timeline_new(uint64_t start_us)
{
	struct timeline *timeline = calloc(1, sizeof(*timeline));

	if (!timeline)
		abort();
	timeline->started_us = start_us;
	timeline->opened = 1;
	open_bucket(timeline, 0);
	return timeline;
}

void timeline_free(struct timeline *timeline)
{
	free(timeline);
}

/* Buckets in which nothing happened are there too: nothing is something to be seen. */
static void advance(struct timeline *timeline, uint64_t now_us)
{
	uint64_t passed = now_us > timeline->started_us ? now_us - timeline->started_us : 0;
	uint64_t last = passed / TIMELINE_BUCKET_US;

	if (last >= timeline->opened + TIMELINE_BUCKETS_MAX)
		timeline->opened = last - TIMELINE_BUCKETS_MAX + 1;
	while (timeline->opened <= last)
		open_bucket(timeline, timeline->opened++);
}

struct timeline_bucket *timeline_at(struct timeline *timeline, uint64_t now_us)
{
	advance(timeline, now_us);
	return place(timeline, timeline->opened - 1);
}

size_t timeline_take(struct timeline *timeline, uint64_t now_us, bool ended, uint64_t *cursor,
	struct timeline_bucket *buckets, size_t max)
{
	uint64_t complete, kept;
	size_t count = 0;

	advance(timeline, now_us);
	complete = ended ? timeline->opened : timeline->opened - 1;
	kept = timeline->opened > TIMELINE_BUCKETS_MAX ? timeline->opened - TIMELINE_BUCKETS_MAX
						       : 0;
	if (*cursor < kept)
		*cursor = kept;
	while (*cursor < complete && count < max)
		buckets[count++] = *place(timeline, (*cursor)++);
	return count;
}

void timeline_merge(struct timeline_bucket *into, const struct timeline_bucket *bucket)
{
	into->latency_total_us += bucket->latency_total_us;
	if (bucket->latency_max_us > into->latency_max_us)
		into->latency_max_us = bucket->latency_max_us;
	into->asked += bucket->asked;
	into->good += bucket->good;
	into->slow += bucket->slow;
	into->failed += bucket->failed;
	into->skipped += bucket->skipped;
	into->stalled_us += bucket->stalled_us;
}
