/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes what a report makes of a journal that anybody may have written: the first line is the
 * plan, each one after it a line of the journal: a letter (s step, S state, n note, r request), for
 * a step its number, a word, a blank, a text. Before the letter may stand "@", the moment in
 * microseconds, the step's name and its node, a blank behind each.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/report/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static void make_pages(const struct report *report)
{
	CLEANUP(cleanup_text) struct text html = {0}, plain = {0};
	json_t *json;

	page_html(&html, report, 0, "fuzz");
	if (strstr(text_string(&html), "<script") || strlen(text_string(&html)) != html.length)
		abort();
	page_text(&plain, report);
	json = page_json(report);
	if (!json)
		abort();
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_free) char *words = strndup((const char *)data, size);
	struct journal_record record = {.plan = words,
		.state = JOURNAL_STOPPED,
		.reason = words,
		.cluster = words,
		.cluster_file = words,
		.bundle = words,
		.bundle_digest = words,
		.profile = words,
		.invoker = words,
		.options = words};
	struct journal_chain chain = {.intact = true};
	struct journal_line *lines = NULL;
	CLEANUP(cleanup_report) struct report report = {0};
	size_t count = 0;
	char *rest = strchr(words, '\n');

	if (rest)
		*rest++ = '\0';
	while (rest) {
		char *line = rest;

		rest = strchr(line, '\n');
		if (rest)
			*rest++ = '\0';
		*VECTOR_APPEND(lines, count) = read_line(line, count);
	}
	report_make(&record, lines, count, &chain, &report);
	make_pages(&report);
	journal_lines_free(lines, count);
	return 0;
}
