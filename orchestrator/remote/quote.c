/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quoting of remote command lines. */
#include "orchestrator/remote/quote.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static void append_word(struct text *line, const char *word)
{
	if (line->length)
		text_append(line, " ");
	text_append(line, "'");
	for (;;) {
		size_t plain = strcspn(word, "'");

		text_append_bytes(line, word, plain);
		if (!word[plain])
			break;
		/* Nothing can stand for a quote inside single quotes: leave them, and come back. */
		text_append(line, "'\\''");
		word += plain + 1;
	}
	text_append(line, "'");
}

int quote_argv(const char *const *argv, size_t count, char **line, struct error *err)
{
	CLEANUP(cleanup_text) struct text text = {0};

	if (count == 0 || !argv[0][0])
		return error_set(err, EINVAL, "there is no command to quote");
	for (size_t i = 0; i < count; i++) {
		append_word(&text, argv[i]);
		if (text.length > QUOTE_LINE_MAX)
			return error_set(err, E2BIG,
				"the command %.64s with %zu words is longer than the %d bytes a remote shell takes; give it less at a time",
				argv[0], count, QUOTE_LINE_MAX);
	}
	*line = text_take(&text);
	return 0;
}

int quote_script(const char *script, const char *const *arguments, size_t count, char **line,
	struct error *err)
{
	/* The second "sh" is $0, the name under which the shell complains. */
	static const char *const shell[] = {"sh", "-c", NULL, "sh"};
	const size_t fixed = sizeof(shell) / sizeof(shell[0]);
	CLEANUP(cleanup_free) const char **argv = calloc(fixed + count, sizeof(*argv));

	if (!argv)
		return error_set(err, ENOMEM, "no memory for a command of %zu words", count);
	memcpy(argv, shell, sizeof(shell));
	argv[2] = script;
	if (count)
		memcpy(argv + fixed, arguments, count * sizeof(*argv));
	return quote_argv(argv, fixed + count, line, err);
}
