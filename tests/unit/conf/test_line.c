/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/conf/line: words, quotes, comments, and every problem at its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/conf/line.h"

static void collect(const struct line *line, struct problems *problems, void *context)
{
	struct text *text = context;
	size_t i;

	(void)problems;
	text_appendf(text, "%u", line->number);
	for (i = 0; i < line->word_count; i++)
		text_appendf(text, "|%s", line->words[i]);
	text_append(text, "\n");
}

static void assert_lines(
	const char *input, size_t length, const char *lines, const char *problem_text)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_text) struct text text = {0};
	CLEANUP(cleanup_free) char *told = NULL;

	line_parse_bytes("f", input, length, collect, &problems, &text);
	told = problems_text(&problems);
	assert_string_equal(text_string(&text), lines);
	assert_string_equal(told, problem_text);
}

#define assert_literal(input, lines, problems) \
	assert_lines(input, sizeof(input) - 1, lines, problems)

static void test_words(void **state)
{
	(void)state;
	assert_literal("", "", "");
	assert_literal("a b\tc\n\n# x\n  d # e\nf#g", "1|a|b|c\n4|d\n5|f#g\n", "");
	assert_literal("a b\r\nc\r\n", "1|a|b\n2|c\n", "");
	assert_literal("a \"b # c\" \"\" \"\\\"\\\\\"\n", "1|a|b # c||\"\\\n", "");
}

static void test_problems(void **state)
{
	char many[600];
	size_t i;

	(void)state;
	assert_literal("a \"b\nc \"d\"e\ng\n", "3|g\n",
		"f:1: the quoted word has no closing \" on this line\n"
		"f:2: a blank is missing behind the closing \"");
	assert_literal("a\0b\nc\n", "2|c\n", "f:1: a zero byte; this is not a text file");
	/* A comment would only seem to end there. */
	assert_literal("a\n# b\rc d\ne\rf\ng\r\n", "1|a\n4|g\n",
		"f:2: a carriage return that no new line follows: what seems to be a line of its own is none; save the file with line ends LF or CRLF\n"
		"f:3: a carriage return that no new line follows: what seems to be a line of its own is none; save the file with line ends LF or CRLF");
	assert_literal("\xef\xbb\xbf"
		       "a b\n",
		"1|a|b\n",
		"f:1: the file begins with a byte order mark, which no editor shows; save it as plain UTF-8, without");
	for (i = 0; i < sizeof(many); i += 2)
		memcpy(many + i, "x ", 2);
	assert_lines(
		many, sizeof(many), "", "f:1: more than 128 words; split it into several lines");
}

static void test_missing_file(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *told = NULL;

	(void)state;
	line_parse("/nonexistent/f", collect, &problems, NULL);
	told = problems_text(&problems);
	assert_string_equal(told, "/nonexistent/f: cannot open: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_missing_file),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
