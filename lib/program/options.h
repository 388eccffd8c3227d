/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines: one table per program or command from which both parsing and --help are made. */
#ifndef LIB_PROGRAM_OPTIONS_H
#define LIB_PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/base/error.h"

/* One option; a table of them ends with an entry whose name is NULL. */
struct option_spec {
	int id;		      /* from 1; what options_next returns for it */
	char letter;	      /* short form, or 0 */
	const char *name;     /* long form without the dashes */
	const char *argument; /* what --help calls its value, or NULL for a plain switch */
	const char *help;
};

/* What --help prints; each text may be NULL. */
struct options_page {
	const char *usage;   /* "hactl [OPTION...] COMMAND", more lines allowed */
	const char *summary; /* a sentence or a paragraph */
	const struct option_spec *options;
	const struct option_spec *more_options; /* those that hold everywhere */
	const char *notes;			/* commands, exit status, examples */
};

/* A pass over argv. Plain data: set all fields but position, which starts as 0. */
struct options_cursor {
	int argc;
	char **argv;
	const struct option_spec *options;
	const struct option_spec *more_options; /* or NULL */
	bool stop_at_argument;			/* leave all from the first argument on unread */
	int position;
};

enum { OPTIONS_END = 0, OPTIONS_BAD = -1 };

/*
 * The id of the next option, its value in *value (borrowed from argv); OPTIONS_END when none is
 * left, the arguments then being argv[position..argc); OPTIONS_BAD with the reason in err.
 * Uses getopt, so only one pass may be under way in a process.
 */
int options_next(struct options_cursor *cursor, const char **value, struct error *err);

void options_print_help(FILE *stream, const struct options_page *page);

#endif
