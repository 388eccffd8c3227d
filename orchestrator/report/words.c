/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times, durations and counts as a report shows them. */
#include "orchestrator/report/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct tm local_time(uint64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm = {0};

	/* A year that no int holds leaves zeros. */
	localtime_r(&seconds, &tm);
	return tm;
}

void words_time(struct text *out, uint64_t wall_us)
{
	struct tm tm = local_time(wall_us);
	char words[64] = "";

	strftime(words, sizeof(words), "%Y-%m-%d %H:%M:%S %z", &tm);
	text_append(out, words);
}

void words_clock(struct text *out, uint64_t wall_us)
{
	struct tm tm = local_time(wall_us);
	char words[64] = "";

	strftime(words, sizeof(words), "%H:%M:%S", &tm);
	text_append(out, words);
}

void words_moment(struct text *out, uint64_t wall_us)
{
	words_clock(out, wall_us);
	text_appendf(out, ".%03u", (unsigned int)(wall_us / 1000 % 1000));
}

void words_duration(struct text *out, uint64_t us)
{
	uint64_t seconds = (us + 500000) / 1000000, minutes = seconds / 60, hours = minutes / 60;

	if (us < 1000000)
		text_appendf(out, "%" PRIu64 " ms", us / 1000);
	else if (us < 60000000)
		text_appendf(out, "%.1f s", (double)us / 1000000);
	else if (minutes < 60)
		text_appendf(out, "%" PRIu64 " min %02" PRIu64 " s", minutes, seconds % 60);
	else if (hours < 48)
		text_appendf(out, "%" PRIu64 " h %02" PRIu64 " min", hours, minutes % 60);
	else
		text_appendf(out, "%" PRIu64 " d %02" PRIu64 " h", hours / 24, hours % 24);
}

void words_count(struct text *out, uint64_t count)
{
	char digits[32];
	size_t length;

	snprintf(digits, sizeof(digits), "%" PRIu64, count);
	length = strlen(digits);
	for (size_t i = 0; i < length; i++)
		text_appendf(out, "%s%c", i && (length - i) % 3 == 0 ? "," : "", digits[i]);
}

void words_counted(struct text *out, uint64_t count, const char *what)
{
	words_count(out, count);
	text_appendf(out, " %s%s", what, count == 1 ? "" : "s");
}
