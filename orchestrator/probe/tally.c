/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Aggregates of a probe's answers, the newest answers, and the failures. */
#include "orchestrator/probe/tally.h"

#include <stdbool.h>
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
	struct tally_failure *failures;
	size_t failure_count; /* kept */
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
	tally->recent = allocate(TALLY_RECENT_MAX, sizeof(*tally->recent));
	tally->failures = allocate(TALLY_FAILURES_MAX, sizeof(*tally->failures));
	return tally;
}

void tally_free(struct tally *tally)
{
	if (!tally)
		return;
	free(tally->recent);
	free(tally->failures);
	free(tally);
}

void tally_asked(struct tally *tally)
{
	tally->sums.asked++;
}

void tally_skipped(struct tally *tally, uint64_t count)
{
	tally->sums.skipped += count;
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

/* The gap that ends, or would end, at now_us. */
static uint64_t present_gap(const struct tally *tally, uint64_t now_us)
{
	uint64_t last = tally->sums.last_good_us;

	return elapsed(last ? last : tally->started_us, now_us);
}

void tally_good(struct tally *tally, uint64_t start_us, uint64_t end_us)
{
	struct tally_summary *sums = &tally->sums;
	uint64_t latency = elapsed(start_us, end_us);
	uint64_t gap = present_gap(tally, end_us);

	sums->answered++;
	sums->slow += latency > tally->slow_us;
	sums->latency_total_us += latency;
	if (latency > sums->latency_max_us)
		sums->latency_max_us = latency;
	if (gap > tally->longest_gap_us)
		tally->longest_gap_us = gap;
	if (end_us > sums->last_good_us)
		sums->last_good_us = end_us;
	remember(tally, start_us, true);
}

void tally_failed(struct tally *tally, uint64_t start_us, uint64_t end_us,
	enum tally_outcome outcome, const char *text)
{
	struct tally_summary *sums = &tally->sums;

	sums->failed++;
	sums->last_error_us = end_us;
	snprintf(sums->last_error, sizeof(sums->last_error), "%s", text);
	remember(tally, start_us, false);
	if (tally->failure_count == TALLY_FAILURES_MAX)
		return;
	struct tally_failure *failure = &tally->failures[tally->failure_count++];

	failure->start_us = start_us;
	failure->latency_us = elapsed(start_us, end_us);
	failure->outcome = outcome;
	snprintf(failure->text, sizeof(failure->text), "%s", text);
}

void tally_summary(const struct tally *tally, uint64_t now_us, struct tally_summary *summary)
{
	uint64_t gap = present_gap(tally, now_us);

	*summary = tally->sums;
	summary->started_us = tally->started_us;
	summary->outstanding = summary->asked - summary->answered - summary->failed;
	summary->longest_gap_ms =
		(gap > tally->longest_gap_us ? gap : tally->longest_gap_us) / 1000;
}

uint64_t tally_good_since(const struct tally *tally, uint64_t since_us)
{
	uint64_t kept =
		tally->recent_count < TALLY_RECENT_MAX ? tally->recent_count : TALLY_RECENT_MAX;
	uint64_t good = 0;

	for (uint64_t back = 1; back <= kept; back++) {
		const struct recent *each =
			&tally->recent[(tally->recent_count - back) % TALLY_RECENT_MAX];

		/* Answers arrive out of order: an early request may be answered late. */
		if (each->start_us < since_us)
			continue;
		if (!each->good)
			break;
		good++;
	}
	return good;
}

struct tally_failure *tally_failures(const struct tally *tally, size_t *count)
{
	struct tally_failure *copy = NULL;

	*count = tally->failure_count;
	if (*count) {
		copy = allocate(*count, sizeof(*copy));
		memcpy(copy, tally->failures, *count * sizeof(*copy));
	}
	return copy;
}

const char *tally_outcome_name(enum tally_outcome outcome)
{
	static const char *const names[] = {
		[TALLY_GOOD] = "good",
		[TALLY_REFUSED] = "refused",
		[TALLY_TIMEOUT] = "timeout",
		[TALLY_RESET] = "reset",
		[TALLY_STATUS] = "status",
		[TALLY_OTHER] = "other",
	};

	return names[outcome];
}
