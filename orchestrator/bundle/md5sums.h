/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The digests that a Debian package holds of its files (deb-md5sums(5)). Pure. */
#ifndef ORCHESTRATOR_BUNDLE_MD5SUMS_H
#define ORCHESTRATOR_BUNDLE_MD5SUMS_H

#include <stdbool.h>
#include <stddef.h>

struct md5sums_entry {
	const char *name; /* without "./" or "/" in front; borrowed from the list */
	char digest[33];
	bool seen; /* for the reader */
};

/* Start as {0}; release with md5sums_clear. */
struct md5sums {
	char *words;
	struct md5sums_entry *entries; /* sorted by name */
	size_t count;
	unsigned int bad_line; /* the first line that is none; 0: all are */
};

/* Takes words, an owned string. Lines that cannot be read are left out. */
void md5sums_parse(struct md5sums *list, char *words);
void md5sums_clear(struct md5sums *list);
/* The entry of that name, which may begin with "./" or "/"; NULL when there is none. */
struct md5sums_entry *md5sums_find(const struct md5sums *list, const char *name);
/* The name without the "./" or "/" in front. */
const char *md5sums_name(const char *name);

#endif
