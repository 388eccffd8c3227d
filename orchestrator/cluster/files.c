/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The `file` sections of profiles and cluster files. */
#include "orchestrator/cluster/files.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"

/* PATH_MAX less what is put behind it on the nodes. */
enum { TARGET_MAX = 1024, SOURCE_MAX = 1024 };

static int check_answer(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		block_problem(section, "%s: \"%s\" is neither yes nor no", option->name, value);
	return 0;
}

static int check_mode(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	size_t length = strlen(value);

	(void)option;
	*(const char **)result = value;
	if (length < 3 || length > 4 || value[strspn(value, "01234567")] ||
		(length == 4 && *value != '0'))
		block_problem(
			section, "mode: \"%s\" is not three octal digits, such as 0640", value);
	return 0;
}

static int check_account(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	/* As useradd(8) allows them. */
	if (!*value || strlen(value) > 32 || *value == '-' ||
		value[strspn(value,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
		block_problem(
			section, "%s: \"%s\" is no name of a user or group", option->name, value);
	return 0;
}

static int check_source(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	field_check_text(section, option, value, result);
	if (*value == '~')
		block_problem(section, "source: \"~\" is not expanded here: write the whole path");
	return 0;
}

cfg_opt_t *files_options(void)
{
	static cfg_opt_t options[] = {
		CFG_STR_CB("source", NULL, CFGF_NONE, check_source),
		CFG_STR_CB("owner", NULL, CFGF_NONE, check_account),
		CFG_STR_CB("group", NULL, CFGF_NONE, check_account),
		CFG_STR_CB("mode", NULL, CFGF_NONE, check_mode),
		CFG_STR_CB("secret", NULL, CFGF_NONE, check_answer),
		CFG_STR_CB("template", NULL, CFGF_NONE, check_answer),
		CFG_STR_CB("node_lines", NULL, CFGF_NONE, check_answer),
		CFG_END(),
	};

	return options;
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

/* Called at the closing brace: parent is the section around it. */
static int check_file(cfg_t *parent, cfg_opt_t *option)
{
	const char *target = cfg_title(field_section(option));

	if (!is_target(target))
		block_problem(parent,
			"file \"%s\": the name must be its absolute path on the nodes, without \".\", \"..\", \"//\" and a \"/\" at the end",
			target);
	if (cfg_opt_size(option) == FILES_MAX + 1)
		block_problem(parent, "more than %d files", FILES_MAX);
	return 0;
}

void files_watch(cfg_opt_t *options)
{
	for (; options->name; options++)
		if (strcmp(options->name, "file") == 0)
			options->validcb = check_file;
}

static enum file_answer read_answer(cfg_t *section, const char *name)
{
	const char *value = cfg_getstr(section, name);

	if (!value)
		return FILE_UNSAID;
	return strcmp(value, "yes") == 0 ? FILE_YES : FILE_NO;
}

struct file_list files_read(cfg_t *section)
{
	struct file_list list = {0};

	for (unsigned int i = 0; i < cfg_size(section, "file"); i++) {
		cfg_t *from = cfg_getnsec(section, "file", i);

		*VECTOR_APPEND(list.items, list.count) = (struct file_entry){
			.target = text_copy(cfg_title(from)),
			.source = field_text(from, "source"),
			.owner = field_text(from, "owner"),
			.group = field_text(from, "group"),
			.mode = field_text(from, "mode"),
			.secret = read_answer(from, "secret"),
			.is_template = read_answer(from, "template"),
			.node_lines = read_answer(from, "node_lines"),
		};
	}
	return list;
}

static void clear_entry(struct file_entry *entry)
{
	free(entry->target);
	free(entry->source);
	free(entry->owner);
	free(entry->group);
	free(entry->mode);
}

void files_clear(struct file_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		clear_entry(&list->items[i]);
	free(list->items);
	*list = (struct file_list){0};
}

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

/* What into does not say, from says. */
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

struct file_list files_merge(const struct file_list *profile, struct file_list *own)
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

bool files_is_variable(const char *words, size_t length)
{
	if (length == 0 || length > 64 || !isalpha((unsigned char)*words))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)words[i]) && words[i] != '_')
			return false;
	return true;
}

int files_check_value(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	size_t length = strcspn(value, "=");

	field_check_text(section, option, value, result);
	if (!value[length] || !files_is_variable(value, length))
		block_problem(section,
			"values: \"%s\" is not of the form NAME=VALUE (a name has letters, digits and \"_\", a letter first)",
			value);
	for (unsigned int i = 0; i + 1 < cfg_opt_size(option); i++)
		if (value[length] && strncmp(cfg_opt_getnstr(option, i), value, length + 1) == 0)
			block_problem(
				section, "values: \"%.*s\" is given twice", (int)length, value);
	return 0;
}
