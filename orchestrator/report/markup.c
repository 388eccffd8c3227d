/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place where words become part of an HTML or SVG document. */
#include "orchestrator/report/markup.h"

#include <stdint.h>
#include <string.h>

/* How many bytes the character at words has, and which it is; 0: it is no UTF-8. */
static size_t decode(const char *words, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)words[0];
	size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	uint32_t value = first;

	if (first >= 0xf8 || (first >= 0x80 && first < 0xc0))
		return 0;
	if (length > 1)
		value = first & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		unsigned char byte = (unsigned char)words[i];

		/* The terminator ends it here, too. */
		if ((byte & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (byte & 0x3fu);
	}
	if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*character = value;
	return length;
}

static bool is_shown(uint32_t character)
{
	if (character < 0x20 || (character >= 0x7f && character < 0xa0))
		return false;
	/* Marks of direction, and what the standard says are no characters. */
	if (character == 0x200e || character == 0x200f || character == 0x061c ||
		(character >= 0x202a && character <= 0x202e) ||
		(character >= 0x2066 && character <= 0x2069) || character == 0xfeff)
		return false;
	return (character & 0xfffe) != 0xfffe && !(character >= 0xfdd0 && character <= 0xfdef);
}

static void add_character(struct text *out, const char *bytes, size_t length, uint32_t character)
{
	switch (character) {
	case '&':
		text_append(out, "&amp;");
		break;
	case '<':
		text_append(out, "&lt;");
		break;
	case '>':
		text_append(out, "&gt;");
		break;
	case '"':
		text_append(out, "&quot;");
		break;
	case '\'':
		text_append(out, "&#39;");
		break;
	default:
		if (is_shown(character))
			text_append_bytes(out, bytes, length);
		else
			text_appendf(out, character < 0x80 ? "\\x%02x" : "\\u{%04x}", character);
	}
}

static void add_words(struct text *out, const char *words, bool with_lines)
{
	uint32_t character = 0;

	while (*words) {
		size_t length = decode(words, &character);

		if (!length) {
			text_appendf(out, "\\x%02x", (unsigned char)*words++);
			continue;
		}
		if (with_lines && character == '\n')
			text_append(out, "\n");
		else
			add_character(out, words, length, character);
		words += length;
	}
}

void markup_words(struct text *out, const char *words)
{
	add_words(out, words, false);
}

void markup_lines(struct text *out, const char *words)
{
	add_words(out, words, true);
}

void markup_element(struct text *out, const char *name, const char *class, const char *words)
{
	text_appendf(out, "<%s", name);
	if (class)
		text_appendf(out, " class=\"%s\"", class);
	text_append(out, ">");
	markup_words(out, words);
	text_appendf(out, "</%s>", name);
}
