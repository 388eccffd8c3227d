/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of the screen, never wider than it may be. Pure. */
#ifndef ORCHESTRATOR_SCREEN_LINE_H
#define ORCHESTRATOR_SCREEN_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/text.h"

/* What the terminal can show. Plain data. */
struct screen_style {
	bool utf8;
	bool colour;
};

enum line_colour {
	LINE_PLAIN,
	LINE_DIM,
	LINE_BOLD,
	LINE_GOOD,
	LINE_NOW,
	LINE_BAD,
	LINE_COLOUR_COUNT
};

/* Start as {.style = ..., .width = ...}; release text. */
struct line {
	const struct screen_style *style;
	size_t width;	  /* columns it may have */
	size_t used;	  /* columns it has */
	struct text text; /* with escape sequences for colours, each ended again */
};

/*
 * Adds what fits of the words, by columns: wide characters take two, combining ones none. words:
 * UTF-8 without control characters; where the terminal has no UTF-8, "?" stands for a character
 * that is no ASCII, so give signs that have a stand-in by line_sign.
 */
void line_put(struct line *line, enum line_colour colour, const char *words);
/* Adds one of two forms, by what the terminal can show; both of the same width. */
void line_sign(struct line *line, enum line_colour colour, const char *utf8, const char *ascii);
/* Adds blanks up to that column; none when it is behind it already. */
void line_to(struct line *line, size_t column);

/* How many columns the words take. */
size_t line_width(const char *words);

#endif
