/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values in cluster file and profile: checked while the file is read, then copied out. */
#include "orchestrator/cluster/field.h"

#include <string.h>

#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

#define TEXT_LIMIT 1024
/* A word of a command may be a small script. */
#define WORD_LIMIT 8192

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* True, after telling its problem, when the value cannot stand there. allowed: control characters.
 */
static bool is_unfit_within(cfg_t *section, const cfg_opt_t *option, const char *value,
	const char *allowed, size_t limit)
{
	if (!*value)
		return block_problem(section, "%s: must not be empty", option->name), true;
	if (strlen(value) > limit)
		return block_problem(section, "%s: longer than %zu bytes", option->name, limit),
		       true;
	for (const char *p = value; *p; p++)
		if (((unsigned char)*p < 0x20 || *p == 0x7f) && !strchr(allowed, *p))
			return block_problem(section,
				       "%s: \"%s\" holds a control character or new line",
				       option->name, value),
			       true;
	return false;
}

static bool is_unfit(cfg_t *section, const cfg_opt_t *option, const char *value)
{
	return is_unfit_within(section, option, value, "", TEXT_LIMIT);
}

int field_check_text(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	is_unfit(section, option, value);
	return 0;
}

int field_check_word(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	is_unfit_within(section, option, value, "\n\t", WORD_LIMIT);
	return 0;
}

int field_check_duration(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	CLEANUP(error_release) struct error err = {0};
	uint64_t ms;

	*(const char **)result = value;
	if (number_parse_duration(value, option->name, FIELD_DURATION_MIN_MS, FIELD_DURATION_MAX_MS,
		    &ms, &err) < 0)
		block_problem(section, "%s", error_text(&err));
	return 0;
}

int field_check_unit(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	if (!is_unfit(section, option, value) && (value[strspn(value, LETTERS DIGITS "@._:-\\")] ||
							 *value == '-' || strlen(value) > 255))
		block_problem(
			section, "%s: \"%s\" is no name of a systemd unit", option->name, value);
	return 0;
}

int field_check_absolute(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	if (!is_unfit(section, option, value) && *value != '/')
		block_problem(section, "%s: \"%s\" is no absolute path", option->name, value);
	return 0;
}

cfg_t *field_section(cfg_opt_t *option)
{
	return cfg_opt_getnsec(option, cfg_opt_size(option) - 1);
}

bool field_require(cfg_t *parent, cfg_t *section, const char *name)
{
	const char *title = cfg_title(section);

	if (cfg_size(section, name) && cfg_getstr(section, name))
		return true;
	block_problem(parent, "%s%s%s%s: %s is missing", cfg_name(section), title ? " \"" : "",
		title ? title : "", title ? "\"" : "", name);
	return false;
}

char *field_text(cfg_t *section, const char *name)
{
	const char *value = cfg_getstr(section, name);

	return value ? text_copy(value) : NULL;
}

struct profile_list field_list(cfg_t *section, const char *name)
{
	struct profile_list list = {0};
	unsigned int count = cfg_size(section, name);

	for (unsigned int i = 0; i < count; i++)
		*VECTOR_APPEND(list.items, list.count) = text_copy(cfg_getnstr(section, name, i));
	/* The NULL behind the last is not counted. */
	VECTOR_APPEND(list.items, list.count);
	list.count--;
	return list;
}

void field_list_clear(struct profile_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct profile_list){0};
}

uint64_t field_duration(cfg_t *section, const char *name, uint64_t fallback)
{
	const char *value = cfg_getstr(section, name);
	uint64_t ms = fallback;

	if (value)
		number_parse_duration(
			value, name, FIELD_DURATION_MIN_MS, FIELD_DURATION_MAX_MS, &ms, NULL);
	return ms;
}

bool field_is_name(const char *words)
{
	size_t length = strlen(words);

	return length >= 1 && length <= 63 && !words[strspn(words, LETTERS DIGITS "._-")] &&
	       *words != '.' && *words != '-';
}
