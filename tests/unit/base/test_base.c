/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base: errors, text, numbers, durations, vectors, files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

/* So many more requests for memory are granted; -1: all. */
static int grants = -1;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	if (grants == 0)
		return NULL;
	if (grants > 0)
		grants--;
	return __real_malloc(size);
}

static void an_error_without_memory_keeps_its_number_and_says_so(void **state)
{
	static const char why[] = "out of memory, while telling of something that went wrong";
	CLEANUP(error_release) struct error err = {0};
	CLEANUP(error_release) struct error other = {0};

	(void)state;
	error_set(&err, EINVAL, "what was said before is released");
	grants = 0;
	assert_int_equal(error_set(&err, ENOSPC, "%s", "/x"), -ENOSPC);
	assert_string_equal(error_text(&err), why);
	assert_true(error_is_set(&err));
	/* What is nobody's is neither changed nor freed by whoever has it, again or elsewhere. */
	assert_int_equal(error_system(&err, EIO, "/x"), -EIO);
	assert_int_equal(error_prefix(&err, "node1"), -EIO);
	assert_int_equal(error_copy(&other, &err), -EIO);
	assert_string_equal(error_text(&other), why);
	assert_int_equal(error_move(&other, &err), -EIO);
	assert_string_equal(error_text(&other), why);
	assert_false(error_is_set(&err));
	error_release(&other);
	assert_false(error_is_set(&other));
	assert_int_equal(error_set(&err, EIO, "again"), -EIO);
	grants = -1;
	/* There is memory again: then it is a text like any other. */
	assert_int_equal(error_prefix(&err, "node1"), -EIO);
	assert_string_equal(error_text(&err),
		"node1: out of memory, while telling of something that went wrong");
	error_release(&err);
	grants = 1;
	assert_int_equal(error_set(&err, EPERM, "one that fits"), -EPERM);
	assert_string_equal(error_text(&err), "one that fits");
	assert_int_equal(error_prefix(&err, "web1"), -EPERM);
	assert_string_equal(error_text(&err), why);
	grants = -1;
}

static void errors_say_who_and_why(void **state)
{
	CLEANUP(error_release) struct error err = {0};
	CLEANUP(error_release) struct error other = {0};
	static char large[3 * ERROR_TEXT_MAX];

	(void)state;
	assert_int_equal(error_set(&err, EINVAL, "port '%s'", "x"), -EINVAL);
	assert_string_equal(error_text(&err), "port 'x'");
	assert_int_equal(error_prefix(&err, "a.conf:%d", 3), -EINVAL);
	assert_string_equal(error_text(&err), "a.conf:3: port 'x'");
	assert_int_equal(error_system(&err, ENOENT, "/x"), -ENOENT);
	assert_string_equal(error_text(&err), "/x: No such file or directory");
	/* What it says may be part of what it is to say. */
	assert_int_equal(error_set(&err, EIO, "%s, %s", error_text(&err), error_text(&err)), -EIO);
	assert_string_equal(
		error_text(&err), "/x: No such file or directory, /x: No such file or directory");
	assert_int_equal(error_prefix(&err, "(%.2s)", error_text(&err)), -EIO);
	assert_true(text_starts_with(error_text(&err), "(/x): /x: No"));
	assert_int_equal(error_set(NULL, EIO, "nobody listens"), -EIO);
	assert_int_equal(error_prefix(NULL, "nobody"), -EIO);
	assert_string_equal(error_text(NULL), "");
	assert_false(error_is_set(NULL));
	error_release(NULL);

	error_release(&err);
	assert_string_equal(error_text(&err), "");
	assert_false(error_is_set(&err));
	assert_int_equal(err.number, 0);
	error_set(&err, EPERM, "no");
	error_set(&other, EIO, "something else");
	assert_int_equal(error_copy(&other, &err), -EPERM);
	assert_string_equal(error_text(&other), "no");
	assert_true(error_is_set(&err));
	error_prefix(&other, "other");
	assert_int_equal(error_move(&err, &other), -EPERM);
	assert_string_equal(error_text(&err), "other: no");
	assert_false(error_is_set(&other));
	assert_int_equal(error_move(&err, &err), -EPERM);
	assert_string_equal(error_text(&err), "other: no");
	assert_int_equal(error_copy(&err, &other), 0);
	assert_false(error_is_set(&err));
	error_set(&err, EPERM, "no");
	assert_int_equal(error_move(NULL, &err), -EPERM);
	assert_false(error_is_set(&err));

	memset(large, 'a', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	error_set(&err, EIO, "%s", large);
	assert_int_equal(strlen(error_text(&err)), ERROR_TEXT_MAX);
	error_system(&err, EIO, "%s", large);
	error_prefix(&err, "%s", large);
	assert_int_equal(strlen(error_text(&err)), ERROR_TEXT_MAX);
}

static void text_grows(void **state)
{
	CLEANUP(cleanup_text) struct text text = {0};
	CLEANUP(cleanup_free) char *taken = NULL;
	size_t i;

	(void)state;
	assert_string_equal(text_string(&text), "");
	for (i = 0; i < 1000; i++)
		text_appendf(&text, "%zu,", i % 10);
	assert_int_equal(text.length, 2000);
	assert_memory_equal(text.data + 1990, "5,6,7,8,9,", 11);
	taken = text_take(&text);
	assert_int_equal(strlen(taken), 2000);
	assert_null(text.data);
}

static void text_is_shown_printable(void **state)
{
	char buffer[64], tiny[6], trimmed[] = " \t a b\n";

	(void)state;
	assert_string_equal(text_printable(buffer, sizeof(buffer), "plain"), "plain");
	assert_string_equal(
		text_printable(buffer, sizeof(buffer), "a\033[31m\n"), "a\\x1b[31m\\x0a");
	assert_string_equal(
		text_printable(buffer, sizeof(buffer), "\xe3\x83\x8e\xff"), "\xe3\x83\x8e\\xff");
	/* Overlong, surrogate, beyond Unicode, C1 control. */
	assert_string_equal(text_printable(buffer, sizeof(buffer), "\xc0\xaf"), "\\xc0\\xaf");
	assert_string_equal(
		text_printable(buffer, sizeof(buffer), "\xed\xa0\x80"), "\\xed\\xa0\\x80");
	assert_string_equal(text_printable(buffer, sizeof(buffer), "\xc2\x9b"), "\\xc2\\x9b");
	/* Never half a sequence. */
	assert_string_equal(text_printable(tiny, sizeof(tiny), "abc\001"), "abc");
	CLEANUP(cleanup_free)
	char *lines = text_printable_lines("a\033[2J\r\n\tb \xe3\x83\x8e\xff\xc2\x9b\n");

	assert_string_equal(lines, "a\\x1b[2J\\x0d\n\tb \xe3\x83\x8e\\xff\\xc2\\x9b\n");
	assert_string_equal(text_trim(trimmed), "a b");
	assert_true(text_equal(NULL, NULL));
	assert_false(text_equal("a", NULL));
	assert_true(text_ends_with("a.rpm", ".rpm"));
	assert_false(text_ends_with("m", ".rpm"));
}

static void numbers_are_read_strictly(void **state)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "0x10", "1e3", "11",
		"18446744073709551616", "9999999999999999999999"};
	CLEANUP(error_release) struct error err = {0};
	uint64_t number = 77;
	size_t i;

	(void)state;
	assert_int_equal(number_parse("10", "port", 1, 10, &number, &err), 0);
	assert_int_equal(number, 10);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(number_parse(bad[i], "port", 1, 10, &number, &err), -EINVAL);
		assert_int_equal(number, 10);
	}
	number_parse("eleven", "port", 1, 10, &number, &err);
	assert_string_equal(error_text(&err), "port: 'eleven' is not a whole number from 1 to 10");
}

static void durations_are_read_as_ha_cf_writes_them(void **state)
{
	static const struct {
		const char *words;
		uint64_t ms;
	} good[] = {{"2", 2000}, {"500ms", 500}, {"1.5", 1500}, {"2s", 2000}, {"5m", 300000},
		{"1h", 3600000}, {"1500us", 2}, {"0.25s", 250}, {"0", 0}};
	static const char *const bad[] = {"", "ms", "1.", ".5", "1.5.5", "1 s", "-1", "1x",
		"1.0000001", "99999999999999h", "2h"};
	CLEANUP(error_release) struct error err = {0};
	uint64_t ms = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(
			number_parse_duration(good[i].words, "t", 0, 3600000, &ms, &err), 0);
		assert_int_equal(ms, good[i].ms);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			number_parse_duration(bad[i], "t", 0, 3600000, &ms, &err), -EINVAL);
	number_parse_duration("2h", "deadtime", 1, 3600000, &ms, &err);
	assert_string_equal(error_text(&err),
		"deadtime: '2h' is not a time from 1ms to 3600000ms (write it as 2, 1.5, 500ms, 5m)");
}

static void vectors_grow_zeroed(void **state)
{
	CLEANUP(cleanup_free) int *items = NULL;
	size_t count = 0, i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		int *item = VECTOR_APPEND(items, count);

		assert_int_equal(*item, 0);
		*item = (int)i;
	}
	for (i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
}

static void files_are_replaced_whole(void **state)
{
	char folder[] = "/tmp/test_base.XXXXXX";
	CLEANUP(cleanup_free) char *path = NULL, *deep = NULL, *content = NULL;
	CLEANUP(cleanup_close) int full = -1;
	CLEANUP(error_release) struct error err = {0};
	struct stat status;
	size_t length;

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = text_format("%s/file", folder);
	deep = text_format("%s/a/b/c", folder);
	assert_int_equal(file_write(path, "one", 3, 0600, &err), 0);
	assert_int_equal(file_write(path, "two\0x", 5, 0640, &err), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(file_read(path, 5, &content, &length, &err), 0);
	assert_int_equal(length, 5);
	assert_memory_equal(content, "two\0x", 6);

	assert_int_equal(file_read(path, 4, &content, &length, &err), -EFBIG);
	assert_non_null(strstr(error_text(&err), "larger than the limit of 4 bytes"));
	assert_int_equal(file_read(folder, 4, &content, &length, &err), -EINVAL);
	assert_int_equal(file_read(deep, 4, &content, &length, &err), -ENOENT);
	assert_int_equal(file_write(deep, "x", 1, 0600, &err), -ENOENT);

	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(full >= 0);
	assert_int_equal(file_write_all(full, "", 0), 0);
	assert_int_equal(file_write_all(full, "x", 1), -ENOSPC);

	assert_int_equal(file_make_folders(deep, 0700, &err), 0);
	assert_int_equal(file_make_folders(deep, 0700, &err), 0);
	assert_int_equal(file_make_folders(path, 0700, &err), -ENOTDIR);
	unlink(path);
	rmdir(deep);
	deep[strlen(deep) - 2] = '\0';
	rmdir(deep);
	deep[strlen(deep) - 2] = '\0';
	rmdir(deep);
	/* Nothing else, no temporary file, may be left. */
	assert_int_equal(rmdir(folder), 0);
}

static void stamps_have_milliseconds(void **state)
{
	char buffer[32];

	(void)state;
	assert_string_equal(
		clock_format(buffer, sizeof(buffer), 1769862896789000), "2026-01-31T12:34:56.789Z");
	assert_true(clock_monotonic_us() <= clock_monotonic_us());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_say_who_and_why),
		cmocka_unit_test(an_error_without_memory_keeps_its_number_and_says_so),
		cmocka_unit_test(text_grows),
		cmocka_unit_test(text_is_shown_printable),
		cmocka_unit_test(numbers_are_read_strictly),
		cmocka_unit_test(durations_are_read_as_ha_cf_writes_them),
		cmocka_unit_test(vectors_grow_zeroed),
		cmocka_unit_test(files_are_replaced_whole),
		cmocka_unit_test(stamps_have_milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
