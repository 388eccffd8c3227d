/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of blocks in braces, read into plain structs against tables of what may stand in them. */
#ifndef LIB_CONF_BLOCK_H
#define LIB_CONF_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/conf/problems.h"

enum block_kind {
	BLOCK_TEXT,	/* char *, owned: 1 to 1024 bytes, no control characters */
	BLOCK_PATH,	/* the same; no "~"; a relative one begins at the folder of the file */
	BLOCK_NUMBER,	/* an unsigned integer of any size: low to high */
	BLOCK_DURATION, /* the same, milliseconds (number_parse_duration) */
	BLOCK_YES_NO,	/* bool, or an enum in which low means "no" and low + 1 "yes" */
	BLOCK_CHOICE,	/* an enum: the place in words, which end with NULL */
	BLOCK_LIST, /* char **items, size_t count: texts, behind the last a NULL that is not counted
		     */
	BLOCK_COMMAND,	/* the same; words of a command, which may be scripts (block_check_word) */
	BLOCK_OWN,	/* the option's check reads and keeps the value */
	BLOCK_OWN_LIST, /* the same, called for each value */
	BLOCK_SECTION,	/* NAME { ... }: a struct within the struct */
	BLOCK_NAMED, /* NAME "TITLE" { ... } ...: T *items, size_t count, owned; high: at most, 0:
			any */
};

struct block_place;
/*
 * Tells with block_problem what else is wrong with a value, before it is kept. field: the option's
 * field (for lists with the values before this one); for BLOCK_OWN where the value belongs.
 */
typedef void block_check(const struct block_place *place, const char *value, void *field);
/* Called at the closing brace, when all of the section has been read into its struct. */
typedef void block_finish(const struct block_place *place, void *section);

/* One line of a table: all that there is to say of an option. */
struct block_option {
	const char *name;
	enum block_kind kind;
	size_t offset; /* of the field in the section's struct: BLOCK_FIELD, BLOCK_ITEMS */
	size_t count;  /* lists and BLOCK_NAMED: of the count that belongs to it */
	size_t size;
	uint64_t low, high;
	uint64_t initial;     /* numbers and durations: the value unless one is given */
	const char *fallback; /* texts: the same */
	const char *const *words;
	/* What is said behind "is missing" when it was not given, "" for nothing; NULL: optional.
	 */
	const char *required;
	block_check *check; /* may be NULL but for BLOCK_OWN */
	bool check_alone;   /* texts: check says all that may be wrong, also of empty ones */
	const struct block_section *section;
};

#define BLOCK_FIELD(type, field) .offset = offsetof(type, field), .size = sizeof(((type *)0)->field)
#define BLOCK_ITEMS(type, items, number) \
	.offset = offsetof(type, items), .count = offsetof(type, number)

struct block_section {
	const struct block_option *options;
	size_t option_count;
	/* For BLOCK_NAMED: the size of the struct, and where in it the owned title goes. */
	size_t size, title;
	block_finish *finish;	      /* may be NULL */
	void (*clear)(void *section); /* releases what BLOCK_OWN options keep; may be NULL */
};

#define BLOCK_OPTIONS(table) .options = (table), .option_count = sizeof(table) / sizeof((table)[0])

struct block_source {
	const char *path; /* for messages and relative paths */
	const char *bytes;
	void *context; /* for the caller's checks */
};

struct block_statement;
/* Where the reading is. */
struct block_place {
	const struct block_source *source;
	struct problems *problems;
	const struct block_statement *statement; /* the section */
	const struct block_option *option;	 /* the one at hand; NULL in block_finish */
	unsigned int line;
};

/*
 * Reads the bytes into the struct that root describes, which must be zeroed. Every problem found is
 * added to problems: first those of syntax, names, kinds and counts, then those of values, each in
 * the order of the file. What is good is read also when there are problems; block_clear in any
 * case.
 */
void block_read(const struct block_source *source, const struct block_section *root, void *into,
	struct problems *problems);
/* Releases what the struct holds, and zeroes none of it but pointers and counts. */
void block_clear(const struct block_section *section, void *into);

/*
 * The line on which an option that was read from these bytes stands, the first one of its name: 0
 * when it was not given. path: the names of the sections that it is in and its own, joined by dots.
 */
unsigned int block_line(
	const struct block_source *source, const struct block_section *root, const char *path);

/*
 * The text of a file of at most 1 MiB; owned. NULL, with a problem, when it cannot be read, is
 * larger or holds a zero byte.
 */
char *block_load(const char *path, struct problems *problems);

/* For checks: a problem at the line being read. */
void block_problem(const struct block_place *place, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Whether the option was given in the section, an empty list aside. */
bool block_given(const struct block_place *place, const char *name);
/* The name of the section: "ssh". */
const char *block_section_name(const struct block_place *place);
/* A path as the file means it; owned. */
char *block_path(const struct block_place *place, const char *value);
/* False, its problem told, when the value is no text, no path (it begins with "~"), or no word of a
 * command: that may hold new lines and tabs and have 8192 bytes. */
bool block_check_text(const struct block_place *place, const char *value);
bool block_check_path(const struct block_place *place, const char *value);
bool block_check_word(const struct block_place *place, const char *value);

#endif
