/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines: one table from which both parsing and --help are made. */
#include "lib/program/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

enum { OPTIONS_MAX = 64 };

/* getopt wants its own two forms of the table. */
struct getopt_tables {
	struct option longs[OPTIONS_MAX + 1];
	char shorts[3 * OPTIONS_MAX + 4];
	size_t count;
};

static void tables_add(struct getopt_tables *tables, const struct option_spec *spec)
{
	char *shorts = tables->shorts + strlen(tables->shorts);

	for (; spec && spec->name && tables->count < OPTIONS_MAX; spec++) {
		tables->longs[tables->count++] = (struct option){
			.name = spec->name,
			.has_arg = spec->argument ? required_argument : no_argument,
			/* Above all letters, so that getopt's answer tells the two apart. */
			.val = 256 + spec->id,
		};
		if (!spec->letter)
			continue;
		*shorts++ = spec->letter;
		if (spec->argument)
			*shorts++ = ':';
		*shorts = '\0';
	}
}

static int letter_id(const struct option_spec *spec, int letter)
{
	for (; spec && spec->name; spec++) {
		if (spec->letter && spec->letter == letter)
			return spec->id;
	}
	return 0;
}

static int bad_option(const struct options_cursor *cursor, int answer, struct error *err)
{
	const char *word = cursor->argv[optind > 0 ? optind - 1 : 0];

	if (answer == ':')
		error_set(err, EINVAL, "option '%.64s' needs a value (see --help)", word);
	else if (optopt > 0 && optopt < 256)
		error_set(err, EINVAL, "unknown option '-%c' (see --help)", optopt);
	else if (optopt >= 256)
		error_set(err, EINVAL, "option '%.64s' takes no value (see --help)", word);
	else
		error_set(err, EINVAL, "unknown or ambiguous option '%.64s' (see --help)", word);
	return OPTIONS_BAD;
}

int options_next(struct options_cursor *cursor, const char **value, struct error *err)
{
	struct getopt_tables tables = {.count = 0};
	int answer;

	/* '+' stops at the first argument, ':' tells a missing value from an unknown option. */
	strcpy(tables.shorts, cursor->stop_at_argument ? "+:" : ":");
	tables_add(&tables, cursor->options);
	tables_add(&tables, cursor->more_options);
	if (cursor->position == 0)
		optind = 0; /* GNU: begin anew */
	opterr = 0;
	optopt = 0;
	answer = getopt_long(cursor->argc, cursor->argv, tables.shorts, tables.longs, NULL);
	cursor->position = optind;
	if (answer == -1)
		return OPTIONS_END;
	if (answer == '?' || answer == ':')
		return bad_option(cursor, answer, err);
	*value = optarg;
	if (answer > 256)
		return answer - 256;
	answer = letter_id(cursor->options, answer) ?: letter_id(cursor->more_options, answer);
	return answer;
}

static void print_options(FILE *stream, const struct option_spec *spec)
{
	for (; spec && spec->name; spec++) {
		char left[64];
		char letter[5] = "    ";

		if (spec->letter)
			snprintf(letter, sizeof(letter), "-%c, ", spec->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, spec->name,
			spec->argument ? " " : "", spec->argument ? spec->argument : "");
		fprintf(stream, "  %-30s %s\n", left, spec->help);
	}
}

void options_print_help(FILE *stream, const struct options_page *page)
{
	const char *line = page->usage;
	const char *before = "usage: ";

	while (line && *line) {
		size_t length = strcspn(line, "\n");

		fprintf(stream, "%s%.*s\n", before, (int)length, line);
		before = "       ";
		line += length + (line[length] == '\n');
	}
	if (page->summary)
		fprintf(stream, "\n%s\n", page->summary);
	if (page->options && page->options->name) {
		fprintf(stream, "\nOptions:\n");
		print_options(stream, page->options);
	}
	if (page->more_options && page->more_options->name) {
		fprintf(stream, "\nEverywhere:\n");
		print_options(stream, page->more_options);
	}
	if (page->notes)
		fprintf(stream, "\n%s\n", page->notes);
}
