/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What chart.c and probe_chart.c draw with. For this room. */
#ifndef ORCHESTRATOR_REPORT_DRAW_H
#define ORCHESTRATOR_REPORT_DRAW_H

#include "lib/base/text.h"
#include "orchestrator/report/axis.h"

/* Pixels of the drawing, which is scaled to the page. */
#define DRAW_WIDTH 1160.0
#define DRAW_LEFT 132.0
#define DRAW_RIGHT 1146.0

/* A chart in the making: y is where the next lane begins. */
struct draw {
	struct text *out;
	const struct report *report;
	struct axis axis;
	double y;
};

/* Words at (x, y), y being the base line; anchor: "start", "middle", "end". */
void draw_words(struct draw *draw, double x, double y, const char *class, const char *anchor,
	const char *words);
/* About as many pixels as the words are wide in the chart's small type. */
double draw_width(const char *words);

/* The words, or as many of their characters and a mark that there are more; owned. */
char *draw_short(const char *words, size_t most);

/* The availability and the latency that one vantage point saw, below draw->y. */
void draw_probe(struct draw *draw, size_t vantage);

#endif
