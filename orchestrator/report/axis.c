/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a moment stands on the time axis. */
#include "orchestrator/report/axis.h"

#define BREAK_WIDTH 44.0
/* A pause is cut out when it is a larger part of all than that. */
#define BREAK_SHARE 0.06

static bool is_long(uint64_t pause_us, uint64_t worked_us)
{
	return pause_us > 5000000 && (double)pause_us > BREAK_SHARE * (double)worked_us;
}

void axis_make(const struct report *report, double left, double width, struct axis *axis)
{
	uint64_t shown_us = 0;
	double per_us, at = left;

	axis->pieces[0] =
		(struct axis_piece){.from_us = report->begun_us, .to_us = report->begun_us};
	axis->count = 1;
	for (size_t i = 0; i < report->sitting_count; i++) {
		const struct report_sitting *sitting = &report->sittings[i];
		struct axis_piece *piece = &axis->pieces[axis->count - 1];

		if (sitting->from_us > piece->to_us && axis->count < AXIS_PIECES_MAX &&
			is_long(sitting->from_us - piece->to_us, report->worked_us)) {
			piece = &axis->pieces[axis->count++];
			*piece = (struct axis_piece){.from_us = sitting->from_us};
		}
		if (sitting->to_us > piece->to_us)
			piece->to_us = sitting->to_us;
	}
	for (size_t i = 0; i < axis->count; i++) {
		struct axis_piece *piece = &axis->pieces[i];

		/* So that a moment has a width. */
		if (piece->to_us < piece->from_us + 1000)
			piece->to_us = piece->from_us + 1000;
		shown_us += piece->to_us - piece->from_us;
	}
	per_us = (width - BREAK_WIDTH * (double)(axis->count - 1)) / (double)shown_us;
	for (size_t i = 0; i < axis->count; i++) {
		struct axis_piece *piece = &axis->pieces[i];

		piece->left = at;
		piece->right = at + per_us * (double)(piece->to_us - piece->from_us);
		at = piece->right + BREAK_WIDTH;
	}
}

const struct axis_piece *axis_piece(const struct axis *axis, uint64_t at_us)
{
	const struct axis_piece *piece = &axis->pieces[0];

	for (size_t i = 1; i < axis->count && axis->pieces[i].from_us <= at_us; i++)
		piece = &axis->pieces[i];
	return piece;
}

double axis_x(const struct axis *axis, uint64_t at_us)
{
	const struct axis_piece *piece = axis_piece(axis, at_us);

	if (at_us <= piece->from_us)
		return piece->left;
	if (at_us >= piece->to_us)
		return piece->right;
	return piece->left + (piece->right - piece->left) * (double)(at_us - piece->from_us) /
				     (double)(piece->to_us - piece->from_us);
}

uint64_t axis_step(const struct axis_piece *piece, double spacing)
{
	static const uint64_t seconds[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
		7200, 10800, 21600, 43200, 86400, 172800, 604800};
	const size_t count = sizeof(seconds) / sizeof(seconds[0]);
	const uint64_t length_us = piece->to_us - piece->from_us;
	double per_pixel =
		(double)length_us / (piece->right > piece->left ? piece->right - piece->left : 1);
	double wanted_us = spacing * per_pixel;
	uint64_t step_us;
	size_t i = 0;

	while (i + 1 < count && (double)seconds[i] * 1000000 < wanted_us)
		i++;
	step_us = seconds[i] * 1000000;
	if ((double)step_us >= wanted_us)
		return step_us;
	/* In an edited journal ages may lie between two lines: so many weeks as it takes. */
	if (wanted_us >= (double)length_us)
		return length_us;
	return ((uint64_t)wanted_us / step_us + 1) * step_us;
}
