/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits files of the ha.cf family into lines and words. */
#include "lib/conf/line.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/conf/encoding.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

/*
 * Takes the quoted word behind *cursor (at the opening quote) out in place. Returns where its
 * content begins, terminated, and moves *cursor behind the closing quote; NULL when there is none.
 */
static char *quoted_word(char **cursor)
{
	char *start = *cursor + 1, *from = start, *to = start;

	for (; *from && *from != '"'; from++) {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from;
	}
	if (!*from)
		return NULL;
	*cursor = from + 1;
	*to = '\0';
	return start;
}

/* Splits one line in place. Returns the number of words, or -1 after adding a problem. */
static int line_split(char *text, const char **words, const char *file, unsigned int number,
	struct problems *problems)
{
	char *cursor = text;
	int count = 0;

	for (;;) {
		char *word;

		while (is_blank(*cursor))
			cursor++;
		if (!*cursor || *cursor == '#')
			return count;
		if (count == LINE_WORDS_MAX) {
			problems_add(problems, file, number,
				"more than %d words; split it into several lines", LINE_WORDS_MAX);
			return -1;
		}
		if (*cursor == '"') {
			word = quoted_word(&cursor);
			if (!word) {
				problems_add(problems, file, number,
					"the quoted word has no closing \" on this line");
				return -1;
			}
			if (*cursor && !is_blank(*cursor)) {
				problems_add(problems, file, number,
					"a blank is missing behind the closing \"");
				return -1;
			}
		} else {
			word = cursor;
			while (*cursor && !is_blank(*cursor))
				cursor++;
		}
		words[count++] = word;
		/* The quoted word has been terminated already; its cursor may be behind that. */
		if (*cursor)
			*cursor++ = '\0';
	}
}

static void line_one(const char *file, unsigned int number, const char *bytes, size_t length,
	line_function *function, struct problems *problems, void *context)
{
	CLEANUP(cleanup_text) struct text text = {0};
	const char *words[LINE_WORDS_MAX];
	int count;

	if (length && bytes[length - 1] == '\r')
		length--;
	if (memchr(bytes, '\0', length)) {
		problems_add(problems, file, number, "a zero byte; this is not a text file");
		return;
	}
	if (memchr(bytes, '\r', length)) {
		problems_add(problems, file, number, TEXT_LONE_RETURN);
		return;
	}
	text_append_bytes(&text, bytes, length);
	count = line_split(text.data, words, file, number, problems);
	if (count > 0) {
		struct line line = {file, number, words, (size_t)count};

		function(&line, problems, context);
	}
}

void line_parse_bytes(const char *file, const char *bytes, size_t length, line_function *function,
	struct problems *problems, void *context)
{
	unsigned int number = 0;

	if (length >= strlen(TEXT_MARK) && memcmp(bytes, TEXT_MARK, strlen(TEXT_MARK)) == 0) {
		problems_add(problems, file, 1, TEXT_HAS_MARK);
		bytes += strlen(TEXT_MARK);
		length -= strlen(TEXT_MARK);
	}
	while (length) {
		const char *end = memchr(bytes, '\n', length);
		size_t size = end ? (size_t)(end - bytes) : length;

		line_one(file, ++number, bytes, size, function, problems, context);
		size += end != NULL;
		bytes += size;
		length -= size;
	}
}

void line_parse(const char *path, line_function *function, struct problems *problems, void *context)
{
	CLEANUP(cleanup_free) char *bytes = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t length;

	if (file_read(path, LINE_FILE_MAX, &bytes, &length, &err) < 0) {
		problems_add_file(problems, path, &err);
		return;
	}
	line_parse_bytes(path, bytes, length, function, problems, context);
}
