/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a vantage point of the probe saw, drawn on the time axis. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/vector.h"
#include "orchestrator/report/draw.h"
#include "orchestrator/report/words.h"

#define ANSWER_HEIGHT 40.0
#define LATENCY_HEIGHT 70.0
/* Pixels; cells are drawn together until they are so wide. */
#define COLUMN_WIDTH 2.5

struct column {
	double left, right;
	double asked, good, failed, stalled_us; /* asked: 0 when not known */
	uint64_t time_us;
	uint32_t max_us;
};

struct columns {
	struct column *items;
	size_t count;
	double usual; /* good answers per microsecond of the column in the middle */
	uint32_t slowest_us;
};

static void add_cell(struct draw *draw, struct columns *columns, const struct report_cell *cell)
{
	double left = axis_x(&draw->axis, cell->from_us), right = axis_x(&draw->axis, cell->to_us);
	struct column *last = columns->count ? &columns->items[columns->count - 1] : NULL;

	/* A process that resumes asks before it says so: not across the break. */
	left = fmax(left, axis_piece(&draw->axis, cell->to_us)->left);
	/* What was before the run began or after its end is not drawn. */
	if (right <= left)
		return;
	if (!last || last->right - last->left >= COLUMN_WIDTH || left > last->right + 1 ||
		left < last->left) {
		last = VECTOR_APPEND(columns->items, columns->count);
		*last = (struct column){.left = left};
	}
	last->right = right;
	last->asked += cell->asked;
	last->good += cell->good;
	last->failed += cell->failed;
	last->stalled_us += cell->stalled_us;
	last->time_us += cell->to_us - cell->from_us;
	if (cell->max_us > last->max_us)
		last->max_us = cell->max_us;
}

static int compare(const void *left, const void *right)
{
	double one = *(const double *)left, other = *(const double *)right;

	return one < other ? -1 : one > other;
}

/* The rate that is drawn at full height, so that what is less than usual shows. */
static void measure(struct columns *columns)
{
	CLEANUP(cleanup_free)
	double *rates = vector_resize(NULL, columns->count + 1, sizeof(*rates));
	size_t count = 0;

	for (size_t i = 0; i < columns->count; i++) {
		const struct column *column = &columns->items[i];

		if (column->good > 0)
			rates[count++] = column->good / (double)column->time_us;
		if (column->max_us > columns->slowest_us)
			columns->slowest_us = column->max_us;
	}
	qsort(rates, count, sizeof(*rates), compare);
	columns->usual = count ? rates[count / 2] : 0;
}

static void gather(struct draw *draw, size_t vantage, struct columns *columns)
{
	for (size_t i = 0; i < draw->report->cell_count; i++) {
		if (draw->report->cells[i].vantage == vantage)
			add_cell(draw, columns, &draw->report->cells[i]);
	}
	measure(columns);
}

static void box(struct draw *draw, double left, double right, double top, double bottom)
{
	text_appendf(draw->out, "M%.1f %.1fH%.1fV%.1fH%.1fz", left, bottom, right, top, left);
}

enum layer { LAYER_GOOD, LAYER_SILENT, LAYER_STALLED, LAYER_BAD, LAYER_COUNT };

static enum layer layer_of(const struct column *column)
{
	if (column->failed > 0)
		return LAYER_BAD;
	if (column->good > 0)
		return LAYER_GOOD;
	return column->stalled_us > 0 ? LAYER_STALLED : LAYER_SILENT;
}

/* Of the requests, if their number is known, else of the usual rate. */
static double share_of(const struct columns *columns, const struct column *column)
{
	if (column->asked > 0)
		return column->good / column->asked;
	if (columns->usual <= 0)
		return 0;
	return column->good / (double)column->time_us / columns->usual;
}

/* How many answers came, in the height of a full one; failures over the whole height. */
static void draw_answers(struct draw *draw, const struct columns *columns)
{
	static const char *const classes[LAYER_COUNT] = {
		[LAYER_GOOD] = "answers",
		[LAYER_SILENT] = "silent",
		[LAYER_STALLED] = "stalled",
		[LAYER_BAD] = "failures",
	};
	double bottom = draw->y + ANSWER_HEIGHT;

	text_appendf(draw->out, "<path class=\"frame\" d=\"M%.1f %.1fH%.1f\"/>\n", DRAW_LEFT,
		bottom, DRAW_RIGHT);
	for (enum layer layer = LAYER_GOOD; layer < LAYER_COUNT; layer++) {
		text_appendf(draw->out, "<path class=\"%s\" d=\"", classes[layer]);
		for (size_t i = 0; i < columns->count; i++) {
			const struct column *column = &columns->items[i];
			double share = share_of(columns, column);
			double top = draw->y;

			if (layer_of(column) != layer)
				continue;
			if (layer == LAYER_GOOD)
				top = bottom - ANSWER_HEIGHT * fmin(1, fmax(share, 0.08));
			box(draw, column->left, column->right, top, bottom);
		}
		text_append(draw->out, "\"/>\n");
	}
}

/* Where so many microseconds are: logarithmic, from a tenth of a millisecond. */
static double height_of(double us, double decades)
{
	return LATENCY_HEIGHT * fmin(1, fmax(0, log10(fmax(us, 100) / 100) / decades));
}

static void draw_scale(struct draw *draw, int decades)
{
	double bottom = draw->y + LATENCY_HEIGHT;

	for (int i = 1; i <= decades; i++) {
		CLEANUP(cleanup_text) struct text words = {0};
		double y = bottom - LATENCY_HEIGHT * i / decades;
		uint64_t us = (uint64_t)(100 * pow(10, i));

		text_appendf(draw->out, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>", DRAW_LEFT,
			y, DRAW_RIGHT);
		if (us < 1000000)
			text_appendf(&words, "%d ms", (int)(us / 1000));
		else
			text_appendf(&words, "%d s", (int)(us / 1000000));
		draw_words(draw, DRAW_LEFT - 12, y + 4, "tick", "end", text_string(&words));
	}
	text_appendf(draw->out, "<path class=\"frame\" d=\"M%.1f %.1fH%.1f\"/>\n", DRAW_LEFT,
		bottom, DRAW_RIGHT);
}

static void draw_latency(struct draw *draw, const struct columns *columns)
{
	int decades = (int)ceil(log10(fmax(columns->slowest_us, 1000) / 100) - 0.001);
	double bottom = draw->y + LATENCY_HEIGHT;

	draw_scale(draw, decades);
	text_append(draw->out, "<path class=\"latency\" d=\"");
	for (size_t i = 0; i < columns->count; i++) {
		const struct column *column = &columns->items[i];

		if (column->good > 0)
			box(draw, column->left, column->right,
				bottom - fmax(1, height_of(column->max_us, decades)), bottom);
	}
	text_append(draw->out, "\"/>\n");
}

/* Where requests failed, how many: the first of each such time has the sum. */
static void draw_counts(struct draw *draw, const struct columns *columns)
{
	double sum = 0, left = 0;

	for (size_t i = 0; i <= columns->count; i++) {
		const struct column *column = i < columns->count ? &columns->items[i] : NULL;
		char words[48];

		if (column && column->failed > 0) {
			left = sum > 0 ? left : column->left;
			sum += column->failed;
			continue;
		}
		if (sum > 0 && (!column || column->left > left + 60)) {
			snprintf(words, sizeof(words), "✕ %.0f failed", sum);
			draw_words(draw,
				left + draw_width(words) < DRAW_RIGHT
					? left
					: DRAW_RIGHT - draw_width(words),
				draw->y - 3, "alarm", "start", words);
			sum = 0;
		}
	}
}

void draw_probe(struct draw *draw, size_t vantage)
{
	const char *name = draw->report->vantages[vantage].name;
	struct columns columns = {0};
	CLEANUP(cleanup_free) char *from = NULL, *words = NULL;

	gather(draw, vantage, &columns);
	if (!columns.count)
		return;
	draw->y += 12;
	from = draw_short(name, 12);
	words = text_format("from %s", from);
	draw_words(draw, DRAW_LEFT - 12, draw->y + 14, "lane", "end", "answers");
	draw_words(draw, DRAW_LEFT - 12, draw->y + 29, "small", "end", words);
	draw_counts(draw, &columns);
	draw_answers(draw, &columns);
	draw->y += ANSWER_HEIGHT + 16;
	draw_latency(draw, &columns);
	draw_words(
		draw, DRAW_LEFT - 12, draw->y + LATENCY_HEIGHT, "small", "end", "slowest answer");
	draw->y += LATENCY_HEIGHT + 14;
	free(columns.items);
}
