/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets: read from descriptors and from a terminal that shows nothing, in memory that is locked.
 */
#include "orchestrator/remote/secret.h"

#include <errno.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/text.h"

static int read_from(const char *bytes, size_t length, struct secret **secret, struct error *err)
{
	CLEANUP(cleanup_close) int file = memfd_create("test", MFD_CLOEXEC);
	const struct wait wait = wait_until(10000, NULL);

	assert_int_equal(write(file, bytes, length), (ssize_t)length);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	return secret_read(file, "--password-fd", &wait, secret, err);
}

static void test_read(void **state)
{
	char longest[SECRET_MAX + 1];
	struct secret *secret = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(read_from("one two\nthree\n", 14, &secret, &err), 0);
	assert_string_equal(secret_words(secret), "one two");
	assert_int_equal(secret_length(secret), 7);
	secret_free(secret);
	assert_int_equal(read_from("no newline", 10, &secret, &err), 0);
	assert_string_equal(secret_words(secret), "no newline");
	secret_free(secret);
	/* An empty one is one, too: sudo shall refuse it, not we. */
	assert_int_equal(read_from("\n", 1, &secret, &err), 0);
	assert_int_equal(secret_length(secret), 0);
	secret_free(secret);
	secret = NULL;
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(read_from(longest, SECRET_MAX, &secret, &err), 0);
	assert_int_equal(secret_length(secret), SECRET_MAX);
	secret_free(secret);
	secret = NULL;
	assert_int_equal(read_from(longest, SECRET_MAX + 1, &secret, &err), -E2BIG);
	assert_string_equal(
		error_text(&err), "more than 511 bytes without a newline came from --password-fd");
	assert_int_equal(read_from("", 0, &secret, &err), -ENODATA);
	assert_string_equal(error_text(&err), "nothing came from --password-fd");
	assert_int_equal(read_from("a\0b\n", 4, &secret, &err), -EINVAL);
	assert_string_equal(error_text(&err), "a zero byte came from --password-fd");
	assert_null(secret);
}

/* The flags of the mapping at that address, as the kernel has them. */
static char *flags_at(const void *address)
{
	CLEANUP(cleanup_fclose) FILE *maps = fopen("/proc/self/smaps", "re");
	char line[4096];
	bool inside = false;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long low, high;

		if (sscanf(line, "%lx-%lx ", &low, &high) == 2)
			inside = low <= (uintptr_t)address && (uintptr_t)address < high;
		else if (inside && text_starts_with(line, "VmFlags:"))
			return text_copy(line);
	}
	return text_copy("");
}

static void test_memory(void **state)
{
	struct secret *secret = NULL;
	CLEANUP(error_release) struct error err = {0};
	CLEANUP(cleanup_free) char *flags = NULL;
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(read_from("geheim\n", 7, &secret, &err), 0);
	flags = flags_at(secret_words(secret));
	/* proc(5): locked, not in core dumps, wiped on fork */
#ifndef __SANITIZE_ADDRESS__ /* which makes mlock() do nothing */
	assert_non_null(strstr(flags, " lo"));
#endif
	assert_non_null(strstr(flags, " dd"));
	assert_non_null(strstr(flags, " wf"));
	child = fork();
	if (child == 0)
		_exit(secret_words(secret)[0] != '\0');
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	secret_free(secret);
}

/* In a child with a terminal of its own: its exit status says how asking went. */
static void ask_in_child(void)
{
	const struct wait wait = wait_until(60000, NULL);
	struct secret *secret = NULL;
	CLEANUP(error_release) struct error err = {0};
	int result = secret_ask("Password: ", &wait, &secret, &err);

	if (result == 0 && strcmp(secret_words(secret), "geheim") == 0)
		_exit(0);
	_exit(1);
}

static void test_terminal(void **state)
{
	struct text shown = {0};
	struct termios after;
	int master, status;
	pid_t child = forkpty(&master, NULL, NULL, NULL);
	char byte;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		ask_in_child();
	/* The prompt comes when the echo is off. */
	while (!strstr(text_string(&shown), "Password: ")) {
		assert_int_equal(read(master, &byte, 1), 1);
		text_append_bytes(&shown, &byte, 1);
	}
	assert_int_equal(tcgetattr(master, &after), 0);
	assert_false(after.c_lflag & ECHO);
	assert_int_equal(write(master, "geheim\n", 7), 7);
	/* Until the child has ended; then a terminal's other end gives an error. */
	while (read(master, &byte, 1) == 1)
		text_append_bytes(&shown, &byte, 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_null(strstr(text_string(&shown), "geheim"));
	close(master);
	text_clear(&shown);
}

static void test_no_terminal(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		const struct wait wait = wait_until(60000, NULL);
		struct secret *secret = NULL;
		CLEANUP(error_release) struct error err = {0};

		setsid();
		_exit(secret_ask("Password: ", &wait, &secret, &err) != -ENOTTY ||
			strcmp(error_text(&err), "there is no terminal to ask on") != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_cancel(void **state)
{
	const volatile sig_atomic_t cancel = 1;
	const struct wait wait = wait_until(60000, &cancel);
	struct secret *secret = NULL;
	CLEANUP(error_release) struct error err = {0};
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(secret_read(ends[0], "--password-fd", &wait, &secret, &err), -ECANCELED);
	assert_string_equal(error_text(&err), "cancelled while waiting for --password-fd");
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_no_terminal),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
