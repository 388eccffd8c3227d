/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that know where their values go: what is filled in, what is refused and in what words. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "orchestrator/command/command.h"
#include "orchestrator/command/option_table.h"
#include "orchestrator/command/shared_options.h"

/* A group that two commands share, and the settings of both. */
struct way {
	const char *path;
	int choice;
};

struct own {
	bool force;
	struct way way;
	int sum;
};

struct other {
	struct way way;
	char padding;
};

struct common {
	bool json;
	int descriptor;
};

static int add_up(void *field, const char *value, struct error *err)
{
	if (strlen(value) != 1)
		return error_set(err, E2BIG, "--add: '%s' has more than one figure", value);
	*(int *)field += value[0] - '0';
	return 0;
}

static const struct option_entry way_options[] = {
	{.name = "path",
		.letter = 'p',
		.argument = "PATH",
		.help = "where",
		.kind = OPTION_TEXT,
		.offset = offsetof(struct way, path)},
	{.name = "choice",
		.argument = "left|right|none",
		.help = "which",
		.kind = OPTION_CHOICE,
		.offset = offsetof(struct way, choice)},
	{0},
};

static const struct option_entry own_options[] = {
	{.name = "force",
		.letter = 'f',
		.help = "do",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct own, force)},
	{.name = "add",
		.argument = "N",
		.help = "more",
		.kind = OPTION_ADDED,
		.offset = offsetof(struct own, sum),
		.add = add_up},
	{0},
};

static const struct option_entry common_options[] = {
	{.name = "json",
		.help = "so",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct common, json)},
	{.name = "fd",
		.argument = "N",
		.help = "from",
		.kind = OPTION_DESCRIPTOR,
		.offset = offsetof(struct common, descriptor),
		.low = 3,
		.high = 1023},
	{.name = "help", .letter = 'h', .help = "this", .kind = OPTION_HELP},
	{.name = "version", .letter = 'V', .help = "that", .kind = OPTION_VERSION},
	{0},
};

static const struct option_group own_groups[] = {
	{own_options, 0}, {way_options, offsetof(struct own, way)}, {0}};
static const struct option_group other_groups[] = {{way_options, offsetof(struct other, way)}, {0}};

/* One reading of "program WORDS...", and all that it filled in. */
struct reading {
	char *argv[16];
	struct option_pass pass;
	struct own own;
	struct common common;
	struct error err;
	int result;
};

/* words are parted at blanks, and borrowed. */
static void read_words(struct reading *reading, char *words)
{
	int argc = 0;

	memset(reading, 0, sizeof(*reading));
	reading->argv[argc++] = (char *)"program";
	for (char *rest = words, *word; (word = strsep(&rest, " "));)
		if (word[0])
			reading->argv[argc++] = word;
	reading->pass = (struct option_pass){
		.argc = argc,
		.argv = reading->argv,
		.groups = own_groups,
		.own = &reading->own,
		.everywhere = common_options,
		.settings = &reading->common,
	};
	reading->result = option_table_read(&reading->pass, &reading->err);
}

static void test_fills_in_at_the_offsets(void **state)
{
	char words[] = "-f here --path=/a --choice right there --json --add 2";
	struct reading reading;

	(void)state;
	read_words(&reading, words);
	assert_int_equal(reading.result, OPTIONS_END);
	assert_true(reading.own.force);
	assert_string_equal(reading.own.way.path, "/a");
	assert_int_equal(reading.own.way.choice, 2);
	assert_int_equal(reading.own.sum, 2);
	assert_true(reading.common.json);
	assert_int_equal(reading.common.descriptor, 0);
	/* What is no option comes after them all, in its order. */
	assert_int_equal(reading.pass.argc - reading.pass.position, 2);
	assert_string_equal(reading.argv[reading.pass.position], "here");
	assert_string_equal(reading.argv[reading.pass.position + 1], "there");
}

static void test_same_group_elsewhere(void **state)
{
	char *argv[] = {(char *)"program", (char *)"-p", (char *)"/b", NULL};
	struct other other = {.padding = 'x'};
	struct common common = {0};
	CLEANUP(error_release) struct error err = {0};
	struct option_pass pass = {.argc = 3,
		.argv = argv,
		.groups = other_groups,
		.own = &other,
		.everywhere = common_options,
		.settings = &common};

	(void)state;
	assert_int_equal(option_table_read(&pass, &err), OPTIONS_END);
	assert_string_equal(other.way.path, "/b");
	assert_int_equal(other.way.choice, 0);
	assert_int_equal(other.padding, 'x');
}

static void test_repeated(void **state)
{
	char words[] = "--path /a --add 2 -f --path /b --choice left --choice none --add 3 -f";
	struct reading reading;

	(void)state;
	read_words(&reading, words);
	assert_int_equal(reading.result, OPTIONS_END);
	assert_string_equal(reading.own.way.path, "/b");
	assert_int_equal(reading.own.way.choice, 3);
	assert_int_equal(reading.own.sum, 5);
	assert_true(reading.own.force);
}

static void test_refused(void **state)
{
	static const struct {
		const char *words, *message;
	} cases[] = {
		/* A value is missing, or there is one too many. */
		{"--path", "option '--path' needs a value (see --help)"},
		{"-p", "option '-p' needs a value (see --help)"},
		{"--force=yes", "option '--force=yes' takes no value (see --help)"},
		/* An option of another command, and one of none. */
		{"--no-wait", "unknown or ambiguous option '--no-wait' (see --help)"},
		{"-z", "unknown option '-z' (see --help)"},
		/* --fd or --force. */
		{"--f", "unknown or ambiguous option '--f' (see --help)"},
		/* A value that is none of those that can be. */
		{"--fd 2", "--fd: '2'"},
		{"--fd 1024", "--fd: '1024'"},
		{"--fd 3x", "--fd: '3x'"},
		{"--choice middle", "--choice: left or right or none"},
		{"--choice lef", "--choice: left or right or none"},
		{"--choice left|right", "--choice: left or right or none"},
		{"--add 10", "--add: '10' has more than one figure"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(cleanup_free) char *words = strdup(cases[i].words);
		struct reading reading;

		read_words(&reading, words);
		assert_int_equal(reading.result, OPTIONS_BAD);
		assert_memory_equal(
			error_text(&reading.err), cases[i].message, strlen(cases[i].message));
		assert_int_equal(reading.common.descriptor, 0);
		assert_int_equal(reading.own.way.choice, 0);
		assert_int_equal(reading.own.sum, 0);
		error_release(&reading.err);
	}
}

/* Whoever complains must know by then how it is wanted. */
static void test_filled_in_before_the_bad_one(void **state)
{
	char words[] = "--json --nonsense --force";
	struct reading reading;

	(void)state;
	read_words(&reading, words);
	assert_int_equal(reading.result, OPTIONS_BAD);
	assert_true(reading.common.json);
	assert_false(reading.own.force);
	error_release(&reading.err);
}

static void test_abbreviated(void **state)
{
	char words[] = "--forc --pa /a";
	struct reading reading;

	(void)state;
	read_words(&reading, words);
	assert_int_equal(reading.result, OPTIONS_END);
	assert_true(reading.own.force);
	assert_string_equal(reading.own.way.path, "/a");
}

static void test_help_ends_the_reading(void **state)
{
	char help[] = "--json --help --nonsense", version[] = "-fV --nonsense";
	struct reading reading;

	(void)state;
	read_words(&reading, help);
	assert_int_equal(reading.result, OPTION_HELP);
	assert_true(reading.common.json);
	read_words(&reading, version);
	assert_int_equal(reading.result, OPTION_VERSION);
	assert_true(reading.own.force);
}

static void test_descriptor(void **state)
{
	int open_one = fcntl(STDERR_FILENO, F_DUPFD, 3);
	char words[32], closed[32];
	struct reading reading;

	(void)state;
	assert_true(open_one >= 3);
	snprintf(words, sizeof(words), "--fd %d", open_one);
	snprintf(closed, sizeof(closed), "--fd %d", open_one);
	read_words(&reading, words);
	assert_int_equal(reading.result, OPTIONS_END);
	assert_int_equal(reading.common.descriptor, open_one);
	/* No program that is started gets it. */
	assert_true(fcntl(open_one, F_GETFD) & FD_CLOEXEC);
	close(open_one);
	read_words(&reading, closed);
	assert_int_equal(reading.result, OPTIONS_BAD);
	assert_non_null(strstr(error_text(&reading.err), "is not open"));
	assert_int_equal(reading.common.descriptor, 0);
	error_release(&reading.err);
}

static void test_stops_at_an_argument(void **state)
{
	char *argv[] = {(char *)"program", (char *)"--json", (char *)"upgrade", (char *)"--force"};
	struct common common = {0};
	CLEANUP(error_release) struct error err = {0};
	struct option_pass pass = {.argc = 4,
		.argv = argv,
		.everywhere = common_options,
		.settings = &common,
		.stop_at_argument = true};

	(void)state;
	assert_int_equal(option_table_read(&pass, &err), OPTIONS_END);
	assert_true(common.json);
	assert_int_equal(pass.position, 2);
}

static void test_help_in_the_order_of_groups(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	option_table_print_help(stream, &(const struct options_page){.usage = "program"},
		own_groups, common_options);
	fclose(stream);
	assert_string_equal(text, "usage: program\n"
				  "\n"
				  "Options:\n"
				  "  -f, --force                    do\n"
				  "      --add N                    more\n"
				  "  -p, --path PATH                where\n"
				  "      --choice left|right|none   which\n"
				  "\n"
				  "Everywhere:\n"
				  "      --json                     so\n"
				  "      --fd N                     from\n"
				  "  -h, --help                     this\n"
				  "  -V, --version                  that\n");
}

/* The shared groups' own structs: every field of a run's wishes gets what is meant for it. */
static void test_wishes_of_an_upgrade(void **state)
{
	char *argv[] = {(char *)"upgrade", (char *)"-y", (char *)"--previous=old",
		(char *)"--on-failure=rollback", (char *)"--rehearse", (char *)"--keyring=keys",
		(char *)"--ed25519-key=key", (char *)"--require-signatures",
		(char *)"--window=always", (char *)"--pause-after=node1",
		(char *)"--pause-after=node2", (char *)"--approve"};
	struct run_wishes wishes = {0};
	struct common common = {0};
	CLEANUP(error_release) struct error err = {0};
	struct option_pass pass = {.argc = sizeof(argv) / sizeof(argv[0]),
		.argv = argv,
		.groups = command_upgrade.groups,
		.own = &wishes,
		.everywhere = common_options,
		.settings = &common};

	(void)state;
	assert_int_equal(command_upgrade.own_size, sizeof(wishes));
	assert_int_equal(option_table_read(&pass, &err), OPTIONS_END);
	assert_true(wishes.confirmed);
	assert_string_equal(wishes.previous, "old");
	assert_int_equal(wishes.on_failure, ON_FAILURE_ROLLBACK);
	assert_true(wishes.rehearse);
	assert_string_equal(wishes.signatures.keyring, "keys");
	assert_string_equal(wishes.signatures.ed25519_key, "key");
	assert_true(wishes.signatures.required);
	assert_int_equal(wishes.gates.window_count, 1);
	assert_int_equal(wishes.gates.pause_count, 2);
	assert_string_equal(wishes.gates.pauses[1], "node2");
	assert_true(wishes.gates.approve);
	assert_int_equal(wishes.waivers.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fills_in_at_the_offsets),
		cmocka_unit_test(test_same_group_elsewhere),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_filled_in_before_the_bad_one),
		cmocka_unit_test(test_abbreviated),
		cmocka_unit_test(test_help_ends_the_reading),
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_stops_at_an_argument),
		cmocka_unit_test(test_help_in_the_order_of_groups),
		cmocka_unit_test(test_wishes_of_an_upgrade),
	};

	return cmocka_run_group_tests_name("option_table", tests, NULL, NULL);
}
