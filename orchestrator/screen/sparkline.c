/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probe's last seconds in one sign each. */
#include "orchestrator/screen/sparkline.h"

enum { LEVELS = 8 };

static size_t level_of(uint32_t latency_us)
{
	size_t level = 0;

	for (uint32_t limit_us = 1000; level + 1 < LEVELS && latency_us > limit_us; limit_us *= 2)
		level++;
	return level;
}

void sparkline_put(struct line *line, const struct model_second *seconds, size_t count)
{
	static const char *const bars[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const signs[LEVELS] = {"_", ".", "-", "~", "=", "+", "*", "#"};
	size_t room = line->width - line->used, first = count > room ? count - room : 0;

	for (size_t i = first; i < count; i++) {
		size_t level = level_of(seconds[i].latency_max_us);

		if (seconds[i].failed)
			line_sign(line, LINE_BAD, "✘", "X");
		else if (!seconds[i].good)
			line_put(line, LINE_PLAIN, " ");
		else
			line_sign(line, level >= LEVELS - 1 ? LINE_NOW : LINE_PLAIN, bars[level],
				signs[level]);
	}
}
