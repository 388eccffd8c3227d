/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adds up what a probe saw. Pure: all times are handed in, in monotonic microseconds.
 *
 * A probe that was not let run by its own machine saw nothing in that time (a stall): it is taken
 * out of latencies and gaps, for a good answer may have been lying there all the while.
 */
#ifndef ORCHESTRATOR_PROBE_TALLY_H
#define ORCHESTRATOR_PROBE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "orchestrator/probe/timeline.h"

#define TALLY_TEXT_MAX 128
/* The newest answers are kept one by one: 11 minutes at 100 per second, 1.5 MiB. */
#define TALLY_RECENT_MAX 65536

struct tally;

enum tally_outcome {
	TALLY_GOOD,
	TALLY_REFUSED, /* nobody listens there */
	TALLY_TIMEOUT, /* no whole answer in time */
	TALLY_RESET,   /* the connection broke off */
	TALLY_STATUS,  /* an HTTP status of 400 or more, or another than the wanted one */
	TALLY_BODY,    /* an answer without what it should hold */
	TALLY_OTHER,
};

/* Plain data. */
struct tally_summary {
	uint64_t asked;	   /* requests started */
	uint64_t answered; /* good answers, slow ones included */
	uint64_t failed;
	uint64_t slow; /* good answers that took longer than the limit */
	/* Requests not sent at their time because this machine was too busy or too many were
	 * outstanding. Not a failure of the service, but a hole in the evidence. */
	uint64_t skipped;
	uint64_t outstanding; /* asked - answered - failed */
	/* Between successive good answers; before the first one from the start, and up to the last
	 * look. Stalls do not count. */
	uint64_t longest_gap_ms;
	uint64_t present_gap_ms; /* from the newest good answer to the last look, likewise */
	/* This machine did not let the probe run: in all, and the longest time. */
	uint64_t stalled_ms;
	uint64_t longest_stall_ms;
	uint64_t looked_us;	   /* when the probe last looked for answers */
	uint64_t latency_max_us;   /* of good answers */
	uint64_t latency_total_us; /* of good answers; divide by answered */
	uint64_t started_us;
	uint64_t last_good_us;	       /* when the newest good answer was complete; 0: none yet */
	uint64_t last_error_us;	       /* when the newest failure was seen; 0: none yet */
	uint64_t last_failed_start_us; /* when that request had begun */
	char last_error[TALLY_TEXT_MAX];
};

/* slow_us: a good answer is slow when it took longer. Ends the program without memory. */
struct tally *tally_new(uint64_t start_us, uint64_t slow_us);
void tally_free(struct tally *tally);
CLEANUP_DEFINE(tally);

void tally_asked(struct tally *tally, uint64_t now_us);
void tally_skipped(struct tally *tally, uint64_t now_us, uint64_t count);
/* The probe looks for answers now, after a stall of stalled_us (0: none). */
void tally_looked(struct tally *tally, uint64_t now_us, uint64_t stalled_us);
/* The stalls so far: the difference between two moments is a request's stalled_us. */
uint64_t tally_stalled_us(const struct tally *tally);

/* When a request began and ended, and how much of that were stalls. end_us >= start_us, and
 * stalled_us is at most what lies between; clamped if not. */
struct tally_span {
	uint64_t start_us;
	uint64_t end_us;
	uint64_t stalled_us;
};

/* A whole good answer. */
void tally_good(struct tally *tally, const struct tally_span *span);
/* text says why; cut at TALLY_TEXT_MAX - 1. */
void tally_failed(struct tally *tally, const struct tally_span *span, const char *text);

void tally_summary(const struct tally *tally, struct tally_summary *summary);

/*
 * How many good answers came in a row, newest backwards to the last failure, to requests started
 * at since_us or later: requests under way at a fail-over do not count, for the former holder may
 * have answered them. At most TALLY_RECENT_MAX.
 */
uint64_t tally_good_since(const struct tally *tally, uint64_t since_us);

/* How requests that started in [from_us, to_us] were answered, as far back as they are kept. */
void tally_between(const struct tally *tally, uint64_t from_us, uint64_t to_us, uint64_t *good,
	uint64_t *failed);

/* timeline_take of what was tallied. */
size_t tally_buckets(struct tally *tally, uint64_t now_us, bool ended, uint64_t *cursor,
	struct timeline_bucket *buckets, size_t max);

#endif
