/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The `file` sections of profiles and cluster files. */
#include "orchestrator/cluster/file_settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/cluster/value.h"

/* PATH_MAX less what is put behind it on the nodes. */
enum { TARGET_MAX = 1024 };

static void check_mode(const struct block_place *place, const char *value, void *field)
{
	size_t length = strlen(value);

	(void)field;
	if (length < 3 || length > 4 || value[strspn(value, "01234567")] ||
		(length == 4 && *value != '0'))
		block_problem(place, "mode: \"%s\" is not three octal digits, such as 0640", value);
}

static void check_account(const struct block_place *place, const char *value, void *field)
{
	(void)field;
	if (!value_is_account(value))
		block_problem(place, "%s: \"%s\" is no name of a user or group",
			place->option->name, value);
}

static void check_source(const struct block_place *place, const char *value, void *field)
{
	(void)field;
	if (*value == '~')
		block_problem(place, "source: \"~\" is not expanded here: write the whole path");
}

/* An absolute path in the one way to write it, so that no two name the same file. */
static bool is_target(const char *words)
{
	const char *part = words;

	if (*words != '/' || strlen(words) > TARGET_MAX)
		return false;
	for (const char *p = words; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	while (part) {
		size_t length = strcspn(++part, "/");

		if (length == 0 || (length == 1 && part[0] == '.') ||
			(length == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part = part[length] ? part + length : NULL;
	}
	return true;
}

static void finish_file(const struct block_place *place, void *section)
{
	const struct file_entry *file = section;

	if (!is_target(file->target))
		block_problem(place,
			"file \"%s\": the name must be its absolute path on the nodes, without \".\", \"..\", \"//\" and a \"/\" at the end",
			file->target);
}

#define AT(field) BLOCK_FIELD(struct file_entry, field)
static const struct block_option options[] = {
	{"source", BLOCK_TEXT, AT(source), .check = check_source},
	{"owner", BLOCK_TEXT, AT(owner), .check = check_account, .check_alone = true},
	{"group", BLOCK_TEXT, AT(group), .check = check_account, .check_alone = true},
	{"mode", BLOCK_TEXT, AT(mode), .check = check_mode, .check_alone = true},
	{"secret", BLOCK_YES_NO, AT(secret), .low = FILE_NO},
	{"template", BLOCK_YES_NO, AT(is_template), .low = FILE_NO},
	{"node_lines", BLOCK_YES_NO, AT(node_lines), .low = FILE_NO},
};
#undef AT

const struct block_section file_settings_section = {
	BLOCK_OPTIONS(options),
	.size = sizeof(struct file_entry),
	.title = offsetof(struct file_entry, target),
	.finish = finish_file,
};

static void choose(char **into, const char *from)
{
	if (!*into && from)
		*into = text_copy(from);
}

static void choose_answer(enum file_answer *into, enum file_answer from)
{
	if (*into == FILE_UNSAID)
		*into = from;
}

/* Copies from the one what the other does not say itself. */
static void fill(struct file_entry *into, const struct file_entry *from)
{
	choose(&into->target, from->target);
	choose(&into->source, from->source);
	choose(&into->owner, from->owner);
	choose(&into->group, from->group);
	choose(&into->mode, from->mode);
	choose_answer(&into->secret, from->secret);
	choose_answer(&into->is_template, from->is_template);
	choose_answer(&into->node_lines, from->node_lines);
}

static void fill_defaults(struct file_entry *entry)
{
	choose(&entry->source, strrchr(entry->target, '/') + 1);
	choose(&entry->owner, "root");
	choose(&entry->group, "root");
	choose_answer(&entry->secret, FILE_NO);
	choose_answer(&entry->is_template, FILE_NO);
	choose_answer(&entry->node_lines, FILE_NO);
	choose(&entry->mode, entry->secret == FILE_YES ? "0600" : "0644");
}

/* Moves the entry of that target out of the list; false when it has none. */
static bool take(struct file_list *list, const char *target, struct file_entry *entry)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!list->items[i].target || strcmp(list->items[i].target, target) != 0)
			continue;
		*entry = list->items[i];
		list->items[i] = (struct file_entry){0};
		return true;
	}
	return false;
}

struct file_list file_settings_merge(const struct file_list *profile, struct file_list *own)
{
	struct file_list merged = {0};

	for (size_t i = 0; i < profile->count; i++) {
		struct file_entry *entry = VECTOR_APPEND(merged.items, merged.count);

		take(own, profile->items[i].target, entry);
		fill(entry, &profile->items[i]);
	}
	for (size_t i = 0; i < own->count; i++)
		if (own->items[i].target)
			*VECTOR_APPEND(merged.items, merged.count) =
				(struct file_entry)own->items[i];
	free(own->items);
	*own = (struct file_list){0};
	for (size_t i = 0; i < merged.count; i++)
		fill_defaults(&merged.items[i]);
	return merged;
}

bool file_settings_is_variable(const char *words, size_t length)
{
	if (length == 0 || length > 64 || !isalpha((unsigned char)*words))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)words[i]) && words[i] != '_')
			return false;
	return true;
}

void file_settings_check_value(const struct block_place *place, const char *value, void *field)
{
	const struct word_list *earlier = field;
	size_t length = strcspn(value, "=");

	if (!value[length] || !file_settings_is_variable(value, length))
		block_problem(place,
			"values: \"%s\" is not of the form NAME=VALUE (a name has letters, digits and \"_\", a letter first)",
			value);
	for (size_t i = 0; i < earlier->count; i++)
		if (value[length] && strncmp(earlier->items[i], value, length + 1) == 0)
			block_problem(place, "values: \"%.*s\" is given twice", (int)length, value);
}
