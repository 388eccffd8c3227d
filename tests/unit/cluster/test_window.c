/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maintenance windows: how they are written, when they are open, and the days on which the clock is
 * changed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "orchestrator/cluster/window.h"

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* UTC seconds of "2026-03-29 01:30", read as UTC. */
static int64_t utc(const char *words)
{
	struct tm tm = {0};

	assert_non_null(strptime(words, "%Y-%m-%d %H:%M", &tm));
	return timegm(&tm);
}

/* window_ask of windows separated by ";"; "" when it is open, else why not. */
static const char *ask(const char *windows, const char *when, uint64_t minutes)
{
	static struct error err;
	struct window items[4];
	struct window_list list = {.items = items};
	char words[256], *rest = words, *one;
	int result;

	error_release(&err);
	snprintf(words, sizeof(words), "%s", windows);
	while ((one = strsep(&rest, ";"))) {
		if (window_parse(one, &items[list.count++], &err) < 0)
			fail_msg("%s", error_text(&err));
	}
	result = window_ask(&list, utc(when), minutes * 60, &err);
	assert_int_equal(result, error_is_set(&err) ? -EAGAIN : 0);
	return error_text(&err);
}

#define OPEN(windows, when, minutes) assert_string_equal(ask(windows, when, minutes), "")
#define CLOSED(windows, when, minutes, words) \
	assert_string_equal(ask(windows, when, minutes), words)

static void test_syntax(void **state)
{
	static const char *const bad[] = {"", "22:00", "22-04", "22:00-04:00 ", "24:00-01:00",
		"22:60-23:00", "2:0-3:00", "funday 22:00-04:00", "sat,22:00-04:00",
		"sat 22:00-25:00", "sat22:00-04:00", "sat-22:00-04:00", "22:00-04:00x",
		"-22:00-04:00", "222:00-04:00", "sat, sun 22:00-04:00"};
	struct window window = {.days = 99};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(window_parse(bad[i], &window, &err), -EINVAL);
		assert_non_null(strstr(error_text(&err), "is not of the form HH:MM-HH:MM"));
		assert_int_equal(window.days, 99);
	}
	assert_int_equal(window_parse("5:00-05:00", &window, &err), -EINVAL);
	assert_string_equal(error_text(&err),
		"window: \"5:00-05:00\" opens and closes at the same time: a whole day is 00:00-24:00");
	assert_int_equal(window_parse("22:00-04:00", &window, &err), 0);
	assert_int_equal(window.days, 0x7f);
	assert_int_equal(window.from, 22 * 60);
	assert_int_equal(window.to, 4 * 60);
	assert_int_equal(window_parse("Sat,sun 1:00-05:30", &window, &err), 0);
	assert_int_equal(window.days, 0x41);
	assert_int_equal(window.to, 5 * 60 + 30);
	assert_int_equal(window_parse("fri-mon 00:00-24:00", &window, &err), 0);
	assert_int_equal(window.days, 0x63);
	assert_int_equal(window_parse("mon-fri,sun 23:00-00:00", &window, &err), 0);
	assert_int_equal(window.days, 0x3f);
	assert_int_equal(window.to, 24 * 60);
}

static void test_open_and_closed(void **state)
{
	(void)state;
	set_zone("UTC");
	/* 2026-11-22 is a Sunday. */
	OPEN("22:00-04:00", "2026-11-22 22:00", 1);
	OPEN("22:00-04:00", "2026-11-22 03:59", 1);
	CLOSED("22:00-04:00", "2026-11-22 04:00", 1,
		"the maintenance window is closed: it next opens Sun 2026-11-22 22:00 UTC");
	CLOSED("22:00-04:00", "2026-11-22 03:30", 31,
		"the maintenance window closes Sun 2026-11-22 04:00 UTC, in 30 min, and 31 min may be needed: it next opens Sun 2026-11-22 22:00 UTC");
	CLOSED("22:00-04:00", "2026-11-22 12:00", 361,
		"the maintenance window is closed: it never opens for that long");
	/* The days are those on which it opens. */
	OPEN("sat 22:00-04:00", "2026-11-22 03:00", 1);
	CLOSED("sat 22:00-04:00", "2026-11-22 23:00", 1,
		"the maintenance window is closed: it next opens Sat 2026-11-28 22:00 UTC");
	CLOSED("sat 22:00-04:00", "2026-11-29 04:00", 1,
		"the maintenance window is closed: it next opens Sat 2026-12-05 22:00 UTC");
	/* Several, in any order, and those that adjoin. */
	OPEN("02:00-04:00;22:00-02:00", "2026-11-22 22:00", 360);
	CLOSED("02:00-03:00;22:00-01:00", "2026-11-22 00:30", 60,
		"the maintenance window closes Sun 2026-11-22 01:00 UTC, in 30 min, and 60 min may be needed: it next opens Sun 2026-11-22 02:00 UTC");
	OPEN("mon-fri 00:00-24:00", "2026-11-23 00:00", 3 * 24 * 60);
	OPEN("00:00-24:00", "2026-11-23 11:00", 24 * 60);
	assert_int_equal(window_ask(&(struct window_list){0}, 0, UINT64_MAX, NULL), 0);
}

static void test_zones(void **state)
{
	(void)state;
	set_zone("Asia/Tokyo");
	OPEN("22:00-04:00", "2026-11-22 13:00", 360);
	CLOSED("22:00-04:00", "2026-11-22 19:00", 1,
		"the maintenance window is closed: it next opens Mon 2026-11-23 22:00 JST");
	/* The machine's zone may change while haupgrade waits. */
	setenv("TZ", "America/New_York", 1);
	OPEN("22:00-04:00", "2026-11-23 03:00", 360);
	CLOSED("22:00-04:00", "2026-11-23 02:59", 1,
		"the maintenance window is closed: it next opens Sun 2026-11-22 22:00 EST");
}

static void test_clocks_put_forward(void **state)
{
	(void)state;
	/* 2026-03-29: 01:59:59 CET, then 03:00:00 CEST, at 01:00 UTC. */
	set_zone("Europe/Berlin");
	/* Five hours, not six. */
	OPEN("22:00-04:00", "2026-03-28 21:00", 300);
	CLOSED("22:00-04:00", "2026-03-28 21:00", 301,
		"the maintenance window closes Sun 2026-03-29 04:00 CEST, in 300 min, and 301 min may be needed: it next opens Sun 2026-03-29 22:00 CEST");
	/* 02:30 does not exist that day. */
	CLOSED("02:30-04:00", "2026-03-29 00:59", 1,
		"the maintenance window is closed: it next opens Sun 2026-03-29 03:00 CEST");
	OPEN("02:30-04:00", "2026-03-29 01:00", 60);
	OPEN("00:00-02:30", "2026-03-29 00:59", 1);
	CLOSED("00:00-02:30", "2026-03-29 00:59", 2,
		"the maintenance window closes Sun 2026-03-29 03:00 CEST, in 1 min, and 2 min may be needed: it next opens Mon 2026-03-30 00:00 CEST");
	/* Nothing is left of it. */
	CLOSED("02:10-02:50", "2026-03-29 00:30", 1,
		"the maintenance window is closed: it next opens Mon 2026-03-30 02:10 CEST");
}

static void test_clocks_put_back(void **state)
{
	(void)state;
	/* 2026-10-25: 02:59:59 CEST, then 02:00:00 CET, at 01:00 UTC. */
	set_zone("Europe/Berlin");
	OPEN("22:00-04:00", "2026-10-24 20:00", 420);
	/* 02:30 comes at 00:30 and at 01:30 UTC: it closes at the first, opens at the second. */
	OPEN("01:00-02:30", "2026-10-25 00:29", 1);
	CLOSED("01:00-02:30", "2026-10-25 00:30", 1,
		"the maintenance window is closed: it next opens Mon 2026-10-26 01:00 CET");
	CLOSED("02:30-04:00", "2026-10-25 00:30", 1,
		"the maintenance window is closed: it next opens Sun 2026-10-25 02:30 CET");
	OPEN("02:30-04:00", "2026-10-25 01:30", 90);
	/* The other hemisphere, and half an hour. */
	set_zone("Australia/Lord_Howe");
	OPEN("01:00-04:00", "2026-04-04 14:00", 210);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_open_and_closed),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_clocks_put_forward),
		cmocka_unit_test(test_clocks_put_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
