/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gates: maintenance windows, and what is learned of earlier runs about whether a node fits in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "tests/unit/gate/gate_fixture.h"
#include "tests/unit/journal/journal_fixture.h"

/* "HH:MM-HH:MM" from so many minutes after now on. */
static const char *times(int from, int to)
{
	static char words[32];
	time_t now = time(NULL);
	struct tm first, last;
	time_t a = now + 60 * from, b = now + 60 * to;

	gmtime_r(&a, &first);
	gmtime_r(&b, &last);
	snprintf(words, sizeof(words), "%02d:%02d-%02d:%02d", first.tm_hour, first.tm_min,
		last.tm_hour, last.tm_min);
	return words;
}

static void test_windows(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(cleanup_free) char *open = text_copy(times(-60, 600));
	CLEANUP(cleanup_free) char *closed = text_copy(times(60, 600));
	CLEANUP(cleanup_free) char *brief = text_copy(times(-60, 5));
	CLEANUP(cleanup_free) char *statement = text_format("window = \"%s\"", closed);
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, statement);
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_may_begin(world->gate, 0, &err), -EAGAIN);
	assert_non_null(
		strstr(error_text(&err), "the maintenance window is closed: it next opens "));
	assert_int_equal(gate_fixture_ask(world, STEP_UPLOAD, PLAN_NO_NODE, &err), GATE_HOLD);
	/* A node that was begun is brought to its end. */
	assert_int_equal(gate_fixture_ask(world, STEP_INSTALL, 1, &err), GATE_GO);
	assert_int_equal(gate_fixture_ask(world, STEP_ROLE, 1, &err), GATE_GO);
	assert_int_equal(gate_fixture_ask(world, STEP_FINAL, PLAN_NO_NODE, &err), GATE_GO);
	/* The command line's in its place. */
	assert_int_equal(gate_options_window(&world->options, open, &err), 0);
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_may_begin(world->gate, 0, &err), 0);
	assert_int_equal(gate_fixture_go(world, 0, &err), world->run.plan.count);
	/* 60 s + 5 m + 2 m + 10 m + 2 m + 2 m, the profile's deadlines, do not fit into 5 minutes.
	 */
	world->options.window_count = 0;
	assert_int_equal(gate_options_window(&world->options, brief, &err), 0);
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_fixture_ask(world, STEP_UPLOAD, PLAN_NO_NODE, &err), GATE_GO);
	assert_int_equal(gate_fixture_ask(world, STEP_STOP, 1, &err), GATE_HOLD);
	assert_non_null(strstr(error_text(&err), " min, and 22 min may be needed: it next opens "));
	assert_int_equal(gate_fixture_ask(world, STEP_FAILOVER, 0, &err), GATE_GO);
	assert_int_equal(gate_options_window(&world->options, "always", &err), 0);
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_fixture_go(world, 0, &err), world->run.plan.count);
	assert_int_equal(gate_options_window(&world->options, "at night", &err), -EINVAL);
}

/* Its windows and points are about upgrades: nobody waits till Saturday to be served again. */
static void test_a_rollback_is_held_by_its_command_line_alone(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(cleanup_free) char *closed = text_copy(times(60, 600));
	CLEANUP(cleanup_free)
	char *statements = text_format("window = \"%s\" pause_after = {failover, web2}", closed);
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, statements);
	world->run.target.kind = PLAN_ROLLBACK;
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_may_begin(world->gate, 0, &err), 0);
	assert_int_equal(gate_fixture_go(world, 0, &err), world->run.plan.count);
	assert_string_equal(text_string(&world->told), "");
	gate_options_window(&world->options, closed, &err);
	gate_options_pause(&world->options, "upload", &err);
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_may_begin(world->gate, 0, &err), -EAGAIN);
	world->options.window_count = 0;
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_fixture_go(world, 0, &err), gate_fixture_index(world, STEP_STOP, 1));
}

/* A run in the journal with steps of that length. */
static void test_expectations(void **state)
{
	struct expected_duration expect = {0};
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	struct plan plan = {.count = 3,
		.node_count = 2,
		.steps = {{STEP_UPLOAD, PLAN_NO_NODE}, {STEP_STOP, 1}, {STEP_INSTALL, 1}}};

	(void)state;
	for (unsigned int i = 0; i < STEP_KIND_COUNT; i++)
		deadlines_ms[i] = 1000 * (i + 1);
	assert_int_equal(expected_duration_needed_ms(&expect, &plan, 0, deadlines_ms), 0);
	assert_int_equal(expected_duration_needed_ms(&expect, &plan, 1, deadlines_ms),
		deadlines_ms[STEP_STOP] + deadlines_ms[STEP_INSTALL]);
	expect.any_ms[STEP_UPLOAD] = 100;
	expect.any_ms[STEP_STOP] = 10;
	expect.node_ms[STEP_STOP][1] = 20;
	expect.node_ms[STEP_INSTALL][1] = 1000000;
	assert_int_equal(expected_duration_needed_ms(&expect, &plan, 0, deadlines_ms), 200);
	assert_int_equal(expected_duration_step_ms(&expect, &plan.steps[1]), 20);
	assert_int_equal(expected_duration_needed_ms(&expect, &plan, 1, deadlines_ms),
		40 + deadlines_ms[STEP_INSTALL]);
}

static void test_learning(void **state)
{
	struct gate_fixture *world = *state;
	struct expected_duration expect = {0};
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "");
	assert_int_equal(expected_duration_learn(world->journal, world->cluster, &expect, &err), 0);
	assert_int_equal(expect.any_ms[STEP_INSTALL], 0);
	journal_fixture_add(world->journal, world->run_id, 4, JOURNAL_INTENDED, NULL);
	assert_int_equal(expected_duration_learn(world->journal, world->cluster, &expect, &err), 0);
	assert_int_equal(expect.any_ms[STEP_INSTALL], 0);
	journal_fixture_add(world->journal, world->run_id, 4, JOURNAL_STEP_DONE, NULL);
	assert_int_equal(expected_duration_learn(world->journal, world->cluster, &expect, &err), 0);
	assert_true(expect.any_ms[STEP_INSTALL] > 0);
	assert_int_equal(expect.node_ms[STEP_INSTALL][0], expect.any_ms[STEP_INSTALL]);
	assert_int_equal(expect.node_ms[STEP_INSTALL][1], 0);
}

/* Writes down that the newest line was written at that moment. */
static void date_line(const struct gate_fixture *world, uint64_t ms)
{
	CLEANUP(cleanup_free)
	char *words =
		text_format("UPDATE line SET wall_us = %llu WHERE id = (SELECT max(id) FROM line)",
			(unsigned long long)ms * 1000);

	journal_fixture_alter(world->folder, words);
}

static void add_step(struct gate_fixture *world, enum journal_kind kind, uint64_t ms)
{
	journal_fixture_add(world->journal, world->run_id, 4, kind, NULL);
	date_line(world, ms);
}

static void add_state(struct gate_fixture *world, enum journal_state state, uint64_t ms)
{
	assert_int_equal(journal_run_state(world->journal, world->run_id, state, NULL, NULL), 0);
	date_line(world, ms);
}

/* The time in which a gate held the step, or nobody worked on the run, is none of the step's. */
static void test_learning_after_a_hold(void **state)
{
	struct gate_fixture *world = *state;
	const uint64_t evening = 1000000, morning = evening + 12 * 3600000;
	struct expected_duration expect = {0};
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "");
	add_step(world, JOURNAL_REFUSED, evening);
	add_state(world, JOURNAL_STOPPED, evening + 1);
	add_state(world, JOURNAL_RUNNING, morning);
	add_step(world, JOURNAL_INTENDED, morning + 1000);
	add_step(world, JOURNAL_INTENDED, morning + 2000);
	add_step(world, JOURNAL_STEP_DONE, morning + 4000);
	assert_int_equal(expected_duration_learn(world->journal, world->cluster, &expect, &err), 0);
	assert_int_equal(expect.any_ms[STEP_INSTALL], 3001);
}

/* What an earlier process had begun was found done: how long it took nobody knows. */
static void test_learning_after_a_death(void **state)
{
	struct gate_fixture *world = *state;
	const uint64_t evening = 1000000, morning = evening + 12 * 3600000;
	struct expected_duration expect = {0};
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "");
	add_step(world, JOURNAL_INTENDED, evening);
	add_state(world, JOURNAL_RUNNING, morning);
	add_step(world, JOURNAL_STEP_DONE, morning + 1000);
	assert_int_equal(expected_duration_learn(world->journal, world->cluster, &expect, &err), 0);
	assert_int_equal(expect.any_ms[STEP_INSTALL], 0);
}

#define GATE_TEST(function) \
	cmocka_unit_test_setup_teardown(function, gate_fixture_set_up, gate_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(test_a_rollback_is_held_by_its_command_line_alone),
		GATE_TEST(test_windows),
		GATE_TEST(test_expectations),
		GATE_TEST(test_learning),
		GATE_TEST(test_learning_after_a_hold),
		GATE_TEST(test_learning_after_a_death),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
