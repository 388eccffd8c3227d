/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's journal out of a fuzzer's words. */
#include "tests/fuzz/lines.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"

/* Cuts off the first word and the blank behind it. */
static char *take_word(char **words)
{
	char *word = *words;

	*words += strcspn(word, " ");
	if (**words)
		*(*words)++ = '\0';
	return word;
}

/* As SQLite's numbers come out of the journal's reader. */
static uint64_t read_moment(const char *word)
{
	long long moment = strtoll(word, NULL, 10);

	return moment > 0 ? (uint64_t)moment : 0;
}

static struct journal_line read_line(char *words, size_t place)
{
	static const char types[] = "sSnr";
	struct journal_line line = {.wall_us = 1767182400000000 + place * 300000, .step = -1};
	const char *type, *name = "install", *node = "node1";
	char *kind, *text;

	if (words[0] == '@') {
		words++;
		line.wall_us = read_moment(take_word(&words));
		name = take_word(&words);
		node = take_word(&words);
	}
	type = words[0] ? strchr(types, words[0]) : NULL;
	kind = words[0] ? words + 1 : words;
	line.type = type ? (enum journal_line_type)(type - types) : JOURNAL_LINE_NOTE;
	if (line.type == JOURNAL_LINE_STEP)
		line.step = (int64_t)(strtoul(kind, &kind, 10) % 200);
	text = kind + strcspn(kind, " ");
	if (*text)
		*text++ = '\0';
	line.kind = text_copy(kind);
	line.name = text_copy(name);
	line.node = text_copy(node);
	line.text = text_copy(text);
	return line;
}

void lines_read(char *words, struct journal_line **lines, size_t *count)
{
	char *rest = strchr(words, '\n');

	if (rest)
		*rest++ = '\0';
	while (rest) {
		char *line = rest;

		rest = strchr(line, '\n');
		if (rest)
			*rest++ = '\0';
		*VECTOR_APPEND(*lines, *count) = read_line(line, *count);
	}
}
