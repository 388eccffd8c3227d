/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is wrong with a configuration, as file:line: message, so that one reading tells it all.
 */
#ifndef LIB_CONF_PROBLEMS_H
#define LIB_CONF_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

struct problem {
	char *file;
	unsigned int line; /* from 1; 0: the file as a whole */
	char *message;
};

/* Start as {0}; release with problems_clear. */
struct problems {
	struct problem *items;
	size_t count;
};

/* Bytes from the file that come into a message are shown printable. At most 100 are kept. */
void problems_add(struct problems *problems, const char *file, unsigned int line,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* That the file cannot be read, as file_read says it; it names the file once. */
void problems_add_file(struct problems *problems, const char *file, const struct error *err);
void problems_clear(struct problems *problems);

static inline void cleanup_problems(struct problems *problems)
{
	problems_clear(problems);
}

/* Adds all of from, which stays as it is. */
void problems_append(struct problems *problems, const struct problems *from);

/*
 * For a function that gathered problems and ends with an error: fills err with the first one (and
 * how many more there are) and returns -EINVAL. There must be one. err may be NULL.
 */
int problems_error(const struct problems *problems, struct error *err);

/* Whether no more are kept: reading on is of no use to anybody. */
bool problems_are_full(const struct problems *problems);

/* One: "file:line: message", or "file: message" of the file as a whole; owned. */
char *problem_text(const struct problem *problem);

/* All of them, one "file:line: message" per line without a last newline; owned. */
char *problems_text(const struct problems *problems);

#endif
