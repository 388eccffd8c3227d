/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the one reader of what scripts on a node answer: lines of key and value, up to "end". */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/node/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is)
{
	if (!is)
		abort();
}

/* Is there a line "end" before the first NUL byte, and how many lines come before it? Looked for in
 * another way than the reader does. */
static bool has_end(const char *bytes, size_t size, size_t *lines)
{
	CLEANUP(cleanup_free)
	char *framed = text_format("\n%.*s\n", (int)strnlen(bytes, size), bytes);
	const char *end = strstr(framed, "\nend\n");

	*lines = 0;
	for (const char *at = framed + 1; *at && (!end || at <= end); at++)
		*lines += *at == '\n';
	return end != NULL;
}

/* What goes into a message is one line that harms no terminal. */
static void expect_shown(const struct answer *answer)
{
	expect(strlen(answer->shown) < sizeof(answer->shown));
	for (const char *at = answer->shown; *at; at++)
		expect((unsigned char)*at >= ' ' && *at != 0x7f);
}

static size_t count_words(char *value)
{
	char *rest = value, *word;
	size_t count = 0;

	while ((word = answer_word(&rest))) {
		expect(*word && !strchr(word, ' '));
		count++;
	}
	return count;
}

static void read_pairs(const char *bytes, size_t size)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(bytes, size);
	CLEANUP(error_release) struct error err = {0};
	size_t lines, read = 0;
	const bool whole = has_end(bytes, size, &lines);
	int result;

	while (answer_next(&answer)) {
		expect(!strchr(answer.key, ' ') && !strchr(answer.key, '\n'));
		expect(!strchr(answer.value, '\n'));
		expect(answer.has_value || !*answer.value);
		expect(answer.number == ++read);
		expect_shown(&answer);
		count_words(answer.value);
	}
	/* The end itself is no pair, and nothing behind it is read. */
	expect(read == lines);
	expect(answer.is_whole == whole && !answer_next(&answer));
	result = answer_finish(&answer, 0, &err);
	expect(result == (whole ? 0 : -EPROTO) && error_is_set(&err) != whole);
}

/* A line that cannot be taken is named, however it looks. */
static void refuse_a_line(const char *bytes, size_t size)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(bytes, size);
	CLEANUP(error_release) struct error err = {0};
	int result = 0;

	while (result == 0 && answer_next(&answer)) {
		result = answer_count(&answer, 3, "lines", &err);
		if (result == 0 && !answer.has_value)
			result = error_set(&err, EINVAL, "has no value");
	}
	if (result == 0)
		return;
	expect(answer_finish(&answer, result, &err) == -EPROTO && err.number == EPROTO);
	expect(strcmp(error_text(&err), "more than 3 lines") == 0 ||
		strstr(error_text(&err), ": has no value") ||
		strcmp(error_text(&err), "has no value") == 0);
	expect(!strpbrk(error_text(&err), "\n\x1b"));
}

static void read_lines(const char *bytes, size_t size)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(bytes, size);
	size_t length = 0;
	char *line;

	while ((line = answer_line(&answer))) {
		expect(!strchr(line, '\n'));
		length += strlen(line) + 1;
		expect_shown(&answer);
	}
	/* None is lost: all bytes and one newline more than there are. */
	expect(length == strnlen(bytes, size) + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = data ? (const char *)data : "";

	read_pairs(bytes, size);
	refuse_a_line(bytes, size);
	read_lines(bytes, size);
	return 0;
}
