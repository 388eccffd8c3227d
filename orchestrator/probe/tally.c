/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Aggregates of a probe's answers, the newest answers, and the failures. */
#include "orchestrator/probe/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of the newest answers. */
struct recent {
	uint64_t start_us;
	bool good;
};

struct tally {
	uint64_t started_us;
	uint64_t slow_us;
	struct tally_summary sums;
	uint64_t longest_gap_us; /* between good answers, not counting the present one */
	struct recent *recent;	 /* a ring of TALLY_RECENT_MAX */
	uint64_t recent_count;	 /* ever written */
	struct timeline *timeline;
	uint64_t looked_us;
	uint64_t stalled_us;
	uint64_t longest_stall_us;
	uint64_t stalled_before_good_us; /* of stalled_us, before the newest good answer */
};

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		abort();
	return memory;
}

struct tally *tally_new(uint64_t start_us, uint64_t slow_us)
{
	struct tally *tally = allocate(1, sizeof(*tally));

	tally->started_us = start_us;
	tally->slow_us = slow_us;
	tally->looked_us = start_us;
	tally->timeline = timeline_new(start_us);
	tally->recent = allocate(TALLY_RECENT_MAX, sizeof(*tally->recent));
	return tally;
}

void tally_free(struct tally *tally)
{
	if (!tally)
		return;
	timeline_free(tally->timeline);
	free(tally->recent);
	free(tally);
}

void tally_asked(struct tally *tally, uint64_t now_us)
{
	tally->sums.asked++;
	timeline_at(tally->timeline, now_us)->asked++;
}

void tally_skipped(struct tally *tally, uint64_t now_us, uint64_t count)
{
	tally->sums.skipped += count;
	timeline_at(tally->timeline, now_us)->skipped += (uint32_t)count;
}

void tally_looked(struct tally *tally, uint64_t now_us, uint64_t stalled_us)
{
	tally->looked_us = now_us;
	if (!stalled_us)
		return;
	tally->stalled_us += stalled_us;
	if (stalled_us > tally->longest_stall_us)
		tally->longest_stall_us = stalled_us;
	timeline_at(tally->timeline, now_us)->stalled_us += (uint32_t)stalled_us;
}

uint64_t tally_stalled_us(const struct tally *tally)
{
	return tally->stalled_us;
}

static void remember(struct tally *tally, uint64_t start_us, bool good)
{
	tally->recent[tally->recent_count % TALLY_RECENT_MAX] =
		(struct recent){.start_us = start_us, .good = good};
	tally->recent_count++;
}

static uint64_t elapsed(uint64_t from_us, uint64_t to_us)
{
	return to_us > from_us ? to_us - from_us : 0;
}

static uint64_t latency_of(const struct tally_span *span)
{
	return elapsed(span->start_us + span->stalled_us, span->end_us);
}

/* The gap that ends, or would end, at now_us. */
static uint64_t present_gap(const struct tally *tally, uint64_t now_us)
{
	uint64_t last = tally->sums.last_good_us;
	uint64_t stalled = tally->stalled_us - tally->stalled_before_good_us;

	return elapsed((last ? last : tally->started_us) + stalled, now_us);
}

void tally_good(struct tally *tally, const struct tally_span *span)
{
	struct tally_summary *sums = &tally->sums;
	struct timeline_bucket *bucket = timeline_at(tally->timeline, span->end_us);
	uint64_t latency = latency_of(span);
	uint64_t gap = present_gap(tally, span->end_us);
	bool slow = latency > tally->slow_us;

	sums->answered++;
	sums->slow += slow;
	sums->latency_total_us += latency;
	if (latency > sums->latency_max_us)
		sums->latency_max_us = latency;
	bucket->good++;
	bucket->slow += slow;
	bucket->latency_total_us += latency;
	if (latency > bucket->latency_max_us)
		bucket->latency_max_us = latency > UINT32_MAX ? UINT32_MAX : (uint32_t)latency;
	if (gap > tally->longest_gap_us)
		tally->longest_gap_us = gap;
	if (span->end_us > sums->last_good_us) {
		sums->last_good_us = span->end_us;
		tally->stalled_before_good_us = tally->stalled_us;
	}
	remember(tally, span->start_us, true);
}

void tally_failed(struct tally *tally, const struct tally_span *span, const char *text)
{
	struct tally_summary *sums = &tally->sums;

	sums->failed++;
	sums->last_error_us = span->end_us;
	sums->last_failed_start_us = span->start_us;
	snprintf(sums->last_error, sizeof(sums->last_error), "%s", text);
	timeline_at(tally->timeline, span->end_us)->failed++;
	remember(tally, span->start_us, false);
}

void tally_summary(const struct tally *tally, struct tally_summary *summary)
{
	uint64_t gap = present_gap(tally, tally->looked_us);

	*summary = tally->sums;
	summary->started_us = tally->started_us;
	summary->outstanding = summary->asked - summary->answered - summary->failed;
	summary->longest_gap_ms =
		(gap > tally->longest_gap_us ? gap : tally->longest_gap_us) / 1000;
	summary->present_gap_ms = gap / 1000;
	summary->stalled_ms = tally->stalled_us / 1000;
	summary->longest_stall_ms = tally->longest_stall_us / 1000;
	summary->looked_us = tally->looked_us;
}

size_t tally_buckets(struct tally *tally, uint64_t now_us, bool ended, uint64_t *cursor,
	struct timeline_bucket *buckets, size_t max)
{
	return timeline_take(tally->timeline, now_us, ended, cursor, buckets, max);
}

static uint64_t recent_kept(const struct tally *tally)
{
	return tally->recent_count < TALLY_RECENT_MAX ? tally->recent_count : TALLY_RECENT_MAX;
}

/* back: 1 is the newest. */
static const struct recent *recent_at(const struct tally *tally, uint64_t back)
{
	return &tally->recent[(tally->recent_count - back) % TALLY_RECENT_MAX];
}

void tally_between(const struct tally *tally, uint64_t from_us, uint64_t to_us, uint64_t *good,
	uint64_t *failed)
{
	*good = *failed = 0;
	for (uint64_t back = recent_kept(tally); back >= 1; back--) {
		const struct recent *each = recent_at(tally, back);

		if (each->start_us < from_us || each->start_us > to_us)
			continue;
		*(each->good ? good : failed) += 1;
	}
}

uint64_t tally_good_since(const struct tally *tally, uint64_t since_us)
{
	uint64_t kept = recent_kept(tally);
	uint64_t good = 0;

	for (uint64_t back = 1; back <= kept; back++) {
		const struct recent *each = recent_at(tally, back);

		/* Answers arrive out of order: an early request may be answered late. */
		if (each->start_us < since_us)
			continue;
		if (!each->good)
			break;
		good++;
	}
	return good;
}
