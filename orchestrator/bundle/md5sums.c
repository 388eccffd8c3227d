/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The digests that a Debian package holds of its files (deb-md5sums(5)). */
#include "orchestrator/bundle/md5sums.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"

enum { DIGITS = 32 };

const char *md5sums_name(const char *name)
{
	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	return name;
}

static int compare(const void *left, const void *right)
{
	const struct md5sums_entry *one = left, *other = right;

	return strcmp(one->name, other->name);
}

/* "digest  name"; its end is there already. */
static bool parse_line(struct md5sums_entry *entry, const char *line)
{
	size_t i;

	if (strspn(line, "0123456789abcdefABCDEF") != DIGITS || line[DIGITS] != ' ' ||
		!line[DIGITS + 1])
		return false;
	for (i = 0; i < DIGITS; i++)
		entry->digest[i] =
			(char)(line[i] >= 'A' && line[i] <= 'F' ? line[i] - 'A' + 'a' : line[i]);
	line += DIGITS + 1;
	entry->name = md5sums_name(line + (*line == ' ' || *line == '*'));
	return *entry->name;
}

static size_t count_lines(const char *words)
{
	size_t count = 0;

	for (; (words = strchr(words, '\n')); words++)
		count++;
	return count + 1;
}

void md5sums_parse(struct md5sums *list, char *words)
{
	char *rest = words, *line;
	unsigned int number = 0;

	*list = (struct md5sums){.words = words};
	list->entries = vector_resize(NULL, count_lines(words), sizeof(*list->entries));
	while ((line = strsep(&rest, "\n"))) {
		struct md5sums_entry entry = {0};

		number++;
		if (!*line)
			continue;
		if (parse_line(&entry, line))
			list->entries[list->count++] = entry;
		else if (!list->bad_line)
			list->bad_line = number;
	}
	qsort(list->entries, list->count, sizeof(*list->entries), compare);
}

void md5sums_clear(struct md5sums *list)
{
	free(list->words);
	free(list->entries);
	*list = (struct md5sums){0};
}

struct md5sums_entry *md5sums_find(const struct md5sums *list, const char *name)
{
	struct md5sums_entry wanted = {.name = md5sums_name(name)};

	if (!list->count)
		return NULL;
	return bsearch(&wanted, list->entries, list->count, sizeof(*list->entries), compare);
}
