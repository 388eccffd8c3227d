/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Journal files that are newer, foreign or damaged: refused with the reason, never overwritten. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/journal/journal.h"
#include "tests/unit/journal/journal_fixture.h"

static void expect_not_opened(const char *folder, int number, const char *text)
{
	struct journal *journal = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(journal_open(folder, &journal, &err), -number);
	assert_null(journal);
	if (!strstr(error_text(&err), text))
		fail_msg("no \"%s\" in: %s", text, error_text(&err));
}

static void test_newer_format(void **state)
{
	journal_free(journal_fixture_open(*state));
	journal_fixture_alter(*state, "PRAGMA user_version = 3");
	expect_not_opened(*state, EPROTONOSUPPORT,
		"/journal.db: written by a newer haupgrade (format 3, this one knows up to 2); use that haupgrade, or a newer one");
}

static void put(const char *folder, const char *bytes, size_t length)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", folder);

	assert_int_equal(file_write(path, bytes, length, 0600, NULL), 0);
}

static void test_foreign_file(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", (char *)*state);
	CLEANUP(cleanup_free) char *before = NULL;
	CLEANUP(cleanup_free) char *after = NULL;
	size_t length, length_after;
	char words[5000];

	memset(words, 'z', sizeof(words));
	put(*state, words, sizeof(words));
	expect_not_opened(*state, EUCLEAN, "file is not a database. Move the file away to start");
	assert_int_equal(unlink(path), 0);
	journal_fixture_alter(*state, "CREATE TABLE theirs (x)");
	assert_int_equal(file_read(path, 1 << 20, &before, &length, NULL), 0);
	expect_not_opened(*state, EUCLEAN,
		"this is a database of another program, no journal of haupgrade; move it away");
	assert_int_equal(file_read(path, 1 << 20, &after, &length_after, NULL), 0);
	assert_int_equal(length, length_after);
	assert_memory_equal(before, after, length);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	expect_not_opened(*state, EUCLEAN, "/journal.db: not a regular file");
}

/* Every page but the first is overwritten: an error wherever it is found, never a crash. */
static void test_damaged_file(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", (char *)*state);
	CLEANUP(cleanup_free) char *bytes = NULL;
	struct journal *journal = journal_fixture_open(*state);
	struct journal_record record = {0};
	CLEANUP(error_release) struct error err = {0};
	size_t length;
	int result;

	journal_fixture_add(journal, journal_fixture_begin(journal), 0, JOURNAL_INTENDED, "x");
	journal_free(journal);
	assert_int_equal(file_read(path, 1 << 20, &bytes, &length, NULL), 0);
	assert_true(length > 8192);
	memset(bytes + 4096, 0xa5, length - 4096);
	put(*state, bytes, length);
	journal = NULL;
	result = journal_open(*state, &journal, &err);
	if (result == 0)
		result = journal_run_load(journal, 0, NULL, &record, &err);
	assert_int_equal(result, -EUCLEAN);
	assert_non_null(
		strstr(error_text(&err), "database disk image is malformed. Move the file away"));
	journal_free(journal);
	/* Cut short as by a bad copy. */
	put(*state, bytes, 5000);
	journal = NULL;
	result = journal_open(*state, &journal, &err);
	if (result == 0)
		result = journal_run_load(journal, 0, NULL, &record, &err);
	assert_int_equal(result, -EUCLEAN);
	journal_free(journal);
}

/* Each single byte of a small journal turned over: no crash, and never a silent wrong run. */
static void test_each_byte_damaged(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", (char *)*state);
	CLEANUP(cleanup_free) char *bytes = NULL;
	struct journal *journal = journal_fixture_open(*state);
	size_t length;

	journal_fixture_add(journal, journal_fixture_begin(journal), 0, JOURNAL_INTENDED, "x");
	journal_free(journal);
	assert_int_equal(file_read(path, 1 << 20, &bytes, &length, NULL), 0);
	for (size_t place = 0; place < length; place += 37) {
		struct journal_record record = {0};

		bytes[place] = (char)~bytes[place];
		int file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

		assert_int_equal(write(file, bytes, length), length);
		close(file);
		journal = NULL;
		if (journal_open(*state, &journal, NULL) == 0)
			(void)journal_run_load(journal, 0, NULL, &record, NULL);
		journal_record_clear(&record);
		journal_free(journal);
		bytes[place] = (char)~bytes[place];
	}
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, journal_fixture_folder, journal_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_newer_format),
		TEST(test_foreign_file),
		TEST(test_damaged_file),
		TEST(test_each_byte_damaged),
	};

	return cmocka_run_group_tests_name("journal damage", tests, NULL, NULL);
}
