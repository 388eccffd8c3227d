/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each message of librpm that is read, provoked from the installed librpm by its own rpmkeys. Not
 * NOTTRUSTED: no key that rpm imports brings it about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/program/child.h"
#include "orchestrator/bundle/librpm_words.h"
#include "tests/unit/bundle/package_fixture.h"

static char *folder, *database, *plain, *known, *unknown;
static const char *missing;

static int setup(void **state)
{
	(void)state;
	folder = package_fixture_begin();
	database = text_format("%s/db", folder);
	missing = package_fixture_missing();
	if (!missing) {
		plain = package_fixture_build(folder, "plain", 0, "1.0", "1");
		known = package_fixture_build(folder, "known", 0, "1.0", "1");
		unknown = package_fixture_build(folder, "unknown", 0, "1.0", "1");
		missing = package_fixture_sign(folder, known, "known@example", true);
	}
	if (!missing)
		missing = package_fixture_sign(folder, unknown, "unknown@example", false);
	if (missing)
		print_message("not tested: %s\n", missing);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(database);
	free(plain);
	free(known);
	free(unknown);
	package_fixture_end(folder);
	return 0;
}

/* What rpmkeys -Kv says of a package. */
struct said {
	unsigned words[LIBRPM_WORDS_FAILED_ALT + 1]; /* how many lines */
	enum package_signature signature;	     /* the last one told */
	size_t key_length;
	char *all;
};

static void said_clear(struct said *said)
{
	free(said->all);
}

/* demand: what a package must have, as rpm's %_pkgverify_level. */
static void ask(const char *path, const char *demand, struct said *said)
{
	CLEANUP(cleanup_free) char *level = text_format("_pkgverify_level %s", demand);
	char *argv[] = {(char[]){"rpmkeys"}, (char[]){"--dbpath"}, database, (char[]){"--define"},
		level, (char[]){"-Kv"}, (char *)(uintptr_t)path, NULL};
	CLEANUP(cleanup_child_end) struct child_end end = {0};
	CLEANUP(cleanup_free) char *copy = NULL;
	char *rest, *line;

	child_run(
		&(struct child_job){.argv = argv, .input = "", .as_we = true, .timeout_ms = 60000},
		&end, NULL);
	said->all = text_copy(end.output);
	copy = text_copy(end.output);
	rest = copy;
	while ((line = strsep(&rest, "\n"))) {
		const char *key = NULL;
		size_t length = 0;
		enum package_signature signature =
			librpm_words_signature(text_trim(line), &key, &length);

		said->words[librpm_words_read(text_trim(line))]++;
		if (signature != PACKAGE_SIGNATURE_NONE) {
			said->signature = signature;
			said->key_length = length;
		}
	}
}

static void expect(const struct said *said, bool right)
{
	if (!right)
		fail_msg("rpmkeys said: %s", said->all);
}

static void test_signatures(void **state)
{
	CLEANUP(said_clear) struct said by_known = {0};
	CLEANUP(said_clear) struct said by_unknown = {0};

	(void)state;
	if (missing)
		skip();
	ask(known, "digest", &by_known);
	expect(&by_known, by_known.signature == PACKAGE_SIGNATURE_OK && by_known.key_length >= 8);
	expect(&by_known, !by_known.words[LIBRPM_WORDS_FAILED]);
	ask(unknown, "digest", &by_unknown);
	expect(&by_unknown, by_unknown.signature == PACKAGE_SIGNATURE_UNKNOWN_KEY);
	expect(&by_unknown, by_unknown.key_length >= 8 && !by_unknown.words[LIBRPM_WORDS_FAILED]);
}

static void test_a_signature_that_is_missing(void **state)
{
	CLEANUP(said_clear) struct said said = {0};

	(void)state;
	if (missing)
		skip();
	ask(plain, "all", &said);
	expect(&said, said.signature == PACKAGE_SIGNATURE_NONE);
	expect(&said, strstr(said.all, ": NOTFOUND") && said.words[LIBRPM_WORDS_FAILED]);
}

static void test_a_payload_that_is_damaged(void **state)
{
	CLEANUP(cleanup_free) char *changed = text_format("%s/changed.rpm", folder);
	CLEANUP(cleanup_free) char *bytes = NULL;
	CLEANUP(said_clear) struct said said = {0};
	size_t length;

	(void)state;
	if (missing)
		skip();
	assert_int_equal(file_read(known, 1 << 20, &bytes, &length, NULL), 0);
	bytes[length - 1] ^= 1;
	assert_int_equal(file_write(changed, bytes, length, 0600, NULL), 0);
	ask(changed, "digest", &said);
	expect(&said, strstr(said.all, ": BAD") && said.words[LIBRPM_WORDS_FAILED]);
	expect(&said, said.words[LIBRPM_WORDS_FAILED_ALT]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_a_signature_that_is_missing),
		cmocka_unit_test(test_a_payload_that_is_damaged),
	};

	return cmocka_run_group_tests_name("librpm_words", tests, setup, teardown);
}
