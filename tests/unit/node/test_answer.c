/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one reader of what scripts on a node answer. */
#include "orchestrator/node/answer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static void lines_are_keys_and_values_up_to_the_end(void **state)
{
	static const char said[] = "Welcome\none 1 2\nempty \n indented\n\nend\nlater 3\n";
	CLEANUP(answer_clear) struct answer answer = answer_begin(said, strlen(said));
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_true(answer_next(&answer));
	assert_string_equal(answer.key, "Welcome");
	assert_string_equal(answer.value, "");
	assert_false(answer.has_value);
	assert_true(answer_next(&answer));
	assert_string_equal(answer.key, "one");
	assert_string_equal(answer.value, "1 2");
	assert_true(answer_next(&answer));
	assert_string_equal(answer.key, "empty");
	assert_string_equal(answer.value, "");
	assert_true(answer.has_value);
	assert_true(answer_next(&answer));
	assert_string_equal(answer.key, "");
	assert_string_equal(answer.value, "indented");
	assert_true(answer_next(&answer));
	assert_string_equal(answer.key, "");
	assert_false(answer_next(&answer));
	/* What a logout script says behind it is nobody's business. */
	assert_false(answer_next(&answer));
	assert_int_equal(answer_finish(&answer, 0, &err), 0);
	assert_false(error_is_set(&err));
}

static int read_all(const char *said, size_t length, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(said, length);

	while (answer_next(&answer))
		;
	return answer_finish(&answer, 0, err);
}

static void without_its_end_it_is_cut_off(void **state)
{
	static const char *const cut[] = {
		"", "one 1\n", "one 1\nen", "end 1\n", " end\n", "end\r\n"};
	static const char with_nul[] = "one\0\nend\n";
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		assert_int_equal(read_all(cut[i], strlen(cut[i]), &err), -EPROTO);
		assert_string_equal(error_text(&err), "the answer is cut off before its end");
	}
	assert_int_equal(read_all(with_nul, sizeof(with_nul) - 1, &err), -EPROTO);
	assert_int_equal(read_all("end\n", 2, &err), -EPROTO);
	assert_int_equal(read_all(NULL, 0, &err), -EPROTO);
	/* The very last new line proves nothing that the word does not. */
	assert_int_equal(read_all("end", 3, &err), 0);
}

static void a_bad_line_is_named_as_it_may_be_printed(void **state)
{
	static const char said[] = "fine 1\nuser \033[2J\nend\n";
	CLEANUP(answer_clear) struct answer answer = answer_begin(said, strlen(said));
	CLEANUP(error_release) struct error err = {0};
	int result;

	(void)state;
	answer_next(&answer);
	answer_next(&answer);
	result = error_set(&err, EINVAL, "user id: is no number");
	assert_int_equal(answer_finish(&answer, result, &err), -EPROTO);
	assert_int_equal(err.number, EPROTO);
	assert_string_equal(error_text(&err), "line 2 \"user \\x1b[2J\": user id: is no number");
	assert_int_equal(answer_finish(&answer, -EINVAL, NULL), -EPROTO);
}

static void a_long_line_is_named_in_part(void **state)
{
	CLEANUP(cleanup_text) struct text said = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	text_append(&said, "key ");
	for (size_t i = 0; i < 10000; i++)
		text_append(&said, "x");
	{
		CLEANUP(answer_clear)
		struct answer answer = answer_begin(text_string(&said), said.length);

		answer_next(&answer);
		assert_int_equal(strlen(answer.value), 10000);
		answer_finish(&answer, error_set(&err, EPROTO, "odd"), &err);
	}
	assert_true(strlen(error_text(&err)) < 120);
	assert_true(text_ends_with(error_text(&err), ": odd"));
}

static void there_is_a_limit_to_everything(void **state)
{
	static const char said[] = "a\nb\nc\nend\n";
	CLEANUP(answer_clear) struct answer answer = answer_begin(said, strlen(said));
	CLEANUP(error_release) struct error err = {0};
	int result = 0;

	(void)state;
	while (result == 0 && answer_next(&answer))
		result = answer_count(&answer, 2, "items", &err);
	assert_int_equal(answer_finish(&answer, result, &err), -EPROTO);
	assert_string_equal(error_text(&err), "more than 2 items");
}

static void words_are_cut_off_one_by_one(void **state)
{
	char line[] = "a bc  d";
	char *rest = line;

	(void)state;
	assert_string_equal(answer_word(&rest), "a");
	assert_string_equal(answer_word(&rest), "bc");
	assert_null(answer_word(&rest)); /* two blanks: there is no word between them */
	assert_string_equal(answer_word(&rest), "d");
	assert_null(answer_word(&rest));
	assert_null(answer_word(&rest));
}

static void uncut_lines_know_no_end(void **state)
{
	static const char said[] = "one 1\nend\nlast";
	CLEANUP(answer_clear) struct answer answer = answer_begin(said, strlen(said));

	(void)state;
	assert_string_equal(answer_line(&answer), "one 1");
	assert_string_equal(answer_line(&answer), "end");
	assert_string_equal(answer.rest, "last");
	assert_string_equal(answer_line(&answer), "last");
	assert_null(answer_line(&answer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_keys_and_values_up_to_the_end),
		cmocka_unit_test(without_its_end_it_is_cut_off),
		cmocka_unit_test(a_bad_line_is_named_as_it_may_be_printed),
		cmocka_unit_test(a_long_line_is_named_in_part),
		cmocka_unit_test(there_is_a_limit_to_everything),
		cmocka_unit_test(words_are_cut_off_one_by_one),
		cmocka_unit_test(uncut_lines_know_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
