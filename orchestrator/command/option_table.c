/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that know where their values go: one table makes parsing, its errors and --help. */
#include "orchestrator/command/option_table.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/number.h"
#include "lib/base/text.h"

/* Entries in a row as lib/program/options wants them; an id is a place in entries, from 1. */
struct row {
	struct option_spec own[OPTION_TABLE_MAX + 1], everywhere[OPTION_TABLE_MAX + 1];
	const struct option_entry *entries[OPTION_TABLE_MAX];
	void *fields[OPTION_TABLE_MAX];
	size_t count;
};

/* Puts a table behind those that specs has. base: the struct that the table is of, NULL: there is
 * none to fill in, for a --help. */
static void row_add(
	struct row *row, struct option_spec *specs, const struct option_entry *entry, char *base)
{
	while (specs->name)
		specs++;
	for (; entry && entry->name; entry++) {
		assert(row->count < OPTION_TABLE_MAX);
		row->entries[row->count] = entry;
		row->fields[row->count] = base ? base + entry->offset : NULL;
		*specs++ = (struct option_spec){
			.id = (int)++row->count,
			.letter = entry->letter,
			.name = entry->name,
			.argument = entry->argument,
			.help = entry->help,
		};
	}
}

static void row_make(struct row *row, const struct option_pass *pass)
{
	const struct option_group *group;

	memset(row, 0, sizeof(*row));
	for (group = pass->groups; group && group->options; group++)
		row_add(row, row->own, group->options,
			pass->own ? (char *)pass->own + group->offset : NULL);
	row_add(row, row->everywhere, pass->everywhere, pass->settings);
}

static int take_descriptor(
	const struct option_entry *entry, const char *value, int *descriptor, struct error *err)
{
	char option[64];
	uint64_t number = 0;

	snprintf(option, sizeof(option), "--%s", entry->name);
	if (number_parse(value, option, (uint64_t)entry->low, (uint64_t)entry->high, &number, err) <
		0)
		return -EINVAL;
	if (fcntl((int)number, F_SETFD, FD_CLOEXEC) < 0)
		return error_set(err, EBADF, "%s: descriptor %s is not open", option, value);
	*descriptor = (int)number;
	return 0;
}

static int take_choice(
	const struct option_entry *entry, const char *value, int *choice, struct error *err)
{
	CLEANUP(cleanup_text) struct text words = {0};
	const char *word = entry->argument;

	for (int place = 1;; place++) {
		size_t length = strcspn(word, "|");

		if (strlen(value) == length && strncmp(value, word, length) == 0) {
			*choice = place;
			return 0;
		}
		text_appendf(&words, "%s%.*s", place > 1 ? " or " : "", (int)length, word);
		if (!word[length])
			break;
		word += length + 1;
	}
	return error_set(err, EINVAL, "--%s: %s", entry->name, text_string(&words));
}

static int take(const struct option_entry *entry, const char *value, void *field, struct error *err)
{
	switch (entry->kind) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)field = value;
		return 0;
	case OPTION_DESCRIPTOR:
		return take_descriptor(entry, value, field, err);
	case OPTION_CHOICE:
		return take_choice(entry, value, field, err);
	case OPTION_ADDED:
		return entry->add(field, value, err);
	case OPTION_HELP:
	case OPTION_VERSION:
		return (int)entry->kind;
	}
	return error_set(err, EINVAL, "--%s: internal error: an option of no kind", entry->name);
}

int option_table_read(struct option_pass *pass, struct error *err)
{
	struct row row;
	struct options_cursor cursor = {
		.argc = pass->argc,
		.argv = pass->argv,
		.options = row.own,
		.more_options = row.everywhere,
		.stop_at_argument = pass->stop_at_argument,
	};
	const char *value = NULL;
	int id, result = 0;

	row_make(&row, pass);
	while (result == 0 && (id = options_next(&cursor, &value, err)) > 0)
		result = take(row.entries[id - 1], value, row.fields[id - 1], err);
	pass->position = cursor.position;
	if (result != 0)
		return result < 0 ? OPTIONS_BAD : result;
	return id;
}

void option_table_print_help(FILE *stream, const struct options_page *page,
	const struct option_group *groups, const struct option_entry *everywhere)
{
	struct options_page whole = *page;
	struct row row;

	row_make(&row, &(const struct option_pass){.groups = groups, .everywhere = everywhere});
	whole.options = row.own;
	whole.more_options = row.everywhere;
	options_print_help(stream, &whole);
}
