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

static struct tally_summary summary_at(const struct tally *tally, uint64_t now_us)
{
	struct tally_summary summary;

	tally_summary(tally, now_us, &summary);
	return summary;
}

static void good(struct tally *tally, uint64_t start_us, uint64_t latency_us)
{
	tally_asked(tally);
	tally_good(tally, start_us, start_us + latency_us);
}

static void failed(struct tally *tally, uint64_t start_us, const char *text)
{
	tally_asked(tally);
	tally_failed(tally, start_us, start_us + 3 * MS, TALLY_RESET, text);
}

static void test_nothing_yet(void **state)
{
	CLEANUP(cleanup_tally) struct tally *tally = tally_new(START, 200 * MS);
	struct tally_summary summary = summary_at(tally, START + 40 * MS);
	size_t count = 1;

	(void)state;
	assert_int_equal(summary.asked, 0);
	assert_int_equal(summary.longest_gap_ms, 40);
	assert_int_equal(summary.started_us, START);
	assert_int_equal(summary.last_good_us, 0);
	assert_string_equal(summary.last_error, "");
	assert_int_equal(tally_good_since(tally, 0), 0);
	assert_null(tally_failures(tally, &count));
	assert_int_equal(count, 0);
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
	tally_asked(tally);
	tally_skipped(tally, 7);
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
	tally_asked(tally);
	tally_good(tally, START + 20 * MS, START + 10 * MS);
	assert_int_equal(summary_at(tally, START).longest_gap_ms, 115);
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

static void test_bounds(void **state)
{
	CLEANUP(cleanup_tally) struct tally *tally = tally_new(START, 200 * MS);
	CLEANUP(cleanup_free) struct tally_failure *failures = NULL;
	char text[2 * TALLY_TEXT_MAX];
	size_t count;

	(void)state;
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (uint64_t i = 0; i < TALLY_FAILURES_MAX + 5; i++)
		failed(tally, START + i, text);
	failures = tally_failures(tally, &count);
	assert_int_equal(count, TALLY_FAILURES_MAX);
	assert_int_equal(failures[0].start_us, START);
	assert_int_equal(failures[0].latency_us, 3 * MS);
	assert_int_equal(failures[count - 1].start_us, START + TALLY_FAILURES_MAX - 1);
	assert_int_equal(strlen(failures[0].text), TALLY_TEXT_MAX - 1);
	assert_string_equal(tally_outcome_name(failures[0].outcome), "reset");
	assert_int_equal(summary_at(tally, START).failed, TALLY_FAILURES_MAX + 5);
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
		cmocka_unit_test(test_good_since),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
