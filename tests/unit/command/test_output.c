/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user sees: words of nodes and files do not steer the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "orchestrator/command/output.h"

static struct screen *screen;
static struct output_queue *queue;
static const struct settings settings = {.screen = &screen, .queue = &queue};

/* What act prints on both streams, in text. */
static void print(void (*act)(void), char *text, size_t size)
{
	int before[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)}, pipe_ends[2];
	ssize_t length;

	fflush(stdout);
	assert_int_equal(pipe(pipe_ends), 0);
	dup2(pipe_ends[1], STDOUT_FILENO);
	dup2(pipe_ends[1], STDERR_FILENO);
	act();
	fflush(stdout);
	dup2(before[0], STDOUT_FILENO);
	dup2(before[1], STDERR_FILENO);
	close(before[0]);
	close(before[1]);
	close(pipe_ends[1]);
	length = read(pipe_ends[0], text, size - 1);
	close(pipe_ends[0]);
	text[length > 0 ? length : 0] = '\0';
}

static void say_evil_words(void)
{
	output_say(&settings, "held by %s\n", "\033[2Jroot\r");
	output_lines(&settings, stderr, "node1 \xe2\x9c\x98 says \x9b\n  second line\n");
	output_complain(&settings, "bad \033]0;title\a");
}

static void test_words_of_others(void **state)
{
	char text[512];

	(void)state;
	print(say_evil_words, text, sizeof(text));
	assert_string_equal(text, "held by \\x1b[2Jroot\\x0d\n"
				  "node1 \xe2\x9c\x98 says \\x9b\n  second line\n"
				  "haupgrade: bad \\x1b]0;title\\x07\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_of_others),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
