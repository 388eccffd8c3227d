/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time stamp of a log line, in whatever form the cluster software writes it. */
#include "orchestrator/cluster/stamp.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

enum { FORM_LENGTH_MAX = 128, SECOND_US = 1000000, SLACK_S = 24 * 60 * 60 };

/* Does the form hold one of these conversions, e.g. "YyF"? */
static bool form_has(const char *form, const char *conversions)
{
	for (const char *p = form; (p = strchr(p, '%')); p += p[1] ? 2 : 1)
		if (p[1] && strchr(conversions, p[1]))
			return true;
	return false;
}

/* Behind the conversion that ends with the seconds, where a fraction may follow. */
static size_t seconds_end(const char *form)
{
	size_t end = strlen(form);

	for (const char *p = form; (p = strchr(p, '%')); p += p[1] ? 2 : 1)
		if (p[1] && strchr("ST", p[1]))
			end = (size_t)(p - form) + 2;
	return end;
}

/* ".250" or ",250" -> 250000; *rest goes behind it. False: there is none. */
static bool read_fraction(const char **rest, uint64_t *us)
{
	const char *p = *rest;
	uint64_t scale = SECOND_US / 10;

	if ((*p != '.' && *p != ',') || p[1] < '0' || p[1] > '9')
		return false;
	*us = 0;
	for (p++; *p >= '0' && *p <= '9'; p++) {
		*us += (uint64_t)(*p - '0') * scale;
		scale /= 10;
	}
	*rest = p;
	return true;
}

/* Seconds since 1970 of that date and time in UTC; false when the calendar has no such day. */
static bool to_seconds(struct tm tm, int64_t *seconds)
{
	const int day = tm.tm_mday, month = tm.tm_mon;
	time_t result;

	tm.tm_isdst = 0;
	result = timegm(&tm);
	*seconds = result;
	return tm.tm_mday == day && tm.tm_mon == month;
}

/* The newest year in which that day is not in the future; what an hour is, changes twice a year. */
static bool infer_year(const struct tm *given, const struct stamp_clock *clock, int64_t *seconds)
{
	const int64_t now = (int64_t)(clock->now_us / SECOND_US) + clock->east_of_utc;
	const time_t local = (time_t)now;
	struct tm tm = *given, today;

	if (!gmtime_r(&local, &today))
		return false;
	/* February 29 may be up to eight years ago. */
	for (int back = -1; back <= 8; back++) {
		tm.tm_year = today.tm_year - back;
		if (to_seconds(tm, seconds) && *seconds <= now + SLACK_S)
			return true;
	}
	return false;
}

/* With a fraction in the middle the form is read in two parts, which strptime does not like of %p.
 */
static bool read_form(
	const char *form, const char *at, struct tm *tm, uint64_t *fraction, bool *exact)
{
	const size_t split = seconds_end(form);
	char head[FORM_LENGTH_MAX + 1];
	const char *rest = strptime(at, form, tm);

	*exact = false;
	if (rest) {
		*exact = !form[split] && read_fraction(&rest, fraction);
		return true;
	}
	*tm = (struct tm){.tm_mday = 1};
	memcpy(head, form, split);
	head[split] = '\0';
	rest = strptime(at, head, tm);
	*exact = rest && read_fraction(&rest, fraction);
	return *exact && strptime(rest, form + split, tm);
}

static bool parse_here(const char *form, const char *at, const struct stamp_clock *clock,
	uint64_t *wall_us, uint64_t *width_us)
{
	struct tm tm = {.tm_mday = 1};
	uint64_t fraction = 0;
	bool exact;
	int64_t seconds;

	if (!read_form(form, at, &tm, &fraction, &exact))
		return false;
	if (form_has(form, "YyGFDcx")) {
		if (!to_seconds(tm, &seconds))
			return false;
	} else if (!infer_year(&tm, clock, &seconds)) {
		return false;
	}
	seconds -= form_has(form, "z") ? tm.tm_gmtoff : clock->east_of_utc;
	if (seconds < 0)
		return false;
	*wall_us = (uint64_t)seconds * SECOND_US + fraction;
	*width_us = exact ? 0 : SECOND_US;
	return true;
}

static bool is_word(char character)
{
	return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
	       (character >= 'A' && character <= 'Z');
}

bool stamp_parse(const char *form, const char *line, const struct stamp_clock *clock,
	uint64_t *wall_us, uint64_t *width_us)
{
	/* strptime takes a blank in the form for any number of them: begin at a word. */
	for (const char *at = line; *at; at++) {
		if ((at > line && is_word(*at) && is_word(at[-1])) || *at == ' ' || *at == '\t')
			continue;
		if (parse_here(form, at, clock, wall_us, width_us))
			return true;
	}
	return false;
}

/* The form is the profile's: no literal that a compiler could check. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static size_t format_stamp(char *words, size_t size, const char *form, const struct tm *tm)
{
	return strftime(words, size, form, tm);
}
#pragma GCC diagnostic pop

int stamp_check(const char *form, struct error *err)
{
	/* 2026-11-22 12:34:56 UTC, a Sunday: no two of its parts are the same number. */
	const time_t known = 1795350896;
	const struct stamp_clock clock = {.now_us = (uint64_t)known * SECOND_US};
	uint64_t wall_us = 0, width_us = 0;
	char words[512];
	struct tm tm;

	if (strlen(form) > FORM_LENGTH_MAX)
		return error_set(err, EINVAL, "is longer than %d bytes", FORM_LENGTH_MAX);
	if (!strchr(form, '%'))
		return error_set(err, EINVAL,
			"\"%s\" is none of \"iso\", \"syslog\" and \"none\", and no format of strptime(3), e.g. \"%%Y/%%m/%%d_%%H:%%M:%%S\"",
			form);
	if (form_has(form, "sZ"))
		return error_set(err, EINVAL,
			"\"%s\": %%s and %%Z are not understood; %%z is (+0900)", form);
	if (!gmtime_r(&known, &tm) || !format_stamp(words, sizeof(words), form, &tm) ||
		!stamp_parse(form, words, &clock, &wall_us, &width_us) || wall_us != clock.now_us)
		return error_set(err, EINVAL,
			"\"%s\" does not tell month, day, hour, minute and second, or is no format of strptime(3); an example: \"%%Y/%%m/%%d_%%H:%%M:%%S\"",
			form);
	return 0;
}
