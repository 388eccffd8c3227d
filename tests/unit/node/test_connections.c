/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node answers about its connections. */
#include "orchestrator/node/connections.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *answer, uint64_t count, const char *words)
{
	CLEANUP(cleanup_text) struct text lines = {0};
	CLEANUP(error_release) struct error err = {0};
	uint64_t found = 99;

	assert_int_equal(connections_parse(answer, strlen(answer), &found, &lines, &err), 0);
	assert_int_equal(found, count);
	assert_string_equal(text_string(&lines), words);
	assert_int_equal(connections_parse(answer, strlen(answer), &found, NULL, &err), 0);
}

static void refuse(const char *answer, const char *why)
{
	CLEANUP(cleanup_text) struct text lines = {0};
	CLEANUP(error_release) struct error err = {0};
	uint64_t found = 99;

	assert_int_equal(connections_parse(answer, strlen(answer), &found, &lines, &err), -EPROTO);
	assert_non_null(strstr(error_text(&err), why));
	assert_int_equal(found, 99);
	assert_string_equal(text_string(&lines), "");
}

static void test_answers(void **state)
{
	CLEANUP(cleanup_text) struct text many = {0};

	(void)state;
	expect("connections 0\n", 0, "");
	expect("connections 2\na b\nc d\n", 2, "a b\nc d\n");
	text_append(&many, "connections 100000\n");
	for (int i = 0; i < CONNECTIONS_SHOWN_MAX; i++)
		text_appendf(&many, "connection %d\n", i);
	expect(text_string(&many), 100000, strchr(text_string(&many), '\n') + 1);
}

static void test_chatter(void **state)
{
	(void)state;
	expect("Welcome!\n12\nconnections 1\na b\nBye.\n", 1, "a b\n");
	expect("Welcome!\nconnections 0\nBye.\n", 0, "");
}

static void test_nonsense(void **state)
{
	(void)state;
	refuse("", "does not say how many");
	refuse("2\na b\nc d\n", "does not say how many");
	refuse("connections two\n", "number of connections");
	refuse("connections -1\n", "number of connections");
	refuse("connections 2\na b", "cut off before its end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_chatter),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
