/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a probe's tally adds up, with times made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/probe/tally.h"

#define MS 1000ULL
#define START (5000 * MS)

static struct tally_summary summary_at(struct tally *tally, uint64_t now_us)
{
	struct tally_summary summary;

	tally_looked(tally, now_us, 0);
	tally_summary(tally, &summary);
	return summary;
}

static void good_stalled(
	struct tally *tally, uint64_t start_us, uint64_t latency_us, uint64_t stalled_us)
{
	tally_asked(tally, start_us);
	tally_good(tally, &(struct tally_span){.start_us = start_us,
				  .end_us = start_us + latency_us,
				  .stalled_us = stalled_us});
}

static void good(struct tally *tally, uint64_t start_us, uint64_t latency_us)
{
	good_stalled(tally, start_us, latency_us, 0);
}

static void failed(struct tally *tally, uint64_t start_us, const char *text)
{
	tally_asked(tally, start_us);
	tally_failed(tally, &(struct tally_span){.start_us = start_us, .end_us = start_us + 3 * MS},
		text);
}

static void test_nothing_yet(void **state)
{
	CLEANUP(cleanup_tally) struct tally *tally = tally_new(START, 200 * MS);
	struct tally_summary summary = summary_at(tally, START + 40 * MS);

	(void)state;
	assert_int_equal(summary.asked, 0);
	assert_int_equal(summary.longest_gap_ms, 40);
	assert_int_equal(summary.started_us, START);
	assert_int_equal(summary.last_good_us, 0);
	assert_string_equal(summary.last_error, "");
	assert_int_equal(tally_good_since(tally, 0), 0);
}

static void test_counts(void **state)
{
	CLEANUP(cleanup_tally) struct tally *tally = tally_new(START, 200 * MS);
	struct tally_summary summary;

	(void)state;
	good(tally, START, 1 * MS);
	good(tally, START + 10 * MS, 200 * MS);
	good(tally, START + 20 * MS, 200 * MS + 1);
	failed(tally, START + 30 * MS, "Connection reset");
	tally_asked(tally, START + 40 * MS);
	tally_skipped(tally, START + 40 * MS, 7);
	summary = summary_at(tally, START + 230 * MS);
	assert_int_equal(summary.asked, 5);
	assert_int_equal(summary.answered, 3);
	assert_int_equal(summary.failed, 1);
	assert_int_equal(summary.outstanding, 1);
	assert_int_equal(summary.slow, 1);
	assert_int_equal(summary.skipped, 7);
	assert_int_equal(summary.latency_max_us, 200 * MS + 1);
	assert_int_equal(summary.latency_total_us, 401 * MS + 1);
	assert_int_equal(summary.last_error_us, START + 33 * MS);
	assert_int_equal(summary.last_failed_start_us, START + 30 * MS);
	assert_string_equal(summary.last_error, "Connection reset");
}

static void test_gaps(void **state)
{
	CLEANUP(cleanup_tally) struct tally *tally = tally_new(START, 200 * MS);

	(void)state;
	good(tally, START + 30 * MS, 0);
	assert_int_equal(summary_at(tally, START + 30 * MS).longest_gap_ms, 30);
	good(tally, START + 80 * MS, 5 * MS);
	assert_int_equal(summary_at(tally, START + 85 * MS).longest_gap_ms, 55);
	/* A failure does not end a gap, and the present one counts while it lasts. */
	failed(tally, START + 90 * MS, "x");
	assert_int_equal(summary_at(tally, START + 185 * MS).longest_gap_ms, 100);
	good(tally, START + 100 * MS, 100 * MS);
	assert_int_equal(summary_at(tally, START + 200 * MS).longest_gap_ms, 115);
	/* An answer noted late must not turn time back. */
	good(tally, START + 90 * MS, 10 * MS);
	assert_int_equal(summary_at(tally, START + 210 * MS).longest_gap_ms, 115);
	assert_int_equal(summary_at(tally, START + 210 * MS).last_good_us, START + 200 * MS);
	/* Times in the wrong order are clamped, never huge. */
	tally_asked(tally, START + 20 * MS);
	tally_good(tally,
		&(struct tally_span){.start_us = START + 20 * MS, .end_us = START + 10 * MS});
	assert_int_equal(summary_at(tally, START).longest_gap_ms, 115);
}

/* This machine was busy: what it did not look at is not held against the service. */
static void test_stalls(void **state)
{
	CLEANUP(cleanup_tally) struct tally *tally = tally_new(START, 200 * MS);
	struct tally_summary summary;

	(void)state;
	good(tally, START + 10 * MS, 0);
	tally_looked(tally, START + 510 * MS, 480 * MS);
	assert_int_equal(tally_stalled_us(tally), 480 * MS);
	/* Until it has looked, and read what lies there, it is 20 ms; then a stall and 30 ms. */
	tally_summary(tally, &summary);
	assert_int_equal(summary.present_gap_ms, 20);
	assert_int_equal(summary.longest_gap_ms, 20);
	good_stalled(tally, START + 20 * MS, 490 * MS, 480 * MS);
	good(tally, START + 520 * MS, 0);
	tally_looked(tally, START + 620 * MS, 100 * MS);
	tally_summary(tally, &summary);
	assert_int_equal(summary.slow, 0);
	assert_int_equal(summary.latency_max_us, 10 * MS);
	assert_int_equal(summary.longest_gap_ms, 20);
	assert_int_equal(summary.present_gap_ms, 0);
	assert_int_equal(summary.stalled_ms, 580);
	assert_int_equal(summary.longest_stall_ms, 480);
	assert_int_equal(summary.looked_us, START + 620 * MS);
	/* More stall than time: clamped. */
	good_stalled(tally, START + 620 * MS, 10 * MS, 20 * MS);
	tally_summary(tally, &summary);
	assert_int_equal(summary.latency_max_us, 10 * MS);
}

static void test_buckets(void **state)
{
	CLEANUP(cleanup_tally) struct tally *tally = tally_new(START, 200 * MS);
	struct timeline_bucket buckets[8];
	uint64_t cursor = 0, other = 0;

	(void)state;
	good(tally, START, 30 * MS);
	good(tally, START + 10 * MS, 60 * MS);
	assert_int_equal(tally_buckets(tally, START + 99 * MS, false, &cursor, buckets, 8), 0);
	failed(tally, START + 110 * MS, "x");
	tally_skipped(tally, START + 120 * MS, 3);
	tally_looked(tally, START + 150 * MS, 25 * MS);
	/* In pieces, and each only once. */
	assert_int_equal(tally_buckets(tally, START + 310 * MS, false, &cursor, buckets, 2), 2);
	assert_int_equal(buckets[0].from_us, START);
	assert_int_equal(buckets[0].asked, 2);
	assert_int_equal(buckets[0].good, 2);
	assert_int_equal(buckets[0].latency_max_us, 60 * MS);
	assert_int_equal(buckets[0].latency_total_us, 90 * MS);
	assert_int_equal(buckets[1].from_us, START + 100 * MS);
	assert_int_equal(buckets[1].failed, 1);
	assert_int_equal(buckets[1].skipped, 3);
	assert_int_equal(buckets[1].stalled_us, 25 * MS);
	timeline_merge(&buckets[0], &buckets[1]);
	assert_int_equal(buckets[0].asked, 3);
	assert_int_equal(buckets[0].failed, 1);
	assert_int_equal(tally_buckets(tally, START + 310 * MS, false, &cursor, buckets, 8), 1);
	assert_int_equal(buckets[0].from_us, START + 200 * MS);
	assert_int_equal(buckets[0].asked, 0);
	/* What comes late for its bucket goes to the newest: what was taken does not change. */
	good(tally, START + 290 * MS, 5 * MS);
	assert_int_equal(tally_buckets(tally, START + 310 * MS, true, &cursor, buckets, 8), 1);
	assert_int_equal(buckets[0].from_us, START + 300 * MS);
	assert_int_equal(buckets[0].good, 1);
	/* Another reader has them all; one that comes too late for the oldest has the rest. */
	assert_int_equal(tally_buckets(tally, START + 310 * MS, true, &other, buckets, 8), 4);
	other = 0;
	assert_int_equal(tally_buckets(tally, START + 3600000 * MS, false, &other, buckets, 8), 8);
	assert_int_equal(buckets[0].from_us, START + (36000 - TIMELINE_BUCKETS_MAX + 1) * 100 * MS);
}

static void test_good_since(void **state)
{
	CLEANUP(cleanup_tally) struct tally *tally = tally_new(START, 200 * MS);

	(void)state;
	good(tally, START + 10 * MS, 1 * MS);
	failed(tally, START + 20 * MS, "x");
	good(tally, START + 30 * MS, 1 * MS);
	good(tally, START + 40 * MS, 1 * MS);
	/* Of before the moment, answered (or failed) after it: neither counts nor breaks the row.
	 */
	good(tally, START + 15 * MS, 90 * MS);
	failed(tally, START + 16 * MS, "x");
	good(tally, START + 50 * MS, 1 * MS);
	assert_int_equal(tally_good_since(tally, START + 30 * MS), 3);
	assert_int_equal(tally_good_since(tally, START + 40 * MS), 2);
	assert_int_equal(tally_good_since(tally, START + 51 * MS), 0);
	assert_int_equal(tally_good_since(tally, 0), 1);
	failed(tally, START + 60 * MS, "x");
	assert_int_equal(tally_good_since(tally, START + 30 * MS), 0);
}

static void test_between(void **state)
{
	CLEANUP(cleanup_tally) struct tally *tally = tally_new(START, 200 * MS);
	uint64_t good_ones = 0, failed_ones = 0;

	(void)state;
	good(tally, START, 1 * MS);
	good(tally, START + 10 * MS, 1 * MS);
	failed(tally, START + 20 * MS, "x");
	good(tally, START + 30 * MS, 1 * MS);
	tally_between(tally, START + 10 * MS, START + 20 * MS, &good_ones, &failed_ones);
	assert_int_equal(good_ones, 1);
	assert_int_equal(failed_ones, 1);
	tally_between(tally, START + 31 * MS, UINT64_MAX, &good_ones, &failed_ones);
	assert_int_equal(good_ones + failed_ones, 0);
}

static void test_bounds(void **state)
{
	CLEANUP(cleanup_tally) struct tally *tally = tally_new(START, 200 * MS);
	char text[2 * TALLY_TEXT_MAX];

	(void)state;
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (uint64_t i = 0; i < 1005; i++)
		failed(tally, START + i, text);
	assert_int_equal(summary_at(tally, START).failed, 1005);
	assert_int_equal(summary_at(tally, START).last_failed_start_us, START + 1004);
	assert_int_equal(strlen(summary_at(tally, START).last_error), TALLY_TEXT_MAX - 1);
	for (uint64_t i = 0; i < 2 * TALLY_RECENT_MAX + 3; i++)
		good(tally, START + i, 1);
	assert_int_equal(tally_good_since(tally, 0), TALLY_RECENT_MAX);
	assert_int_equal(summary_at(tally, START).answered, 2 * TALLY_RECENT_MAX + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_yet),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_stalls),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_good_since),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
