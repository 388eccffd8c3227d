/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of the administrator's: what they are given, what is kept, and how they are ended. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/program/child.h"

static struct child_end ended;
static struct error err;

/* Runs a script by sh with that input; child_run's result. */
static int run(const char *script, const char *input, uint64_t timeout_ms,
	const volatile sig_atomic_t *cancel)
{
	static const char *const more[] = {"HAUPGRADE_RUN=7", NULL};
	CLEANUP(cleanup_free) char *words = text_copy(script);
	char shell[] = "/bin/sh", option[] = "-c";
	char *argv[] = {shell, option, words, NULL};

	child_end_clear(&ended);
	error_release(&err);
	return child_run(&(struct child_job){.argv = argv,
				 .input = input,
				 .length = strlen(input),
				 .environment = more,
				 .timeout_ms = timeout_ms,
				 .cancel = cancel},
		&ended, &err);
}

static int teardown(void **state)
{
	(void)state;
	child_end_clear(&ended);
	return 0;
}

static void test_input_and_output(void **state)
{
	(void)state;
	assert_int_equal(run("cat; echo two >&2; pwd", "one\n", 20000, NULL), 0);
	assert_string_equal(ended.output, "one\ntwo\n/\n");
	/* One that does not read its input, and one without any. */
	assert_int_equal(run("exit 0", "not read", 20000, NULL), 0);
	assert_string_equal(ended.output, "");
	assert_int_equal(run("cat; printf 'a\\0b'", "", 20000, NULL), 0);
	assert_string_equal(ended.output, "a?b");
}

/* A tool that acts for us: found in PATH, in our folder, its complaints by themselves. */
static void test_as_we(void **state)
{
	char shell[] = "sh", option[] = "-c",
	     words[] = "echo \"$HAUPGRADE_TEST\"; pwd; echo oh >&2; exit 3";
	char *argv[] = {shell, option, words, NULL};
	CLEANUP(cleanup_free) char *here = getcwd(NULL, 0);
	CLEANUP(cleanup_free) char *expected = text_format("ours\n%s\n", here);
	int result;

	(void)state;
	assert_int_equal(setenv("HAUPGRADE_TEST", "ours", 1), 0);
	child_end_clear(&ended);
	error_release(&err);
	result = child_run(
		&(struct child_job){.argv = argv, .input = "", .as_we = true, .timeout_ms = 20000},
		&ended, &err);
	unsetenv("HAUPGRADE_TEST");
	assert_int_equal(result, -ECHILD);
	assert_string_equal(ended.output, expected);
	assert_string_equal(ended.errors, "oh\n");
}

/* Where nobody can learn how it ended, that is not taken for good. */
static void test_nobody_knows_how_it_ended(void **state)
{
	void (*before)(int) = signal(SIGCHLD, SIG_IGN);
	int result = run("exit 0", "", 20000, NULL);

	(void)state;
	signal(SIGCHLD, before);
	assert_int_equal(result, -ECHILD);
	assert_non_null(strstr(error_text(&err), "/bin/sh: cannot learn how it ended"));
}

static void test_much_output(void **state)
{
	(void)state;
	assert_int_equal(run("head -c 300000 /dev/zero | tr '\\0' x", "", 20000, NULL), 0);
	assert_int_equal(strlen(ended.output), CHILD_OUTPUT_MAX);
	/* Without end, and faster than it is read. */
	assert_int_equal(run("yes & exec yes", "", 300, NULL), -ETIMEDOUT);
	assert_int_equal(strlen(ended.output), CHILD_OUTPUT_MAX);
}

static void test_environment_and_descriptors(void **state)
{
	int open_one = open("/dev/null", O_RDONLY);

	(void)state;
	assert_true(open_one > 2);
	setenv("PASSWORD_OF_SOMETHING", "secret", 1);
	setenv("LANG", "C", 1);
	assert_int_equal(run("env; ls /proc/self/fd | wc -l", "", 20000, NULL), 0);
	assert_non_null(strstr(ended.output, "HAUPGRADE_RUN=7\n"));
	assert_non_null(strstr(ended.output, "LANG=C\n"));
	assert_null(strstr(ended.output, "secret"));
	/* Three, and the folder that ls reads. */
	assert_true(text_ends_with(ended.output, "\n4\n"));
	close(open_one);
}

static void test_failures(void **state)
{
	char missing[] = "/no/such/hook";
	char *argv[] = {missing, NULL};

	(void)state;
	assert_int_equal(
		run("echo first; echo it is broken; echo; exit 3", "", 20000, NULL), -ECHILD);
	assert_string_equal(error_text(&err), "/bin/sh: exit status 3: it is broken");
	assert_int_equal(run("kill -9 $$", "", 20000, NULL), -ECHILD);
	assert_string_equal(error_text(&err), "/bin/sh: ended by signal 9");
	child_end_clear(&ended);
	assert_int_equal(
		child_run(&(struct child_job){.argv = argv, .timeout_ms = 1000}, &ended, &err),
		-ENOENT);
	assert_string_equal(
		error_text(&err), "/no/such/hook: cannot run it: No such file or directory");
	assert_string_equal(ended.output, "");
}

/* The number after "pid=" in what it said. */
static pid_t said_pid(void)
{
	const char *said = strstr(ended.output, "pid=");

	assert_non_null(said);
	return (pid_t)strtol(said + 4, NULL, 10);
}

/* Nothing is left of it but, where nobody collects orphans, its number. */
static bool has_ended(pid_t pid)
{
	CLEANUP(cleanup_free) char *path = text_format("/proc/%d/stat", pid);
	char line[256] = "";
	FILE *stat = fopen(path, "re");

	if (!stat)
		return true;
	if (!fgets(line, sizeof(line), stat))
		line[0] = '\0';
	fclose(stat);
	return strstr(line, ") Z ") || strstr(line, ") X ");
}

static void expect_ended(pid_t pid)
{
	uint64_t deadline_ms = clock_monotonic_ms() + 20000;

	while (!has_ended(pid) && clock_monotonic_ms() < deadline_ms)
		sched_yield();
	assert_true(has_ended(pid));
}

static void test_deadline_ends_the_group(void **state)
{
	(void)state;
	assert_int_equal(run("sleep 1000 & echo pid=$!; wait", "", 300, NULL), -ETIMEDOUT);
	assert_string_equal(error_text(&err), "/bin/sh: not done within its deadline of 0.3 s");
	expect_ended(said_pid());
	/* One that does not listen. */
	assert_int_equal(run("trap '' TERM; sleep 1000 & echo pid=$!; wait; wait; sleep 1000", "",
				 100, NULL),
		-ETIMEDOUT);
	expect_ended(said_pid());
}

static void test_what_it_leaves_behind(void **state)
{
	pid_t left;

	(void)state;
	/* A program may start a service; its hold on the output is not waited for. */
	assert_int_equal(run("sleep 1000 & echo pid=$!", "", 20000, NULL), 0);
	left = said_pid();
	assert_int_equal(kill(left, SIGKILL), 0);
	assert_true(ended.elapsed_ms < 20000);
}

static void test_cancel(void **state)
{
	volatile sig_atomic_t cancel = SIGINT;

	(void)state;
	assert_int_equal(run("sleep 1000", "", 1000000, &cancel), -EINTR);
	assert_string_equal(error_text(&err),
		"/bin/sh: ended before it was done, as haupgrade was told to stop");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_input_and_output, teardown),
		cmocka_unit_test_teardown(test_as_we, teardown),
		cmocka_unit_test_teardown(test_nobody_knows_how_it_ended, teardown),
		cmocka_unit_test_teardown(test_much_output, teardown),
		cmocka_unit_test_teardown(test_environment_and_descriptors, teardown),
		cmocka_unit_test_teardown(test_failures, teardown),
		cmocka_unit_test_teardown(test_deadline_ends_the_group, teardown),
		cmocka_unit_test_teardown(test_what_it_leaves_behind, teardown),
		cmocka_unit_test_teardown(test_cancel, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
