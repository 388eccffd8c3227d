/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and durations read strictly. */
#include "lib/base/number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Reads digits at *cursor; false when there is none or they overflow. */
static bool digits_read(const char **cursor, uint64_t *number)
{
	uint64_t value = 0;

	if (!isdigit((unsigned char)**cursor))
		return false;
	for (; isdigit((unsigned char)**cursor); (*cursor)++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(**cursor - '0'), &value))
			return false;
	}
	*number = value;
	return true;
}

int number_parse(const char *words, const char *what, uint64_t low, uint64_t high, uint64_t *number,
	struct error *err)
{
	const char *cursor = words;
	uint64_t value;

	if (!digits_read(&cursor, &value) || *cursor || value < low || value > high)
		return error_set(err, EINVAL,
			"%s: '%.64s' is not a whole number from %" PRIu64 " to %" PRIu64, what,
			words, low, high);
	*number = value;
	return 0;
}

static const struct unit {
	const char *name;
	uint64_t microseconds;
} units[] = {
	{"", 1000000},
	{"s", 1000000},
	{"sec", 1000000},
	{"ms", 1000},
	{"us", 1},
	{"m", 60000000},
	{"min", 60000000},
	{"h", 3600000000},
};

/* Reads "DIGITS[.DIGITS][UNIT]" whole, as microseconds. */
static bool duration_read(const char *words, uint64_t *microseconds)
{
	const char *cursor = words;
	uint64_t whole, part = 0, scale = 1;
	size_t i;

	if (!digits_read(&cursor, &whole))
		return false;
	if (*cursor == '.') {
		const char *start = ++cursor;

		if (!digits_read(&cursor, &part) || cursor - start > 6)
			return false;
		for (; start < cursor; start++)
			scale *= 10;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(cursor, units[i].name))
			continue;
		if (__builtin_mul_overflow(whole, units[i].microseconds, &whole))
			return false;
		part = part * units[i].microseconds / scale;
		return !__builtin_add_overflow(whole, part, microseconds);
	}
	return false;
}

int number_parse_duration(const char *words, const char *what, uint64_t low_ms, uint64_t high_ms,
	uint64_t *ms, struct error *err)
{
	uint64_t microseconds, value = 0;
	bool good = duration_read(words, &microseconds);

	if (good)
		value = microseconds / 1000 + (microseconds % 1000 != 0);
	if (!good || value < low_ms || value > high_ms)
		return error_set(err, EINVAL,
			"%s: '%.64s' is not a time from %" PRIu64 "ms to %" PRIu64
			"ms (write it as 2, 1.5, 500ms, 5m)",
			what, words, low_ms, high_ms);
	*ms = value;
	return 0;
}
