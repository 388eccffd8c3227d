/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is wrong with a configuration, gathered in the order it was found. */
#include "lib/conf/problems.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

#define PROBLEMS_MAX 100

void problems_add(
	struct problems *problems, const char *file, unsigned int line, const char *format, ...)
{
	CLEANUP(cleanup_free) char *message = NULL;
	struct problem *problem;
	va_list arguments;

	if (problems->count >= PROBLEMS_MAX)
		return;
	problem = VECTOR_APPEND(problems->items, problems->count);
	problem->file = text_printable_copy(file);
	problem->line = line;
	/* The last place says that there is more, so that nobody takes the list for complete. */
	if (problems->count == PROBLEMS_MAX) {
		problem->message = text_format(
			"too many problems: only the first %d are shown", PROBLEMS_MAX - 1);
		return;
	}
	va_start(arguments, format);
	message = text_format_list(format, arguments);
	va_end(arguments);
	problem->message = text_printable_copy(message);
}

void problems_add_file(struct problems *problems, const char *file, const struct error *err)
{
	const char *words = error_text(err);

	if (text_starts_with(words, file) && words[strlen(file)] == ':')
		words += strlen(file) + 2;
	problems_add(problems, file, 0, "%s", words);
}

bool problems_are_full(const struct problems *problems)
{
	return problems->count == PROBLEMS_MAX;
}

void problems_clear(struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		free(problems->items[i].file);
		free(problems->items[i].message);
	}
	free(problems->items);
	*problems = (struct problems){0};
}

void problems_append(struct problems *problems, const struct problems *from)
{
	for (size_t i = 0; i < from->count; i++)
		problems_add(problems, from->items[i].file, from->items[i].line, "%s",
			from->items[i].message);
}

static void append_one(struct text *text, const struct problem *problem)
{
	text_appendf(text, "%s:", problem->file);
	if (problem->line)
		text_appendf(text, "%u:", problem->line);
	text_appendf(text, " %s", problem->message);
}

char *problem_text(const struct problem *problem)
{
	struct text text = {0};

	append_one(&text, problem);
	return text_take(&text);
}

int problems_error(const struct problems *problems, struct error *err)
{
	CLEANUP(cleanup_text) struct text text = {0};

	append_one(&text, &problems->items[0]);
	if (problems->count > 1)
		text_appendf(&text, " (and %zu more problem%s)", problems->count - 1,
			problems->count > 2 ? "s" : "");
	return error_set(err, EINVAL, "%s", text.data);
}

char *problems_text(const struct problems *problems)
{
	struct text text = {0};

	for (size_t i = 0; i < problems->count; i++) {
		text_append(&text, i ? "\n" : "");
		append_one(&text, &problems->items[i]);
	}
	return text_take(&text);
}
