/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maintenance windows: times of the day, by this machine's local time. */
#include "orchestrator/cluster/window.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
	MINUTE = 60,
	DAY = 24 * 60 * MINUTE,
	/* Openings are looked for from the day before yesterday to this day of next week, and one
	 * more, for a week that ends in a closed day. */
	FIRST_DAY = -2,
	DAY_COUNT = 11,
};

static const char day_names[7][4] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static int bad(const char *words, struct error *err)
{
	return error_set(err, EINVAL,
		"window: \"%.64s\" is not of the form HH:MM-HH:MM, with days before it if need be: \"22:00-04:00\", \"sat,sun 01:00-05:00\", \"mon-fri 23:30-24:00\"",
		words);
}

/* A day's number, or -1. */
static int read_day(const char **words)
{
	for (int i = 0; i < 7; i++) {
		if (strncasecmp(*words, day_names[i], 3) == 0)
			return *words += 3, i;
	}
	return -1;
}

/* "mon-fri,sun "; all days when it begins with a time. 0 when it is no list of days. */
static uint8_t read_days(const char **words)
{
	uint8_t days = 0;
	int first, last;

	if (strcspn(*words, "0123456789") == 0)
		return 0x7f;
	do {
		first = last = read_day(words);
		if (first >= 0 && **words == '-') {
			++*words;
			last = read_day(words);
		}
		if (first < 0 || last < 0)
			return 0;
		for (int day = first;; day = (day + 1) % 7) {
			days |= (uint8_t)(1U << day);
			if (day == last)
				break;
		}
	} while (**words == ',' && ++*words);
	if (**words != ' ')
		return 0;
	*words += strspn(*words, " ");
	return days;
}

/* Minutes after midnight, or -1. */
static int read_time(const char **words)
{
	const char *p = *words;
	int hours = 0, minutes = 0, digits = 0;

	for (; *p >= '0' && *p <= '9' && digits < 2; p++, digits++)
		hours = 10 * hours + (*p - '0');
	if (digits == 0 || *p++ != ':')
		return -1;
	for (digits = 0; *p >= '0' && *p <= '9' && digits < 2; p++, digits++)
		minutes = 10 * minutes + (*p - '0');
	if (digits != 2 || minutes > 59 || hours > 24 || (hours == 24 && minutes))
		return -1;
	*words = p;
	return hours * 60 + minutes;
}

int window_parse(const char *words, struct window *window, struct error *err)
{
	const char *rest = words;
	uint8_t days = read_days(&rest);
	int from = read_time(&rest), to;

	if (!days || from < 0 || from == 24 * 60 || *rest++ != '-')
		return bad(words, err);
	to = read_time(&rest);
	if (to < 0 || *rest)
		return bad(words, err);
	to = to ? to : 24 * 60;
	if (from == to)
		return error_set(err, EINVAL,
			"window: \"%.64s\" opens and closes at the same time: a whole day is 00:00-24:00",
			words);
	*window = (struct window){.days = days, .from = (uint16_t)from, .to = (uint16_t)to};
	return 0;
}

/* Seconds that this machine's clock is ahead of UTC at that moment. */
static int64_t offset_at(int64_t utc_s)
{
	time_t moment = (time_t)utc_s;
	struct tm tm = {0};

	return localtime_r(&moment, &tm) ? tm.tm_gmtoff : 0;
}

/* The first moment after low at which the offset is no longer that of low, up to high. */
static int64_t find_change(int64_t low, int64_t high)
{
	int64_t before = offset_at(low);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (offset_at(middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* The moment at which the clock shows local_s (as if that were UTC): see window_ask. */
static int64_t moment_of(int64_t local_s, bool second)
{
	int64_t early = local_s - offset_at(local_s - DAY);
	int64_t late = local_s - offset_at(local_s + DAY);
	bool early_shows = early + offset_at(early) == local_s;
	bool late_shows = late + offset_at(late) == local_s;

	if (early_shows && late_shows)
		return (early < late) == second ? late : early;
	if (early_shows || late_shows)
		return early_shows ? early : late;
	return early < late ? find_change(early, late) : find_change(late, early);
}

struct opening {
	int64_t from_s, to_s; /* UTC */
};

static size_t find_openings(
	const struct window_list *windows, int64_t now_s, struct opening openings[])
{
	int64_t local_s = now_s + offset_at(now_s);
	int64_t midnight = local_s - (local_s % DAY + DAY) % DAY;
	size_t count = 0;

	for (size_t i = 0; i < windows->count && i < WINDOWS_MAX; i++) {
		const struct window *window = &windows->items[i];

		for (int day = FIRST_DAY; day < FIRST_DAY + DAY_COUNT; day++) {
			int64_t start = midnight + day * (int64_t)DAY;
			/* 1970-01-01 was a Thursday. */
			int64_t weekday = ((start / DAY + 4) % 7 + 7) % 7;
			struct opening opening = {
				.from_s = moment_of(start + window->from * MINUTE, true),
				.to_s = moment_of(start + window->to * MINUTE +
							  (window->to < window->from ? DAY : 0),
					false),
			};

			if (window->days & 1U << weekday && opening.from_s < opening.to_s)
				openings[count++] = opening;
		}
	}
	return count;
}

/* When it closes, being open at that moment; the moment itself when it is closed. */
static int64_t find_close(const struct opening openings[], size_t count, int64_t moment)
{
	int64_t close = moment;

	for (size_t i = 0; i < count; i++) {
		if (openings[i].from_s <= close && openings[i].to_s > close) {
			close = openings[i].to_s;
			/* Those before it may now adjoin. */
			i = (size_t)-1;
		}
	}
	return close;
}

/* The next opening after now for that long; -1: none. */
static int64_t find_next(
	const struct opening openings[], size_t count, int64_t now_s, int64_t needed_s)
{
	int64_t next = -1;

	for (size_t i = 0; i < count; i++) {
		int64_t from_s = openings[i].from_s;

		if (from_s > now_s && (next < 0 || from_s < next) &&
			find_close(openings, count, from_s) - from_s >= needed_s)
			next = from_s;
	}
	return next;
}

static const char *show(char *buffer, size_t size, int64_t moment)
{
	time_t seconds = (time_t)moment;
	struct tm tm = {0};

	localtime_r(&seconds, &tm);
	if (!strftime(buffer, size, "%a %Y-%m-%d %H:%M %Z", &tm))
		snprintf(buffer, size, "%" PRId64, moment);
	return buffer;
}

int window_ask(
	const struct window_list *windows, int64_t now_s, uint64_t needed_s, struct error *err)
{
	struct opening openings[WINDOWS_MAX * DAY_COUNT];
	int64_t needed = needed_s < INT64_MAX / 2 ? (int64_t)needed_s : INT64_MAX / 2;
	int64_t close, next;
	char closes[64], opens[96] = "it never opens for that long";
	size_t count;

	if (!windows->count)
		return 0;
	/* Somebody may have changed this machine's time zone since. */
	tzset();
	count = find_openings(windows, now_s, openings);
	close = find_close(openings, count, now_s);
	if (close > now_s && close - now_s >= needed)
		return 0;
	next = find_next(openings, count, now_s, needed);
	if (next >= 0) {
		memcpy(opens, "it next opens ", sizeof("it next opens "));
		show(opens + strlen(opens), sizeof(opens) - strlen(opens), next);
	}
	if (close == now_s)
		return error_set(err, EAGAIN, "the maintenance window is closed: %s", opens);
	return error_set(err, EAGAIN,
		"the maintenance window closes %s, in %" PRId64 " min, and %" PRIu64
		" min may be needed: %s",
		show(closes, sizeof(closes), close), (close - now_s) / MINUTE,
		(needed_s + MINUTE - 1) / MINUTE, opens);
}
