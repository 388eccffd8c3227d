/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the ha.cf family: one directive per line, words behind it, # comments. */
#ifndef LIB_CONF_LINE_H
#define LIB_CONF_LINE_H

#include <stddef.h>

#include "lib/conf/problems.h"

#define LINE_WORDS_MAX 128
#define LINE_FILE_MAX (1024 * 1024)

/* One line that is neither empty nor a comment; borrowed until the callback returns. */
struct line {
	const char *file;
	unsigned int number; /* from 1 */
	/* words[0] is the directive; at least 1, at most LINE_WORDS_MAX; terminated, may be "" only
	 * where the file had "". */
	const char *const *words;
	size_t word_count;
};

/* Called per line in the file's order; adds to problems what is wrong with it. */
typedef void line_function(const struct line *line, struct problems *problems, void *context);

/*
 * Reads bytes (length of them; NUL bytes are a problem): words are separated by blanks, "..."
 * keeps blanks and # in a word (\" and \\ inside), # at the start of a word begins a comment, a
 * CR before the line end is ignored. A mark of the byte order at the beginning and a CR elsewhere
 * (the file then has other lines than it seems) are problems. A line that cannot be split is one
 * problem and is not handed on; reading goes on behind it. file is for messages.
 */
void line_parse_bytes(const char *file, const char *bytes, size_t length, line_function *function,
	struct problems *problems, void *context);

/* The same for a file of at most LINE_FILE_MAX bytes; one that cannot be read is a problem. */
void line_parse(
	const char *path, line_function *function, struct problems *problems, void *context);

#endif
