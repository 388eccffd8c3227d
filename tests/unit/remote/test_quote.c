/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quoted command lines, read back by the real shell. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/remote/quote.h"

static const char *const print_words[] = {"printf", "%s\\0"};

static void expect_line(const char *const *argv, size_t count, const char *expected)
{
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(quote_argv(argv, count, &line, &err), 0);
	assert_string_equal(line, expected);
}

static void test_known_lines(void **state)
{
	(void)state;
	expect_line((const char *const[]){"rpm", "-q", "a b"}, 3, "'rpm' '-q' 'a b'");
	expect_line((const char *const[]){"echo", "it's", ""}, 3, "'echo' 'it'\\''s' ''");
	expect_line((const char *const[]){"echo", "''"}, 2, "'echo' ''\\'''\\'''");
	expect_line((const char *const[]){"echo", "$(reboot) `x` \\ \n*"}, 2,
		"'echo' '$(reboot) `x` \\ \n*'");
}

static void test_script(void **state)
{
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(error_release) struct error err = {0};
	const char *const arguments[] = {"; reboot"};

	(void)state;
	assert_int_equal(quote_script("echo '$1' \"$1\"", arguments, 1, &line, &err), 0);
	assert_string_equal(line, "'sh' '-c' 'echo '\\''$1'\\'' \"$1\"' 'sh' '; reboot'");
	free(TAKE(line));
	assert_int_equal(quote_script("true", NULL, 0, &line, &err), 0);
	assert_string_equal(line, "'sh' '-c' 'true' 'sh'");
}

static void test_refused(void **state)
{
	CLEANUP(cleanup_free) char *longest = calloc(1, QUOTE_LINE_MAX + 2);
	char *line = NULL;
	CLEANUP(error_release) struct error err = {0};
	const char *argv[] = {"cat", longest};

	(void)state;
	assert_int_equal(quote_argv(NULL, 0, &line, &err), -EINVAL);
	assert_string_equal(error_text(&err), "there is no command to quote");
	assert_int_equal(quote_argv((const char *const[]){""}, 1, &line, &err), -EINVAL);
	memset(longest, 'x', QUOTE_LINE_MAX - strlen("'cat' ''") + 1);
	assert_int_equal(quote_argv(argv, 2, &line, &err), -E2BIG);
	assert_string_equal(error_text(&err),
		"the command cat with 2 words is longer than the 131071 bytes a remote shell takes; give it less at a time");
	assert_null(line);
	/* One byte less, and a real kernel takes it. */
	longest[strlen(longest) - 1] = '\0';
	argv[0] = "cut";
	assert_int_equal(quote_argv(argv, 2, &line, &err), 0);
	assert_int_equal(strlen(line), QUOTE_LINE_MAX);
	free(line);
}

/* Runs the line as sshd would and returns what it wrote. */
static char *run(const char *line, size_t *length)
{
	struct text output = {0};
	char buffer[4096];
	ssize_t count;
	int ends[2];
	pid_t child;
	int status;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(126);
	}
	close(ends[1]);
	while ((count = read(ends[0], buffer, sizeof(buffer))) > 0)
		text_append_bytes(&output, buffer, (size_t)count);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	*length = output.length;
	return text_take(&output);
}

static char *random_word(void)
{
	/* Half of all bytes are those that mean something to a shell. */
	static const char special[] = "'\"\\$`!*?[]{}()<>|&;#~=% \t\n\r-^\x01\x7f\xff\xc3";
	size_t length = (size_t)(random() % 24);
	char *word = calloc(1, length + 1);

	assert_non_null(word);
	for (size_t i = 0; i < length; i++)
		word[i] = random() % 2 ? special[(size_t)random() % (sizeof(special) - 1)]
				       : (char)(1 + random() % 255);
	return word;
}

enum { WORDS = 20 };

static void expect_round_trip(bool script)
{
	char *words[WORDS];
	const char *argv[2 + WORDS] = {print_words[0], print_words[1]};
	CLEANUP(cleanup_text) struct text expected = {0};
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(cleanup_free) char *said = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t length;

	for (size_t i = 0; i < WORDS; i++) {
		argv[2 + i] = words[i] = random_word();
		text_append_bytes(&expected, words[i], strlen(words[i]) + 1);
	}
	if (script)
		assert_int_equal(
			quote_script("printf '%s\\0' \"$@\"", argv + 2, WORDS, &line, &err), 0);
	else
		assert_int_equal(quote_argv(argv, 2 + WORDS, &line, &err), 0);
	said = run(line, &length);
	assert_int_equal(length, expected.length);
	assert_memory_equal(said, expected.data, length);
	for (size_t i = 0; i < WORDS; i++)
		free(words[i]);
}

static void test_shell_reads_back(void **state)
{
	const char *given = getenv("SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();

	(void)state;
	print_message("SEED=%u\n", seed);
	srandom(seed);
	for (int i = 0; i < 200; i++)
		expect_round_trip(i % 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_lines),
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_shell_reads_back),
	};

	return cmocka_run_group_tests_name("quote", tests, NULL, NULL);
}
