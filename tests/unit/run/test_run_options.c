/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run began with holds when it goes on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/text.h"
#include "orchestrator/run/recalled_options.h"
#include "orchestrator/run/run_options.h"

/* As a command line of so many windows and pause points; NULL: no more. */
static struct run_wishes command_line(const char *window, const char *pause)
{
	struct run_wishes wishes = {0};
	CLEANUP(error_release) struct error err = {0};

	if (window)
		assert_int_equal(gate_options_window(&wishes.gates, window, &err), 0);
	if (pause)
		assert_int_equal(gate_options_pause(&wishes.gates, pause, &err), 0);
	return wishes;
}

/* What gates a resume with that command line has, of a run whose options in the journal are these.
 */
static int recall(struct execution *execution, const struct run_wishes *resume, char *options,
	struct error *err)
{
	const struct journal_record record = {
		.run_id = 3, .kind = PLAN_UPGRADE, .options = options};

	error_release(err);
	*execution = (struct execution){.wishes = resume, .gates = resume->gates};
	return recalled_options_gates(execution, &record, err);
}

static void what_held_the_run_holds_it_again(void **state)
{
	struct run_wishes began = command_line("sat 22:00-04:00", "upload");
	const struct run_wishes bare = command_line(NULL, NULL);
	const struct target target = {0};
	CLEANUP(cleanup_free) char *options = NULL;
	struct execution execution;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(gate_options_window(&began.gates, "sun 22:00-04:00", &err), 0);
	began.gates.approve = true;
	options = run_options_text(began.on_failure == ON_FAILURE_ROLLBACK, &began.gates, &target);
	assert_int_equal(recall(&execution, &bare, options, &err), 0);
	assert_int_equal(execution.gates.window_count, 2);
	assert_string_equal(execution.gates.windows[0], "sat 22:00-04:00");
	assert_string_equal(execution.gates.windows[1], "sun 22:00-04:00");
	assert_int_equal(execution.gates.pause_count, 1);
	assert_string_equal(execution.gates.pauses[0], "upload");
	assert_true(execution.gates.pauses_recalled);
	assert_true(execution.gates.approval_wanted);
	assert_false(execution.gates.approve);
	json_decref(execution.began_with);
}

static void the_command_line_of_resume_comes_first(void **state)
{
	const struct run_wishes began = command_line("sat 22:00-04:00", "upload");
	const struct run_wishes window = command_line("always", NULL);
	const struct run_wishes pause = command_line(NULL, "web2");
	const struct target target = {0};
	CLEANUP(cleanup_free)
	char *options =
		run_options_text(began.on_failure == ON_FAILURE_ROLLBACK, &began.gates, &target);
	struct execution execution;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(recall(&execution, &window, options, &err), 0);
	assert_int_equal(execution.gates.window_count, 1);
	assert_string_equal(execution.gates.windows[0], "always");
	assert_string_equal(execution.gates.pauses[0], "upload");
	json_decref(execution.began_with);
	assert_int_equal(recall(&execution, &pause, options, &err), 0);
	assert_string_equal(execution.gates.windows[0], "sat 22:00-04:00");
	assert_int_equal(execution.gates.pause_count, 1);
	assert_string_equal(execution.gates.pauses[0], "web2");
	/* What is wrong with it is said, as of any other command line. */
	assert_false(execution.gates.pauses_recalled);
	json_decref(execution.began_with);
}

static void a_run_that_nothing_held_is_held_by_nothing(void **state)
{
	const struct run_wishes bare = command_line(NULL, NULL);
	const struct target target = {0};
	CLEANUP(cleanup_free)
	char *options =
		run_options_text(bare.on_failure == ON_FAILURE_ROLLBACK, &bare.gates, &target);
	struct execution execution;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_string_equal(options, "{\"on_failure\":\"stop\"}");
	assert_int_equal(recall(&execution, &bare, options, &err), 0);
	assert_int_equal(execution.gates.window_count, 0);
	assert_int_equal(execution.gates.pause_count, 0);
	json_decref(execution.began_with);
}

/* It may have been a window: nobody goes on without it. */
static void what_cannot_be_read_is_not_passed_over(void **state)
{
	char window[] = "{\"windows\":[\"at night\"]}", number[] = "{\"pause_after\":[7]}";
	const struct run_wishes bare = command_line(NULL, NULL);
	const struct run_wishes always = command_line("always", NULL);
	struct execution execution;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(recall(&execution, &bare, window, &err), -EINVAL);
	assert_non_null(strstr(error_text(&err),
		"run 3: the options in the journal that it began with (give --window and --pause-after anew): "));
	json_decref(execution.began_with);
	assert_int_equal(recall(&execution, &always, window, &err), 0);
	json_decref(execution.began_with);
	assert_int_equal(recall(&execution, &bare, number, &err), -EINVAL);
	json_decref(execution.began_with);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_held_the_run_holds_it_again),
		cmocka_unit_test(the_command_line_of_resume_comes_first),
		cmocka_unit_test(a_run_that_nothing_held_is_held_by_nothing),
		cmocka_unit_test(what_cannot_be_read_is_not_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
