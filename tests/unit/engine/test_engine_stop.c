/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the engine stops: refusals, aborts at safe points, and starting again what was stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/engine/engine_fixture.h"

static void the_operator_and_refusals_stop_it(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	engine_fixture_prepare(&fixture, 0, false);
	engine_fixture_send(&fixture, EVENT_START, NULL);
	engine_fixture_expect(&fixture, EVENT_INTERRUPT, NULL, ACTION_STOP);
	assert_string_equal(fixture.engine.reason, "interrupted by the operator");

	engine_fixture_prepare(&fixture, 0, false);
	engine_fixture_begin(&fixture);
	engine_fixture_send(&fixture, EVENT_VIEW, NULL);
	engine_fixture_send(&fixture, EVENT_JOURNALED, NULL);
	engine_fixture_expect(&fixture, EVENT_REFUSED, "digest mismatch", ACTION_STOP);
	assert_string_equal(fixture.engine.reason, "digest mismatch");
}

static void an_unexpected_event_stops_it(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	engine_fixture_prepare(&fixture, 0, false);
	engine_fixture_begin(&fixture);
	engine_fixture_expect(&fixture, EVENT_JOURNALED, NULL, ACTION_STOP);
	assert_non_null(strstr(fixture.engine.reason, "internal error"));
}

static void an_abort_waits_for_a_safe_point(void **state)
{
	struct engine_fixture fixture;
	size_t i;

	(void)state;
	/* Asked for while node2 is being stopped: the whole node is finished first. */
	engine_fixture_prepare(&fixture, 3, false);
	engine_fixture_begin(&fixture);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_INTEND);
	engine_abort(&fixture.engine);
	engine_fixture_expect(&fixture, EVENT_JOURNALED, NULL, ACTION_ACT);
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_PAUSE);
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_ACT);
	engine_fixture_expect(&fixture, EVENT_DONE, NULL, ACTION_CONFIRM);
	engine_fixture_follow(&fixture, &fixture.plan.steps[3]);
	engine_fixture_expect(&fixture, EVENT_JOURNALED, NULL, ACTION_GATE);
	for (i = 4; i < 8; i++) {
		assert_int_equal(engine_fixture_complete(&fixture).kind, ACTION_GATE);
		engine_fixture_follow(&fixture, &fixture.plan.steps[i]);
	}
	assert_int_equal(fixture.plan.steps[8].kind, STEP_ROLE);
	assert_int_equal(engine_fixture_complete(&fixture).kind, ACTION_STOP);
	assert_int_equal(fixture.engine.step, 9);
	assert_int_equal(fixture.engine.cause, CAUSE_ABORT);
	assert_string_equal(fixture.engine.reason, "aborted as asked for");
}

static void an_abort_ends_the_wait_for_a_gate(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	engine_fixture_prepare(&fixture, 4, false); /* install@1, stopped already */
	fixture.view.nodes[1] = halted;
	engine_fixture_expect(&fixture, EVENT_START, NULL, ACTION_GATE);
	engine_abort(&fixture.engine);
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_UNDO);
	engine_fixture_expect(&fixture, EVENT_DONE, NULL, ACTION_STOP);
	assert_int_equal(fixture.engine.cause, CAUSE_ABORT);
	assert_true(fixture.engine.undone);
}

/* Stops at install@1, refused, with node2 stopped by the run. */
static struct engine_action stop_at_install(struct engine_fixture *fixture)
{
	engine_fixture_prepare(fixture, 4, false);
	fixture->view.nodes[1] = halted;
	engine_fixture_begin(fixture);
	engine_fixture_send(fixture, EVENT_VIEW, NULL);
	engine_fixture_send(fixture, EVENT_JOURNALED, NULL);
	return engine_fixture_send(fixture, EVENT_REFUSED, "the installation failed");
}

static void an_abort_after_the_gate_is_heeded(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	engine_fixture_prepare(&fixture, 3, false);
	engine_fixture_begin(&fixture);
	engine_abort(&fixture.engine);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_STOP);
	assert_int_equal(fixture.engine.cause, CAUSE_ABORT);
	/* A node that waits to be rebooted cannot simply be started again. */
	engine_fixture_prepare(&fixture, 5, false);
	assert_int_equal(fixture.plan.steps[5].kind, STEP_REBOOT);
	engine_fixture_expect(&fixture, EVENT_START, NULL, ACTION_GATE);
	engine_abort(&fixture.engine);
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_PAUSE);
}

static void an_undo_that_took_its_time_is_seen(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	stop_at_install(&fixture);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_UNDO);
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_PAUSE);
	fixture.view.nodes[1] = spare;
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_STOP);
	assert_true(fixture.engine.undone);
}

static void what_was_stopped_is_started_again_before_a_stop(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	assert_int_equal(stop_at_install(&fixture).kind, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_UNDO);
	engine_fixture_expect(&fixture, EVENT_RETRY, "connection lost", ACTION_PAUSE);
	/* After trouble the world is looked at anew. */
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_UNDO);
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_PAUSE);
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_UNDO);
	engine_fixture_expect(&fixture, EVENT_DONE, NULL, ACTION_STOP);
	assert_true(fixture.engine.undone);
	assert_int_equal(fixture.engine.cause, CAUSE_FAILURE);
	assert_string_equal(fixture.engine.reason, "the installation failed");
}

static void an_undo_has_an_end(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	/* New packages under stopped services: resume goes on from there. */
	stop_at_install(&fixture);
	fixture.view.nodes[1].upgraded = true;
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_STOP);
	assert_false(fixture.engine.undone);

	stop_at_install(&fixture);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_UNDO);
	engine_fixture_expect(&fixture, EVENT_REFUSED, "half installed", ACTION_STOP);

	stop_at_install(&fixture);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_UNDO);
	fixture.now_ms = 30000;
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_STOP);

	/* The operator does not want to wait for it. */
	stop_at_install(&fixture);
	engine_fixture_expect(&fixture, EVENT_INTERRUPT, NULL, ACTION_STOP);
	assert_int_equal(fixture.engine.cause, CAUSE_FAILURE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_operator_and_refusals_stop_it),
		cmocka_unit_test(an_unexpected_event_stops_it),
		cmocka_unit_test(an_abort_waits_for_a_safe_point),
		cmocka_unit_test(an_abort_ends_the_wait_for_a_gate),
		cmocka_unit_test(an_abort_after_the_gate_is_heeded),
		cmocka_unit_test(an_undo_that_took_its_time_is_seen),
		cmocka_unit_test(what_was_stopped_is_started_again_before_a_stop),
		cmocka_unit_test(an_undo_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
