/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a moment stands on the time axis; long times in which nobody worked on the run are cut out.
 */
#ifndef ORCHESTRATOR_REPORT_AXIS_H
#define ORCHESTRATOR_REPORT_AXIS_H

#include "orchestrator/report/model.h"

enum { AXIS_PIECES_MAX = 24 };

struct axis_piece {
	uint64_t from_us, to_us;
	double left, right;
};

/* Plain data. Pieces in order of time; between two of them is a break. */
struct axis {
	struct axis_piece pieces[AXIS_PIECES_MAX];
	size_t count; /* at least 1 */
};

/* left, width: where the axis is drawn, in pixels. */
void axis_make(const struct report *report, double left, double width, struct axis *axis);
/* Moments inside a break stand at its beginning, those outside the axis at its ends. */
double axis_x(const struct axis *axis, uint64_t at_us);
/* The piece that moment is in, or the break behind it. */
const struct axis_piece *axis_piece(const struct axis *axis, uint64_t at_us);
/* The distance of marks in a piece so that at most about one per spacing pixels is drawn; not 0. */
uint64_t axis_step(const struct axis_piece *piece, double spacing);

#endif
