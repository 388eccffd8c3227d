/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine: order of actions, evidence, deadlines, gates, what is waited for, resume. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/engine/engine_fixture.h"

static void a_faithful_world_ends_done(void **state)
{
	struct engine_fixture fixture;
	struct engine_action action;
	size_t i;

	(void)state;
	engine_fixture_prepare(&fixture, 0, false);
	action = engine_fixture_send(&fixture, EVENT_START, NULL);
	for (i = 0; i < fixture.plan.count; i++) {
		assert_int_equal(action.kind, ACTION_GATE);
		assert_int_equal(action.step, i);
		action = engine_fixture_complete(&fixture);
		engine_fixture_follow(&fixture, &fixture.plan.steps[i]);
	}
	assert_int_equal(action.kind, ACTION_FINISH);
	assert_int_equal(fixture.engine.state, ENGINE_DONE);
}

static void waits_until_the_evidence_or_the_deadline(void **state)
{
	struct engine_fixture fixture;
	struct engine_action action;

	(void)state;
	engine_fixture_prepare(&fixture, 0, false);
	engine_fixture_begin(&fixture);
	engine_fixture_send(&fixture, EVENT_VIEW, NULL);
	engine_fixture_send(&fixture, EVENT_JOURNALED, NULL);
	action = engine_fixture_send(&fixture, EVENT_WAIT, "node2 is still down");
	assert_int_equal(action.kind, ACTION_PAUSE);
	assert_true(action.pause_ms > 0);
	fixture.now_ms = 29999;
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_ACT);
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_PAUSE);
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_ACT);
	fixture.now_ms = 30000;
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_STOP);
	assert_string_equal(
		fixture.engine.reason, "not done within its deadline of 30 s: node2 is still down");
}

static void trouble_is_guarded_again_before_the_next_try(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	engine_fixture_prepare(&fixture, 3, false); /* stop@1 */
	engine_fixture_begin(&fixture);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_INTEND);
	engine_fixture_expect(&fixture, EVENT_JOURNALED, NULL, ACTION_ACT);
	engine_fixture_expect(&fixture, EVENT_RETRY, "connection lost", ACTION_PAUSE);
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_OBSERVE);
	/* Meanwhile the roles moved by themselves. */
	fixture.view.nodes[0] = spare;
	fixture.view.nodes[1] = serving;
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_PAUSE);
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_CHECK);
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_OBSERVE);
	fixture.now_ms = ENGINE_GRACE_MS;
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_OBSERVE);
	assert_int_equal(fixture.engine.state, ENGINE_WEIGHING);
	/* It serves: there is nothing to undo. */
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_STOP);
	assert_int_equal(fixture.engine.cause, CAUSE_FAILURE);
	assert_false(fixture.engine.undone);
	assert_non_null(strstr(fixture.engine.reason, "the node holds a floating IP"));
}

static void a_resumed_failover_may_be_halfway(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	engine_fixture_prepare(&fixture, 9, true);
	assert_int_equal(fixture.plan.steps[9].kind, STEP_FAILOVER);
	/* Both hold the address, node2 has not said yet that it is primary. */
	fixture.view.nodes[1] = serving;
	fixture.view.nodes[1].role = ROLE_BACKUP;
	fixture.view.nodes[1].upgraded = true;
	engine_fixture_expect(&fixture, EVENT_START, NULL, ACTION_CHECK);
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_PAUSE);
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_CHECK);
	engine_fixture_expect(&fixture, EVENT_DONE, NULL, ACTION_CONFIRM);
}

static void a_refusal_before_the_intent_may_pass(void **state)
{
	struct engine_fixture fixture;
	struct engine_action action;

	(void)state;
	/* The peer did not answer one login. */
	engine_fixture_prepare(&fixture, 3, false);
	fixture.view.nodes[0] = (struct node_view){0};
	engine_fixture_begin(&fixture);
	action = engine_fixture_send(&fixture, EVENT_VIEW, NULL);
	assert_int_equal(action.kind, ACTION_PAUSE);
	assert_non_null(strstr(action.reason, "no other node is fit to serve"));
	fixture.now_ms = 5000;
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_OBSERVE);
	fixture.view.nodes[0] = serving;
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_INTEND);

	/* The roles have moved, and stay so. The first look alone took its time. */
	engine_fixture_prepare(&fixture, 3, false);
	fixture.view.nodes[1] = serving;
	engine_fixture_begin(&fixture);
	fixture.now_ms = 8000;
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_PAUSE);
	fixture.now_ms = 8000 + ENGINE_GRACE_MS - 1;
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_PAUSE);
	fixture.now_ms = 8000 + ENGINE_GRACE_MS;
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_STOP);
	assert_non_null(strstr(fixture.engine.reason, "holds a floating IP"));
}

static void what_waiting_does_not_mend_is_not_waited_for(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	engine_fixture_prepare(&fixture, 3, false);
	fixture.view.lease_lost = true;
	engine_fixture_begin(&fixture);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_STOP);

	engine_fixture_prepare(&fixture, 3, false);
	fixture.view.probe_failed = 1;
	engine_fixture_begin(&fixture);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_STOP);
}

static void nobody_waits_while_clients_do(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	/* The primary died while node2 is stopped: starting that again is all that helps. */
	engine_fixture_prepare(&fixture, 4, false);
	assert_int_equal(fixture.plan.steps[4].kind, STEP_INSTALL);
	fixture.view.nodes[0] = (struct node_view){0};
	fixture.view.nodes[1] = halted;
	engine_fixture_begin(&fixture);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_UNDO);

	/* It is only out of sight. */
	engine_fixture_prepare(&fixture, 4, false);
	fixture.view.nodes[0] = (struct node_view){0};
	fixture.view.nodes[1] = halted;
	fixture.view.probe_answered = true;
	engine_fixture_begin(&fixture);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_PAUSE);
}

static void a_resumed_step_is_checked_before_it_is_guarded(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	/* Killed while node2 rebooted: it cannot be reached, and that is what was asked for. */
	engine_fixture_prepare(&fixture, 5, true);
	assert_int_equal(fixture.plan.steps[5].kind, STEP_REBOOT);
	fixture.view.nodes[1] = (struct node_view){0};
	engine_fixture_expect(&fixture, EVENT_START, NULL, ACTION_CHECK);
	engine_fixture_expect(&fixture, EVENT_DONE, NULL, ACTION_CONFIRM);
	engine_fixture_expect(&fixture, EVENT_JOURNALED, NULL, ACTION_GATE);
	assert_int_equal(fixture.engine.step, 6);

	/* The intent was durable but nothing had happened: guard and act, no second intent. */
	engine_fixture_prepare(&fixture, 3, true);
	engine_fixture_expect(&fixture, EVENT_START, NULL, ACTION_CHECK);
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_ACT);
}

static void the_journal_comes_before_the_act(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	engine_fixture_prepare(&fixture, 0, false);
	engine_fixture_begin(&fixture);
	engine_fixture_send(&fixture, EVENT_VIEW, NULL);
	engine_fixture_expect(&fixture, EVENT_BROKEN, "journal.db: disk full", ACTION_STOP);
	assert_string_equal(fixture.engine.reason, "journal.db: disk full");
	/* Whatever comes then, it stays stopped. */
	engine_fixture_expect(&fixture, EVENT_DONE, NULL, ACTION_STOP);
}

static void trouble_makes_it_ask_more_slowly(void **state)
{
	static const uint32_t pauses_ms[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
	struct engine_fixture fixture;
	struct engine_action action;
	size_t i;

	(void)state;
	engine_fixture_prepare(&fixture, 4, false); /* install@1 */
	fixture.view.nodes[1] = halted;
	engine_fixture_begin(&fixture);
	engine_fixture_send(&fixture, EVENT_VIEW, NULL);
	engine_fixture_send(&fixture, EVENT_JOURNALED, NULL);
	for (i = 0; i < 8; i++) {
		action = engine_fixture_send(&fixture, EVENT_RETRY, "connection lost");
		assert_int_equal(action.kind, ACTION_PAUSE);
		assert_int_equal(action.pause_ms, pauses_ms[i]);
		engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_OBSERVE);
		engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_ACT);
	}
	/* It waits, so something works: how long that takes is measured again. */
	action = engine_fixture_send(&fixture, EVENT_WAIT, NULL);
	assert_int_equal(action.pause_ms, ENGINE_PAUSE_MS);
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_ACT);
	action = engine_fixture_send(&fixture, EVENT_RETRY, "connection lost");
	assert_int_equal(action.pause_ms, ENGINE_PAUSE_MS);
}

static void a_gate_makes_wait_or_holds(void **state)
{
	struct engine_fixture fixture;

	(void)state;
	engine_fixture_prepare(&fixture, 3, false);
	engine_fixture_expect(&fixture, EVENT_START, NULL, ACTION_GATE);
	engine_fixture_expect(&fixture, EVENT_WAIT, "the window opens at 02:00", ACTION_PAUSE);
	/* A gate has no deadline, and its wait is not the step's. */
	fixture.now_ms = 86400000;
	engine_fixture_expect(&fixture, EVENT_ELAPSED, NULL, ACTION_GATE);
	engine_fixture_expect(&fixture, EVENT_GO, NULL, ACTION_OBSERVE);
	engine_fixture_expect(&fixture, EVENT_VIEW, NULL, ACTION_INTEND);
	engine_fixture_expect(&fixture, EVENT_JOURNALED, NULL, ACTION_ACT);
	fixture.now_ms += 29999;
	engine_fixture_expect(&fixture, EVENT_WAIT, NULL, ACTION_PAUSE);

	engine_fixture_prepare(&fixture, 3, false);
	engine_fixture_expect(&fixture, EVENT_START, NULL, ACTION_GATE);
	engine_fixture_expect(&fixture, EVENT_HOLD, "a hook said no", ACTION_STOP);
	assert_int_equal(fixture.engine.cause, CAUSE_GATE);
	assert_string_equal(fixture.engine.reason, "a hook said no");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_faithful_world_ends_done),
		cmocka_unit_test(waits_until_the_evidence_or_the_deadline),
		cmocka_unit_test(trouble_is_guarded_again_before_the_next_try),
		cmocka_unit_test(a_resumed_step_is_checked_before_it_is_guarded),
		cmocka_unit_test(a_resumed_failover_may_be_halfway),
		cmocka_unit_test(a_refusal_before_the_intent_may_pass),
		cmocka_unit_test(what_waiting_does_not_mend_is_not_waited_for),
		cmocka_unit_test(nobody_waits_while_clients_do),
		cmocka_unit_test(the_journal_comes_before_the_act),
		cmocka_unit_test(trouble_makes_it_ask_more_slowly),
		cmocka_unit_test(a_gate_makes_wait_or_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
