/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One haupgrade at a time works on a cluster. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/journal/lock.h"
#include "tests/unit/journal/journal_fixture.h"

static void test_lock(void **state)
{
	CLEANUP(cleanup_lock) struct lock *lock = NULL;
	CLEANUP(cleanup_lock) struct lock *other = NULL;
	CLEANUP(cleanup_free) char *expected = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(lock_take(*state, "shop", &lock, &err), 0);
	assert_int_equal(lock_take(*state, "shop", &other, &err), -EBUSY);
	expected = text_format(
		"another haupgrade, process %d works on cluster shop (lock %s/shop.lock); wait until it has ended",
		(int)getpid(), (char *)*state);
	assert_string_equal(error_text(&err), expected);
	assert_int_equal(lock_holder(*state, "shop").process, getpid());
	assert_int_equal(lock_holder(*state, "shop").run_id, 0);
	lock_name_run(lock, 7);
	assert_int_equal(lock_holder(*state, "shop").process, getpid());
	assert_int_equal(lock_holder(*state, "shop").run_id, 7);
	assert_int_equal(lock_take(*state, "shop", &other, &err), -EBUSY);
	assert_string_equal(error_text(&err), expected);
	assert_int_equal(lock_holder(*state, "mail").process, 0);
	assert_int_equal(lock_take(*state, "mail", &other, &err), 0);
	lock_free(TAKE(lock));
	assert_int_equal(lock_take(*state, "shop", &lock, &err), 0);
	assert_int_equal(lock_holder(*state, "shop").run_id, 0);
	lock_free(NULL);
}

static void test_lock_dies_with_its_process(void **state)
{
	CLEANUP(cleanup_lock) struct lock *lock = NULL;
	CLEANUP(error_release) struct error err = {0};
	int ends[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct lock *held = NULL;

		if (lock_take(*state, "shop", &held, NULL) < 0)
			_exit(1);
		(void)!write(ends[1], "x", 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(lock_take(*state, "shop", &lock, &err), -EBUSY);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(lock_take(*state, "shop", &lock, &err), 0);
	close(ends[0]);
	close(ends[1]);
}

static void test_lock_names(void **state)
{
	static const char *const bad[] = {"", "../x", ".x", "a/b", "a b",
		"12345678901234567890123456789012345678901234567890123456789012345"};
	struct lock *lock = NULL;
	CLEANUP(error_release) struct error err = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(lock_take(*state, bad[i], &lock, &err), -EINVAL);
	assert_int_equal(lock_take(*state, "a/b", &lock, &err), -EINVAL);
	assert_string_equal(error_text(&err),
		"cluster name \"a/b\": use 1 to 64 letters, digits, '.', '_' and '-', not '.' first");
	assert_null(lock);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, journal_fixture_folder, journal_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lock),
		TEST(test_lock_dies_with_its_process),
		TEST(test_lock_names),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
