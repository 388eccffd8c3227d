/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of blocks in braces: the tree of statements, read into plain structs against tables. */
#include "lib/conf/block.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/conf/block_syntax.h"

#define FILE_LIMIT (1u << 20)
#define TEXT_LIMIT 1024
/* A word of a command may be a small script. */
#define WORD_LIMIT 8192

static const char *const yes_no[] = {"no", "yes", NULL};

static void *field_at(void *section, size_t offset)
{
	return (char *)section + offset;
}

void block_problem(const struct block_place *place, const char *format, ...)
{
	CLEANUP(cleanup_free) char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = text_copy(format);
	va_end(arguments);
	problems_add(place->problems, place->source->path, place->line, "%s", message);
}

bool block_given(const struct block_place *place, const char *name)
{
	for (size_t i = 0; i < place->statement->count; i++) {
		const struct block_statement *statement = &place->statement->items[i];

		if (statement->bad || strcmp(statement->option->name, name) != 0)
			continue;
		if (statement->option->section)
			return true;
		for (const struct block_token *value = statement->values;
			value < statement->values_end; value++)
			if (value->kind == BLOCK_TOKEN_WORD)
				return true;
	}
	return false;
}

const char *block_section_name(const struct block_place *place)
{
	return place->statement->option->name;
}

char *block_path(const struct block_place *place, const char *value)
{
	const char *file = place->source->path, *slash = strrchr(file, '/');

	if (*value == '/' || !slash)
		return text_copy(value);
	return text_format("%.*s/%s", (int)(slash - file), file, value);
}

/* allowed: the control characters that may stand in the value. */
static bool is_fit(
	const struct block_place *place, const char *value, const char *allowed, size_t limit)
{
	const char *name = place->option->name;

	if (!*value)
		return block_problem(place, "%s: must not be empty", name), false;
	if (strlen(value) > limit)
		return block_problem(place, "%s: longer than %zu bytes", name, limit), false;
	for (const char *p = value; *p; p++)
		if (((unsigned char)*p < 0x20 || *p == 0x7f) && !strchr(allowed, *p))
			return block_problem(place,
				       "%s: \"%s\" holds a control character or new line", name,
				       value),
			       false;
	return true;
}

bool block_check_text(const struct block_place *place, const char *value)
{
	return is_fit(place, value, "", TEXT_LIMIT);
}

bool block_check_word(const struct block_place *place, const char *value)
{
	return is_fit(place, value, "\n\t", WORD_LIMIT);
}

static void keep_text(char **field, char *value)
{
	free(*field);
	*field = value;
}

static void keep_number(const struct block_option *option, void *field, uint64_t number)
{
	switch (option->size) {
	case 1:
		*(uint8_t *)field = (uint8_t)number;
		break;
	case 2:
		*(uint16_t *)field = (uint16_t)number;
		break;
	case 4:
		*(uint32_t *)field = (uint32_t)number;
		break;
	default:
		*(uint64_t *)field = number;
	}
}

/* A list never has NULL for its items: it serves as an argv even when it is empty. */
static void end_list(const struct block_option *option, void *section)
{
	size_t *count = field_at(section, option->count);

	vector_append(field_at(section, option->offset), count, sizeof(char *));
	(*count)--;
}

static void keep_in_list(const struct block_option *option, void *section, const char *value)
{
	*(char **)vector_append(field_at(section, option->offset), field_at(section, option->count),
		sizeof(char *)) = text_copy(value);
	end_list(option, section);
}

static void refuse_choice(const struct block_place *place, const char *value)
{
	const char *const *words = place->option->words;
	CLEANUP(cleanup_text) struct text known = {0};

	for (size_t i = 0; words[i]; i++)
		text_appendf(&known, "%s\"%s\"", !i ? "" : words[i + 1] ? ", " : " or ", words[i]);
	block_problem(place, "%s: \"%s\" is not known; it is %s", place->option->name, value,
		text_string(&known));
}

/* Finds the number that the value stands for; false, its problem told, when it stands for none. */
static bool read_number(const struct block_place *place, const char *value, uint64_t *number)
{
	const struct block_option *option = place->option;
	const char *const *words = option->kind == BLOCK_YES_NO ? yes_no : option->words;
	CLEANUP(error_release) struct error err = {0};

	if (option->kind == BLOCK_NUMBER || option->kind == BLOCK_DURATION) {
		int result = option->kind == BLOCK_NUMBER
				     ? number_parse(value, option->name, option->low, option->high,
					       number, &err)
				     : number_parse_duration(value, option->name, option->low,
					       option->high, number, &err);

		if (result < 0)
			block_problem(place, "%s", error_text(&err));
		return result == 0;
	}
	for (size_t i = 0; words[i]; i++)
		if (strcmp(words[i], value) == 0)
			return *number = option->low + i, true;
	if (option->kind == BLOCK_YES_NO)
		block_problem(place, "%s: \"%s\" is neither yes nor no", option->name, value);
	else
		refuse_choice(place, value);
	return false;
}

bool block_check_path(const struct block_place *place, const char *value)
{
	if (!block_check_text(place, value))
		return false;
	if (*value == '~')
		block_problem(place, "%s: \"~\" is not expanded here: write the whole path",
			place->option->name);
	return *value != '~';
}

/* Whether the value is one of the option's kind; number: what it is as a number. */
static bool fits_kind(const struct block_place *place, const char *value, uint64_t *number)
{
	if (place->option->check_alone)
		return true;
	switch (place->option->kind) {
	case BLOCK_TEXT:
	case BLOCK_LIST:
		return block_check_text(place, value);
	case BLOCK_PATH:
		return block_check_path(place, value);
	case BLOCK_COMMAND:
		return block_check_word(place, value);
	case BLOCK_NUMBER:
	case BLOCK_DURATION:
	case BLOCK_YES_NO:
	case BLOCK_CHOICE:
		return read_number(place, value, number);
	case BLOCK_OWN:
	case BLOCK_OWN_LIST:
	case BLOCK_SECTION:
	case BLOCK_NAMED:
		break;
	}
	return true;
}

/* A value is kept even when its check told a problem, so that later checks do not miss it. */
static void read_value(const struct block_place *place, const char *value, void *section)
{
	const struct block_option *option = place->option;
	void *field = field_at(section, option->offset);
	uint64_t number = 0;

	if (!fits_kind(place, value, &number))
		return;
	if (option->check)
		option->check(place, value, field);
	if (option->kind == BLOCK_TEXT)
		keep_text(field, text_copy(value));
	else if (option->kind == BLOCK_PATH)
		keep_text(field, block_path(place, value));
	else if (option->kind == BLOCK_LIST || option->kind == BLOCK_COMMAND)
		keep_in_list(option, section, value);
	else if (option->kind != BLOCK_OWN && option->kind != BLOCK_OWN_LIST)
		keep_number(option, field, number);
}

/* What holds where an option is not given. */
static void fill_initial(const struct block_section *section, void *into)
{
	for (size_t i = 0; i < section->option_count; i++) {
		const struct block_option *option = &section->options[i];
		void *field = field_at(into, option->offset);

		if (option->kind == BLOCK_SECTION)
			fill_initial(option->section, field);
		else if (option->kind == BLOCK_LIST || option->kind == BLOCK_COMMAND)
			end_list(option, into);
		else if (option->fallback)
			keep_text(field, text_copy(option->fallback));
		else if (option->initial)
			keep_number(option, field, option->initial);
	}
}

static void require(const struct block_place *place, const struct block_section *section)
{
	CLEANUP(cleanup_free) char *where = block_syntax_describe(place->statement);

	for (size_t i = 0; i < section->option_count; i++) {
		const struct block_option *option = &section->options[i];

		if (option->required && !block_given(place, option->name))
			block_problem(place, "%s: %s is missing%s%s", where, option->name,
				*option->required ? ": " : "", option->required);
	}
}

static void read_section(const struct block_place *outer, const struct block_statement *from,
	const struct block_section *section, void *into);

static void read_named(
	const struct block_place *place, const struct block_statement *from, void *section)
{
	const struct block_option *option = place->option;
	size_t *count = field_at(section, option->count);
	void *item = vector_append(field_at(section, option->offset), count, option->section->size);

	*(char **)field_at(item, option->section->title) = text_copy(from->title);
	fill_initial(option->section, item);
	read_section(place, from, option->section, item);
	if (option->high == 1 && *count > 1)
		block_problem(place, "%s \"%s\": a file holds one %s only", option->name,
			from->title, option->name);
	else if (option->high && *count == option->high + 1)
		block_problem(place, "more than %zu %ss", (size_t)option->high, option->name);
}

static void read_section(const struct block_place *outer, const struct block_statement *from,
	const struct block_section *section, void *into)
{
	struct block_place place = *outer;

	place.statement = from;
	for (size_t i = 0; i < from->count; i++) {
		const struct block_statement *statement = &from->items[i];

		if (statement->bad)
			continue;
		place.option = statement->option;
		place.line = statement->end;
		if (place.option->kind == BLOCK_SECTION)
			read_section(&place, statement, place.option->section,
				field_at(into, place.option->offset));
		else if (place.option->kind == BLOCK_NAMED)
			read_named(&place, statement, into);
		for (const struct block_token *value = statement->values;
			value < statement->values_end; value++) {
			place.line = value->line;
			if (value->kind == BLOCK_TOKEN_WORD)
				read_value(&place, value->text, into);
		}
	}
	place.option = NULL;
	place.line = from->end;
	require(&place, section);
	if (section->finish)
		section->finish(&place, into);
}

void block_read(const struct block_source *source, const struct block_section *root, void *into,
	struct problems *problems)
{
	CLEANUP(cleanup_block_tree) struct block_tree tree;
	struct block_place place = {.source = source, .problems = problems};

	block_syntax_read(&tree, source, root, problems);
	fill_initial(root, into);
	read_section(&place, &tree.file, root, into);
}

static unsigned int line_within(const struct block_statement *section, const char *path)
{
	const size_t length = strcspn(path, ".");

	for (size_t i = 0; i < section->count; i++) {
		const struct block_statement *statement = &section->items[i];
		unsigned int line = statement->line;

		if (!statement->option || strncmp(statement->option->name, path, length) != 0 ||
			statement->option->name[length])
			continue;
		if (path[length])
			line = line_within(statement, path + length + 1);
		if (line)
			return line;
	}
	return 0;
}

unsigned int block_line(
	const struct block_source *source, const struct block_section *root, const char *path)
{
	CLEANUP(cleanup_block_tree) struct block_tree tree;
	CLEANUP(cleanup_problems) struct problems problems = {0};

	block_syntax_read(&tree, source, root, &problems);
	return line_within(&tree.file, path);
}

static void clear_items(const struct block_option *option, void *section)
{
	char **items = field_at(section, option->offset);
	size_t *count = field_at(section, option->count);

	for (size_t i = 0; i < *count; i++) {
		if (option->kind == BLOCK_NAMED)
			block_clear(option->section, field_at(*items, i * option->section->size));
		else
			free((*(char ***)items)[i]);
	}
	keep_text(items, NULL);
	*count = 0;
}

void block_clear(const struct block_section *section, void *into)
{
	for (size_t i = 0; i < section->option_count; i++) {
		const struct block_option *option = &section->options[i];

		if (option->kind == BLOCK_TEXT || option->kind == BLOCK_PATH)
			keep_text(field_at(into, option->offset), NULL);
		else if (option->kind == BLOCK_SECTION)
			block_clear(option->section, field_at(into, option->offset));
		else if (option->kind == BLOCK_NAMED || option->kind == BLOCK_LIST ||
			 option->kind == BLOCK_COMMAND)
			clear_items(option, into);
	}
	if (section->size)
		keep_text(field_at(into, section->title), NULL);
	if (section->clear)
		section->clear(into);
}

char *block_load(const char *path, struct problems *problems)
{
	CLEANUP(cleanup_free) char *bytes = NULL;
	CLEANUP(error_release) struct error err = {0};
	unsigned int line = 1;
	size_t length;

	if (file_read(path, FILE_LIMIT, &bytes, &length, &err) < 0) {
		problems_add_file(problems, path, &err);
		return NULL;
	}
	if (strlen(bytes) == length)
		return TAKE(bytes);
	for (const char *p = bytes; *p; p++)
		line += *p == '\n';
	problems_add(problems, path, line, "a zero byte: this is not a text file");
	return NULL;
}
