/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing string, and the few string questions that the C library leaves open. */
#include "lib/base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"

static void text_reserve(struct text *text, size_t more)
{
	size_t wanted = text->length + more + 1;

	if (wanted <= text->capacity)
		return;
	if (wanted < 64)
		wanted = 64;
	if (wanted < text->capacity * 2)
		wanted = text->capacity * 2;
	text->data = vector_resize(text->data, wanted, 1);
	text->capacity = wanted;
}

void text_append_bytes(struct text *text, const void *bytes, size_t length)
{
	text_reserve(text, length);
	if (length)
		memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void text_append(struct text *text, const char *words)
{
	text_append_bytes(text, words, strlen(words));
}

void text_appendf(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	text_reserve(text, (size_t)length);
	va_start(arguments, format);
	vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	text->length += (size_t)length;
}

void text_clear(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

const char *text_string(const struct text *text)
{
	return text->data ? text->data : "";
}

char *text_take(struct text *text)
{
	char *taken = text->data ? text->data : text_copy("");

	*text = (struct text){0};
	return taken;
}

char *text_copy(const char *words)
{
	size_t size = strlen(words) + 1;

	return memcpy(vector_resize(NULL, size, 1), words, size);
}

char *text_format_list(const char *format, va_list arguments)
{
	char *result;

	return vasprintf(&result, format, arguments) < 0 ? text_copy("") : result;
}

char *text_format(const char *format, ...)
{
	va_list arguments;
	char *result;

	va_start(arguments, format);
	result = text_format_list(format, arguments);
	va_end(arguments);
	return result;
}

bool text_starts_with(const char *words, const char *start)
{
	return strncmp(words, start, strlen(start)) == 0;
}

bool text_ends_with(const char *words, const char *end)
{
	size_t length = strlen(words), tail = strlen(end);

	return length >= tail && strcmp(words + length - tail, end) == 0;
}

bool text_equal(const char *left, const char *right)
{
	return left && right ? strcmp(left, right) == 0 : left == right;
}

char *text_trim(char *words)
{
	char *end;

	while (isspace((unsigned char)*words))
		words++;
	end = words + strlen(words);
	while (end > words && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return words;
}

/* The length of the valid UTF-8 sequence of more than one byte at p, or 0. */
static size_t utf8_sequence(const unsigned char *p)
{
	unsigned int point;
	size_t length, i;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2, point = p[0] & 0x1f;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3, point = p[0] & 0x0f;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4, point = p[0] & 0x07;
	else
		return 0;
	for (i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (p[i] & 0x3f);
	}
	if (length == 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff)))
		return 0;
	if (length == 4 && (point < 0x10000 || point > 0x10ffff))
		return 0;
	/* C1 control characters move cursors too. */
	return point < 0xa0 ? 0 : length;
}

/* The length of what can be shown as it is at p, or 0. */
static size_t shown_sequence(const unsigned char *p)
{
	return *p >= 0x20 && *p < 0x7f ? 1 : utf8_sequence(p);
}

/* kept: the control characters that stay. */
static char *printable(const char *words, const char *kept)
{
	const unsigned char *from = (const unsigned char *)words;
	struct text text = {0};

	while (*from) {
		size_t sequence = strchr(kept, *from) ? 1 : shown_sequence(from);

		if (sequence)
			text_append_bytes(&text, from, sequence);
		else
			text_appendf(&text, "\\x%02x", *from);
		from += sequence ? sequence : 1;
	}
	return text_take(&text);
}

char *text_printable_copy(const char *words)
{
	return printable(words, "");
}

char *text_printable_lines(const char *words)
{
	return printable(words, "\n\t");
}

char *text_printable(char *buffer, size_t size, const char *words)
{
	const unsigned char *from = (const unsigned char *)words;
	size_t used = 0;

	while (*from) {
		size_t sequence = shown_sequence(from);

		if (used + (sequence ? sequence : 4) >= size)
			break;
		if (sequence) {
			memcpy(buffer + used, from, sequence);
			used += sequence;
			from += sequence;
		} else {
			snprintf(buffer + used, size - used, "\\x%02x", *from++);
			used += 4;
		}
	}
	buffer[used] = '\0';
	return buffer;
}
