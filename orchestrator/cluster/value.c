/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What values must look like, in cluster file and profile alike. */
#include "orchestrator/cluster/value.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

void value_check_unit(const struct block_place *place, const char *value, void *field)
{
	(void)field;
	if (value[strspn(value, LETTERS DIGITS "@._:-\\")] || *value == '-' || strlen(value) > 255)
		block_problem(place, "%s: \"%s\" is no name of a systemd unit", place->option->name,
			value);
}

void value_check_absolute(const struct block_place *place, const char *value, void *field)
{
	(void)field;
	if (*value != '/')
		block_problem(place, "%s: \"%s\" is no absolute path", place->option->name, value);
}

bool value_is_name(const char *words)
{
	size_t length = strlen(words);

	return length >= 1 && length <= 63 && !words[strspn(words, LETTERS DIGITS "._-")] &&
	       *words != '.' && *words != '-';
}

bool value_is_account(const char *words)
{
	size_t length = strlen(words);

	return length >= 1 && length <= 32 && !words[strspn(words, LETTERS DIGITS "._-")] &&
	       *words != '-';
}
