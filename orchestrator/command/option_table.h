/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that know where their values go: one table makes parsing, its errors and --help. */
#ifndef ORCHESTRATOR_COMMAND_OPTION_TABLE_H
#define ORCHESTRATOR_COMMAND_OPTION_TABLE_H

#include <stddef.h>

#include "lib/program/options.h"

/* What an option's value is, and what is at the entry's offset for it. */
enum option_kind {
	OPTION_FLAG = 1,   /* bool: set */
	OPTION_TEXT,	   /* const char *: borrowed from argv, the last one given counts */
	OPTION_DESCRIPTOR, /* int: in [low, high] and open; no program we start gets it */
	OPTION_CHOICE,	   /* int: place from 1 among the words that argument lists, "this|that" */
	OPTION_ADDED,	   /* whatever add makes of it; may be given several times */
	OPTION_HELP,	   /* nothing: ends the reading */
	OPTION_VERSION,	   /* the same */
};

/* One option; a table of them ends with an entry whose name is NULL. */
struct option_entry {
	const char *name;     /* long form without the dashes */
	char letter;	      /* short form, or 0 */
	const char *argument; /* what --help calls its value; NULL for a kind that has none */
	const char *help;
	enum option_kind kind;
	size_t offset; /* of the field, in the struct that the table is of */
	int low, high; /* OPTION_DESCRIPTOR */
	/* OPTION_ADDED: 0, or negative with a message. */
	int (*add)(void *field, const char *value, struct error *err);
};

/* A table, and where the struct that it is of lies in a command's settings. A list of groups ends
 * with one whose options are NULL. */
struct option_group {
	const struct option_entry *options;
	size_t offset;
};

/* All options of a command's groups and of those that hold everywhere. */
enum { OPTION_TABLE_MAX = 48 };

/* A pass over argv. Plain data: position is set by it. */
struct option_pass {
	int argc;
	char **argv;
	const struct option_group *groups; /* or NULL: none */
	void *own;			   /* the settings that groups are of */
	const struct option_entry *everywhere;
	void *settings;	       /* the struct that everywhere is of */
	bool stop_at_argument; /* leave all from the first argument on unread */
	int position;
};

/*
 * Fills in what argv says, in its order. OPTIONS_END: all of it, and the arguments are
 * argv[position..argc). OPTION_HELP or OPTION_VERSION: that was asked for, what comes after it is
 * not read. OPTIONS_BAD: err tells what is wrong; what came before it is filled in.
 */
int option_table_read(struct option_pass *pass, struct error *err);

/* The page with the options of groups and everywhere, either of them or NULL. */
void option_table_print_help(FILE *stream, const struct options_page *page,
	const struct option_group *groups, const struct option_entry *everywhere);

#endif
