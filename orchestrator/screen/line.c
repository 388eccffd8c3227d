/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of the screen, never wider than it may be. */
#include "orchestrator/screen/line.h"

#include <stdint.h>
#include <string.h>

/* ECMA-48, Select Graphic Rendition. */
static const char *const colours[LINE_COLOUR_COUNT] = {
	[LINE_PLAIN] = "",
	[LINE_DIM] = "\033[2m",
	[LINE_BOLD] = "\033[1m",
	[LINE_GOOD] = "\033[32m",
	[LINE_NOW] = "\033[1;33m",
	[LINE_BAD] = "\033[1;31m",
};

/*
 * The character at *words, which is passed; U+FFFD and one byte for what is no UTF-8, though the
 * words should hold none.
 */
static uint32_t next_character(const char **words)
{
	const unsigned char *p = (const unsigned char *)*words;
	size_t length = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0;
	uint32_t character = length == 1 ? *p : *p & (0x7fU >> length);

	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			length = 0;
		else
			character = character << 6 | (p[i] & 0x3f);
	}
	*words += length ? length : 1;
	return length ? character : 0xfffd;
}

/* Unicode's East Asian wide and full-width blocks, coarsely, and its combining marks. */
static size_t columns_of(uint32_t character)
{
	static const struct {
		uint32_t first, last;
		size_t columns;
	} blocks[] = {
		{0x300, 0x36f, 0},
		{0x1100, 0x115f, 2},
		{0x200b, 0x200f, 0},
		{0x20d0, 0x20ff, 0},
		{0x2e80, 0xa4cf, 2},
		{0xac00, 0xd7a3, 2},
		{0xf900, 0xfaff, 2},
		{0xfe00, 0xfe0f, 0},
		{0xfe30, 0xfe6f, 2},
		{0xff00, 0xff60, 2},
		{0xffe0, 0xffe6, 2},
		{0x1f300, 0x1faff, 2},
		{0x20000, 0x3fffd, 2},
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (character >= blocks[i].first && character <= blocks[i].last)
			return blocks[i].columns;
	}
	return 1;
}

size_t line_width(const char *words)
{
	size_t width = 0;

	while (*words)
		width += columns_of(next_character(&words));
	return width;
}

/* Adds what fits; the words are what the terminal can show. */
static void add(struct line *line, const char *words)
{
	while (*words) {
		const char *from = words;
		size_t columns = columns_of(next_character(&words));

		if (line->used + columns > line->width)
			return;
		line->used += columns;
		text_append_bytes(&line->text, from, (size_t)(words - from));
	}
}

static void add_ascii(struct line *line, const char *words)
{
	while (*words) {
		const char *from = words;
		bool plain = next_character(&words) < 0x80;

		if (line->used == line->width)
			return;
		line->used++;
		text_append_bytes(&line->text, plain ? from : "?", 1);
	}
}

void line_put(struct line *line, enum line_colour colour, const char *words)
{
	bool coloured =
		line->style->colour && colour != LINE_PLAIN && *words && line->used < line->width;

	if (coloured)
		text_append(&line->text, colours[colour]);
	if (line->style->utf8)
		add(line, words);
	else
		add_ascii(line, words);
	if (coloured)
		text_append(&line->text, "\033[m");
}

void line_sign(struct line *line, enum line_colour colour, const char *utf8, const char *ascii)
{
	line_put(line, colour, line->style->utf8 ? utf8 : ascii);
}

void line_to(struct line *line, size_t column)
{
	while (line->used < column && line->used < line->width) {
		text_append(&line->text, " ");
		line->used++;
	}
}
