/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine: order of actions, deadlines, refusals, resume; and the guard's invariants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "orchestrator/engine/engine.h"

static const struct node_view serving = {
	.reachable = true,
	.services_active = true,
	.holds_floating_ip = true,
	.holds_all = true,
	.role = ROLE_PRIMARY,
};
static const struct node_view halted = {.reachable = true, .services_stopped = true};
static const struct node_view spare = {
	.reachable = true,
	.services_active = true,
	.role = ROLE_BACKUP,
};

struct fixture {
	struct plan plan;
	struct engine engine;
	struct cluster_view view;
	uint64_t now_ms;
};

static void prepare(struct fixture *fixture, size_t first_step, bool intended)
{
	const struct plan_node nodes[] = {{ROLE_PRIMARY, true}, {ROLE_BACKUP, true}};
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	unsigned int kind;

	for (kind = 0; kind < STEP_KIND_COUNT; kind++)
		deadlines_ms[kind] = 30000;
	memset(fixture, 0, sizeof(*fixture));
	assert_int_equal(plan_make(PLAN_UPGRADE, nodes, 2, &fixture->plan, NULL), 0);
	engine_init(&fixture->engine, &fixture->plan, first_step, intended, deadlines_ms);
	fixture->view = (struct cluster_view){.node_count = 2, .nodes = {serving, spare}};
}

static struct engine_action send(
	struct fixture *fixture, enum engine_event_kind kind, const char *text)
{
	const struct engine_event event = {.kind = kind, .view = &fixture->view, .text = text};

	return engine_handle(&fixture->engine, &event, fixture->now_ms);
}

static void expect(struct engine_action action, enum engine_action_kind kind)
{
	assert_int_equal(action.kind, kind);
}

/* From the question whether the first step may begin to the look at the cluster. */
static void begin(struct fixture *fixture)
{
	expect(send(fixture, EVENT_START, NULL), ACTION_GATE);
	expect(send(fixture, EVENT_GO, NULL), ACTION_OBSERVE);
}

/* Drives the current step, whose gate has been asked, to the end. */
static struct engine_action complete_step(struct fixture *fixture)
{
	expect(send(fixture, EVENT_GO, NULL), ACTION_OBSERVE);
	expect(send(fixture, EVENT_VIEW, NULL), ACTION_INTEND);
	expect(send(fixture, EVENT_JOURNALED, NULL), ACTION_ACT);
	expect(send(fixture, EVENT_DONE, NULL), ACTION_CONFIRM);
	return send(fixture, EVENT_JOURNALED, NULL);
}

/* What a faithful world looks like after each step. */
static void world_follows(struct fixture *fixture, const struct step *step)
{
	struct node_view *node =
		step->node == PLAN_NO_NODE ? NULL : &fixture->view.nodes[step->node];

	if (step->kind == STEP_STOP)
		*node = halted;
	if (step->kind == STEP_INSTALL)
		node->upgraded = true;
	if (step->kind == STEP_REBOOT)
		node->reachable = false;
	if (step->kind == STEP_RETURN)
		node->reachable = true;
	if (step->kind == STEP_SERVICES)
		node->services_active = true, node->services_stopped = false;
	if (step->kind == STEP_ROLE)
		node->role = ROLE_BACKUP;
	if (step->kind == STEP_FAILOVER) {
		bool upgraded = fixture->view.nodes[1].upgraded;

		fixture->view.nodes[0] = spare;
		fixture->view.nodes[1] = serving;
		fixture->view.nodes[1].upgraded = upgraded;
	}
}

static void a_faithful_world_ends_done(void **state)
{
	struct fixture fixture;
	struct engine_action action;
	size_t i;

	(void)state;
	prepare(&fixture, 0, false);
	action = send(&fixture, EVENT_START, NULL);
	for (i = 0; i < fixture.plan.count; i++) {
		expect(action, ACTION_GATE);
		assert_int_equal(action.step, i);
		action = complete_step(&fixture);
		world_follows(&fixture, &fixture.plan.steps[i]);
	}
	expect(action, ACTION_FINISH);
	assert_int_equal(fixture.engine.state, ENGINE_DONE);
}

static void waits_until_the_evidence_or_the_deadline(void **state)
{
	struct fixture fixture;
	struct engine_action action;

	(void)state;
	prepare(&fixture, 0, false);
	begin(&fixture);
	send(&fixture, EVENT_VIEW, NULL);
	send(&fixture, EVENT_JOURNALED, NULL);
	action = send(&fixture, EVENT_WAIT, "node2 is still down");
	expect(action, ACTION_PAUSE);
	assert_true(action.pause_ms > 0);
	fixture.now_ms = 29999;
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_ACT);
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_PAUSE);
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_ACT);
	fixture.now_ms = 30000;
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_STOP);
	assert_string_equal(
		fixture.engine.reason, "not done within its deadline of 30 s: node2 is still down");
}

static void trouble_is_guarded_again_before_the_next_try(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, 3, false); /* stop@1 */
	begin(&fixture);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_INTEND);
	expect(send(&fixture, EVENT_JOURNALED, NULL), ACTION_ACT);
	expect(send(&fixture, EVENT_RETRY, "connection lost"), ACTION_PAUSE);
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_OBSERVE);
	/* Meanwhile the roles moved by themselves. */
	fixture.view.nodes[0] = spare;
	fixture.view.nodes[1] = serving;
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_PAUSE);
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_CHECK);
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_OBSERVE);
	fixture.now_ms = ENGINE_GRACE_MS;
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_OBSERVE);
	assert_int_equal(fixture.engine.state, ENGINE_WEIGHING);
	/* It serves: there is nothing to undo. */
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_STOP);
	assert_int_equal(fixture.engine.cause, CAUSE_FAILURE);
	assert_false(fixture.engine.undone);
	assert_non_null(strstr(fixture.engine.reason, "the node holds a floating IP"));
}

static void a_resumed_failover_may_be_halfway(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, 9, true);
	assert_int_equal(fixture.plan.steps[9].kind, STEP_FAILOVER);
	/* Both hold the address, node2 has not said yet that it is primary. */
	fixture.view.nodes[1] = serving;
	fixture.view.nodes[1].role = ROLE_BACKUP;
	fixture.view.nodes[1].upgraded = true;
	expect(send(&fixture, EVENT_START, NULL), ACTION_CHECK);
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_OBSERVE);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_PAUSE);
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_CHECK);
	expect(send(&fixture, EVENT_DONE, NULL), ACTION_CONFIRM);
}

static void a_refusal_before_the_intent_may_pass(void **state)
{
	struct fixture fixture;
	struct engine_action action;

	(void)state;
	/* The peer did not answer one login. */
	prepare(&fixture, 3, false);
	fixture.view.nodes[0] = (struct node_view){0};
	begin(&fixture);
	action = send(&fixture, EVENT_VIEW, NULL);
	expect(action, ACTION_PAUSE);
	assert_non_null(strstr(action.reason, "no other node is fit to serve"));
	fixture.now_ms = 5000;
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_OBSERVE);
	fixture.view.nodes[0] = serving;
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_INTEND);

	/* The roles have moved, and stay so. */
	prepare(&fixture, 3, false);
	fixture.view.nodes[1] = serving;
	begin(&fixture);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_PAUSE);
	fixture.now_ms = ENGINE_GRACE_MS;
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_OBSERVE);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_STOP);
	assert_non_null(strstr(fixture.engine.reason, "holds a floating IP"));
}

static void what_waiting_does_not_mend_is_not_waited_for(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, 3, false);
	fixture.view.lease_lost = true;
	begin(&fixture);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_STOP);

	prepare(&fixture, 3, false);
	fixture.view.probe_failed = 1;
	begin(&fixture);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_STOP);
}

static void nobody_waits_while_clients_do(void **state)
{
	struct fixture fixture;

	(void)state;
	/* The primary died while node2 is stopped: starting that again is all that helps. */
	prepare(&fixture, 4, false);
	assert_int_equal(fixture.plan.steps[4].kind, STEP_INSTALL);
	fixture.view.nodes[0] = (struct node_view){0};
	fixture.view.nodes[1] = halted;
	begin(&fixture);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_OBSERVE);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_UNDO);

	/* It is only out of sight. */
	prepare(&fixture, 4, false);
	fixture.view.nodes[0] = (struct node_view){0};
	fixture.view.nodes[1] = halted;
	fixture.view.probe_answered = true;
	begin(&fixture);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_PAUSE);
}

static void a_resumed_step_is_checked_before_it_is_guarded(void **state)
{
	struct fixture fixture;

	(void)state;
	/* Killed while node2 rebooted: it cannot be reached, and that is what was asked for. */
	prepare(&fixture, 5, true);
	assert_int_equal(fixture.plan.steps[5].kind, STEP_REBOOT);
	fixture.view.nodes[1] = (struct node_view){0};
	expect(send(&fixture, EVENT_START, NULL), ACTION_CHECK);
	expect(send(&fixture, EVENT_DONE, NULL), ACTION_CONFIRM);
	expect(send(&fixture, EVENT_JOURNALED, NULL), ACTION_GATE);
	assert_int_equal(fixture.engine.step, 6);

	/* The intent was durable but nothing had happened: guard and act, no second intent. */
	prepare(&fixture, 3, true);
	expect(send(&fixture, EVENT_START, NULL), ACTION_CHECK);
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_OBSERVE);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_ACT);
}

static void the_journal_comes_before_the_act(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, 0, false);
	begin(&fixture);
	send(&fixture, EVENT_VIEW, NULL);
	expect(send(&fixture, EVENT_BROKEN, "journal.db: disk full"), ACTION_STOP);
	assert_string_equal(fixture.engine.reason, "journal.db: disk full");
	/* Whatever comes then, it stays stopped. */
	expect(send(&fixture, EVENT_DONE, NULL), ACTION_STOP);
}

static void the_operator_and_refusals_stop_it(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, 0, false);
	send(&fixture, EVENT_START, NULL);
	expect(send(&fixture, EVENT_INTERRUPT, NULL), ACTION_STOP);
	assert_string_equal(fixture.engine.reason, "interrupted by the operator");

	prepare(&fixture, 0, false);
	begin(&fixture);
	send(&fixture, EVENT_VIEW, NULL);
	send(&fixture, EVENT_JOURNALED, NULL);
	expect(send(&fixture, EVENT_REFUSED, "digest mismatch"), ACTION_STOP);
	assert_string_equal(fixture.engine.reason, "digest mismatch");
}

static void an_unexpected_event_stops_it(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, 0, false);
	begin(&fixture);
	expect(send(&fixture, EVENT_JOURNALED, NULL), ACTION_STOP);
	assert_non_null(strstr(fixture.engine.reason, "internal error"));
}

static void expect_guard(
	enum step_kind kind, int node, const struct cluster_view *view, const char *refusal)
{
	const struct step step = {kind, node};
	struct error err = {0};
	int result = engine_guard(&step, view, &err);

	if (!refusal) {
		assert_int_equal(result, 0);
		return;
	}
	assert_int_equal(result, -EPERM);
	assert_non_null(strstr(err.text, refusal));
}

static void never_the_last_one_standing(void **state)
{
	static const enum step_kind disruptions[] = {STEP_STOP, STEP_INSTALL, STEP_REBOOT};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct cluster_view view = {.node_count = 2, .nodes = {serving, spare}};

		if (disruptions[i] == STEP_INSTALL) {
			expect_guard(STEP_INSTALL, 1, &view, "the node's services run");
			view.nodes[1] = halted;
		}
		expect_guard(disruptions[i], 1, &view, NULL);
		expect_guard(disruptions[i], 0, &view, "holds a floating IP");

		view.nodes[0].services_active = false;
		expect_guard(disruptions[i], 1, &view, "no other node is fit to serve");
		view.nodes[0] = serving;
		view.nodes[0].reachable = false;
		expect_guard(disruptions[i], 1, &view, "no other node is fit to serve");
		view.nodes[0] = serving;
		view.nodes[0].holds_all = false;
		expect_guard(disruptions[i], 1, &view, "no other node is fit to serve");
		view.nodes[0] = spare;
		expect_guard(disruptions[i], 1, &view, "no other node is fit to serve");

		view.nodes[0] = serving;
		view.nodes[1] = spare;
		view.nodes[1].role = ROLE_PRIMARY;
		expect_guard(disruptions[i], 1, &view, "the node is primary");
		view.nodes[1] = (struct node_view){0};
		expect_guard(disruptions[i], 1, &view, "cannot be reached");
	}
}

static void a_rollback_may_touch_the_dead_where_nobody_serves(void **state)
{
	static const enum step_kind disruptions[] = {STEP_STOP, STEP_INSTALL, STEP_REBOOT};
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct cluster_view view = {.node_count = 2, .nodes = {halted, halted}};

		view.probe_silent = true;
		expect_guard(disruptions[i], 1, &view, "does not answer requests from outside");
		view.going_back = true;
		expect_guard(disruptions[i], 1, &view, NULL);
		/* It may be the one who serves, unseen. */
		view.nodes[0] = (struct node_view){0};
		expect_guard(disruptions[i], 1, &view, "does not answer requests from outside");
		view.probe_silent = false;
		expect_guard(disruptions[i], 1, &view, "no other node is fit to serve");
		view.nodes[0] = halted;
		view.nodes[0].holds_floating_ip = true;
		expect_guard(disruptions[i], 1, &view, "no other node is fit to serve");
		view.nodes[0] = halted;
		view.lease_lost = true;
		expect_guard(disruptions[i], 1, &view, "lease on the nodes is lost");
		view.lease_lost = false;
		/* Once somebody serves, the rules are as ever. */
		view.nodes[0] = serving;
		expect_guard(disruptions[i], 1, &view, NULL);
		view.probe_silent = true;
		expect_guard(disruptions[i], 1, &view, "does not answer requests from outside");
	}
}

/* Who is up and holds nothing may be about to take over. */
static void a_rollback_waits_for_who_may_yet_serve(void **state)
{
	struct cluster_view view = {.node_count = 2, .nodes = {halted, spare}, .going_back = true};

	(void)state;
	expect_guard(STEP_STOP, 1, &view, "no other node is fit to serve");
	expect_guard(STEP_REBOOT, 1, &view, "no other node is fit to serve");
	expect_guard(STEP_STOP, 0, &view, NULL);
}

static void an_upgrade_stops_no_node_while_another_is_down(void **state)
{
	struct cluster_view view = {.node_count = 3, .nodes = {serving, spare, spare}};

	(void)state;
	expect_guard(STEP_STOP, 2, &view, NULL);
	/* The second one was finished, and has died since. */
	view.nodes[1] = halted;
	expect_guard(STEP_STOP, 2, &view, "another node neither serves nor can take over");
	view.nodes[1].name = "web2";
	expect_guard(STEP_STOP, 2, &view, "web2 neither serves nor can take over");
	view.nodes[1] = (struct node_view){0};
	expect_guard(STEP_STOP, 2, &view, "bring it back, then resume, or go back with rollback");
	/* Its own part goes on, and a node that is out of service already is not held there. */
	view.nodes[1] = halted;
	expect_guard(STEP_STOP, 1, &view, NULL);
	view.nodes[2] = halted;
	expect_guard(STEP_INSTALL, 2, &view, NULL);
	expect_guard(STEP_REBOOT, 2, &view, NULL);
	view.going_back = true;
	expect_guard(STEP_STOP, 2, &view, NULL);
}

static void failover_needs_an_upgraded_successor(void **state)
{
	struct cluster_view view = {.node_count = 2, .nodes = {serving, spare}};

	(void)state;
	expect_guard(STEP_FAILOVER, 0, &view, "no upgraded node can take over");
	view.nodes[1].upgraded = true;
	expect_guard(STEP_FAILOVER, 0, &view, NULL);
	/* The packages are there, but what runs are the old ones. */
	view.nodes[1].unbooted = true;
	expect_guard(STEP_FAILOVER, 0, &view, "no upgraded node can take over");
	view.nodes[1].unbooted = false;
	view.nodes[1].role = ROLE_UNKNOWN;
	expect_guard(STEP_FAILOVER, 0, &view, "no upgraded node can take over");
}

static void a_rehearsal_needs_somebody_to_take_over(void **state)
{
	struct cluster_view view = {.node_count = 2, .nodes = {serving, spare}};

	(void)state;
	expect_guard(STEP_REHEARSE, 0, &view, NULL);
	view.nodes[1].services_active = false;
	expect_guard(STEP_REHEARSE, 0, &view, "no other node can take over");
	/* To hand over may have meant to stop. */
	view.nodes[0] = halted;
	view.nodes[1] = serving;
	expect_guard(STEP_RESTORE, 0, &view, NULL);
	view.lease_lost = true;
	expect_guard(STEP_RESTORE, 0, &view, "lease on the nodes is lost");
	view.lease_lost = false;
	view.nodes[1] = spare;
	expect_guard(STEP_RESTORE, 0, &view, "no node serves");
	view.nodes[0].reachable = false;
	expect_guard(STEP_RESTORE, 0, &view, "cannot be reached");
	view.nodes[0] = spare;
	view.probe_failed = 1;
	expect_guard(STEP_RESTORE, 0, &view, "more than the budget of 0");
	expect_guard(STEP_REHEARSE, 0, &view, "more than the budget of 0");
}

static void the_budget_holds_before_every_step(void **state)
{
	struct cluster_view view = {.node_count = 2, .nodes = {serving, spare}};

	(void)state;
	view.probe_budget = 2;
	view.probe_failed = 2;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view, NULL);
	view.probe_silent = true;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view, NULL);
	expect_guard(STEP_STOP, 1, &view, "does not answer requests from outside");
	view.probe_silent = false;
	view.probe_failed = 3;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view,
		"failed to answer 3 requests, more than the budget of 2");
	view.other_vantage = VIEW_OTHER_ANSWERED;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view,
		"budget of 2; another node was answered meanwhile: look at this machine's own way "
		"to the floating IP");
	view.other_vantage = VIEW_HOLDER_ANSWERED;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view,
		"; the node that holds it was answered meanwhile: the service runs, look at the "
		"network between it and this machine");
	/* A node on its way back is waited for all the same. */
	expect_guard(STEP_RETURN, 1, &view, NULL);
	expect_guard(STEP_SERVICES, 1, &view, NULL);
	expect_guard(STEP_ROLE, 1, &view, NULL);
	expect_guard(STEP_FINAL, PLAN_NO_NODE, &view, "more than the budget of 2");
}

static void gaps_have_a_budget_when_it_is_given(void **state)
{
	struct cluster_view view = {.node_count = 2, .nodes = {serving, spare}};

	(void)state;
	view.longest_gap_ms = 3001;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view, NULL);
	view.gap_budget_ms = 3001;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view, NULL);
	view.gap_budget_ms = 3000;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view,
		"the floating IP gave no good answer for 3001 ms, longer than the gap budget of "
		"3000 ms");
}

static void held_connections_have_a_budget_when_it_is_given(void **state)
{
	struct cluster_view view = {.node_count = 2, .nodes = {serving, spare}};

	(void)state;
	view.held_broken = 2;
	view.held_budget = UINT64_MAX;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view, NULL);
	view.held_budget = 1;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view,
		"2 held connections through the floating IP broke, more than the held_budget of "
		"1");
}

static void a_probe_that_cannot_look_is_no_silent_service(void **state)
{
	struct cluster_view view = {.node_count = 2, .nodes = {serving, spare}};

	(void)state;
	view.probe_starved = true;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view, NULL);
	expect_guard(STEP_STOP, 1, &view, "this machine is too busy to ask the floating IP");
}

static void nobody_acts_without_the_lease(void **state)
{
	static const enum step_kind kinds[] = {STEP_UPLOAD, STEP_STOP, STEP_REBOOT, STEP_FAILOVER};
	struct cluster_view view = {.node_count = 2, .nodes = {serving, spare}};
	const struct step step = {STEP_STOP, 1};
	struct error err = {0};
	size_t i;

	(void)state;
	view.lease_lost = true;
	for (i = 0; i < 4; i++)
		expect_guard(kinds[i], 1, &view, "lease on the nodes is lost");
	expect_guard(STEP_RETURN, 1, &view, NULL);
	view.nodes[1] = halted;
	assert_int_equal(engine_guard_undo(&step, &view, &err), -EPERM);
}

static void trouble_makes_it_ask_more_slowly(void **state)
{
	static const uint32_t pauses_ms[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
	struct fixture fixture;
	struct engine_action action;
	size_t i;

	(void)state;
	prepare(&fixture, 4, false); /* install@1 */
	fixture.view.nodes[1] = halted;
	begin(&fixture);
	send(&fixture, EVENT_VIEW, NULL);
	send(&fixture, EVENT_JOURNALED, NULL);
	for (i = 0; i < 8; i++) {
		action = send(&fixture, EVENT_RETRY, "connection lost");
		expect(action, ACTION_PAUSE);
		assert_int_equal(action.pause_ms, pauses_ms[i]);
		expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_OBSERVE);
		expect(send(&fixture, EVENT_VIEW, NULL), ACTION_ACT);
	}
	/* It waits, so something works: how long that takes is measured again. */
	action = send(&fixture, EVENT_WAIT, NULL);
	assert_int_equal(action.pause_ms, ENGINE_PAUSE_MS);
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_ACT);
	action = send(&fixture, EVENT_RETRY, "connection lost");
	assert_int_equal(action.pause_ms, ENGINE_PAUSE_MS);
}

static void a_gate_makes_wait_or_holds(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, 3, false);
	expect(send(&fixture, EVENT_START, NULL), ACTION_GATE);
	expect(send(&fixture, EVENT_WAIT, "the window opens at 02:00"), ACTION_PAUSE);
	/* A gate has no deadline, and its wait is not the step's. */
	fixture.now_ms = 86400000;
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_GATE);
	expect(send(&fixture, EVENT_GO, NULL), ACTION_OBSERVE);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_INTEND);
	expect(send(&fixture, EVENT_JOURNALED, NULL), ACTION_ACT);
	fixture.now_ms += 29999;
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_PAUSE);

	prepare(&fixture, 3, false);
	expect(send(&fixture, EVENT_START, NULL), ACTION_GATE);
	expect(send(&fixture, EVENT_HOLD, "a hook said no"), ACTION_STOP);
	assert_int_equal(fixture.engine.cause, CAUSE_GATE);
	assert_string_equal(fixture.engine.reason, "a hook said no");
}

static void an_abort_waits_for_a_safe_point(void **state)
{
	struct fixture fixture;
	size_t i;

	(void)state;
	/* Asked for while node2 is being stopped: the whole node is finished first. */
	prepare(&fixture, 3, false);
	begin(&fixture);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_INTEND);
	engine_abort(&fixture.engine);
	expect(send(&fixture, EVENT_JOURNALED, NULL), ACTION_ACT);
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_PAUSE);
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_ACT);
	expect(send(&fixture, EVENT_DONE, NULL), ACTION_CONFIRM);
	world_follows(&fixture, &fixture.plan.steps[3]);
	expect(send(&fixture, EVENT_JOURNALED, NULL), ACTION_GATE);
	for (i = 4; i < 8; i++) {
		expect(complete_step(&fixture), ACTION_GATE);
		world_follows(&fixture, &fixture.plan.steps[i]);
	}
	assert_int_equal(fixture.plan.steps[8].kind, STEP_ROLE);
	expect(complete_step(&fixture), ACTION_STOP);
	assert_int_equal(fixture.engine.step, 9);
	assert_int_equal(fixture.engine.cause, CAUSE_ABORT);
	assert_string_equal(fixture.engine.reason, "aborted as asked for");
}

static void an_abort_ends_the_wait_for_a_gate(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, 4, false); /* install@1, stopped already */
	fixture.view.nodes[1] = halted;
	expect(send(&fixture, EVENT_START, NULL), ACTION_GATE);
	engine_abort(&fixture.engine);
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_OBSERVE);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_UNDO);
	expect(send(&fixture, EVENT_DONE, NULL), ACTION_STOP);
	assert_int_equal(fixture.engine.cause, CAUSE_ABORT);
	assert_true(fixture.engine.undone);
}

/* Stops at install@1, refused, with node2 stopped by the run. */
static struct engine_action stop_at_install(struct fixture *fixture)
{
	prepare(fixture, 4, false);
	fixture->view.nodes[1] = halted;
	begin(fixture);
	send(fixture, EVENT_VIEW, NULL);
	send(fixture, EVENT_JOURNALED, NULL);
	return send(fixture, EVENT_REFUSED, "the installation failed");
}

static void an_abort_after_the_gate_is_heeded(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, 3, false);
	begin(&fixture);
	engine_abort(&fixture.engine);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_STOP);
	assert_int_equal(fixture.engine.cause, CAUSE_ABORT);
	/* A node that waits to be rebooted cannot simply be started again. */
	prepare(&fixture, 5, false);
	assert_int_equal(fixture.plan.steps[5].kind, STEP_REBOOT);
	expect(send(&fixture, EVENT_START, NULL), ACTION_GATE);
	engine_abort(&fixture.engine);
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_PAUSE);
}

static void an_undo_that_took_its_time_is_seen(void **state)
{
	struct fixture fixture;

	(void)state;
	stop_at_install(&fixture);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_UNDO);
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_PAUSE);
	fixture.view.nodes[1] = spare;
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_OBSERVE);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_STOP);
	assert_true(fixture.engine.undone);
}

static void what_was_stopped_is_started_again_before_a_stop(void **state)
{
	struct fixture fixture;

	(void)state;
	expect(stop_at_install(&fixture), ACTION_OBSERVE);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_UNDO);
	expect(send(&fixture, EVENT_RETRY, "connection lost"), ACTION_PAUSE);
	/* After trouble the world is looked at anew. */
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_OBSERVE);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_UNDO);
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_PAUSE);
	expect(send(&fixture, EVENT_ELAPSED, NULL), ACTION_OBSERVE);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_UNDO);
	expect(send(&fixture, EVENT_DONE, NULL), ACTION_STOP);
	assert_true(fixture.engine.undone);
	assert_int_equal(fixture.engine.cause, CAUSE_FAILURE);
	assert_string_equal(fixture.engine.reason, "the installation failed");
}

static void an_undo_has_an_end(void **state)
{
	struct fixture fixture;

	(void)state;
	/* New packages under stopped services: resume goes on from there. */
	stop_at_install(&fixture);
	fixture.view.nodes[1].upgraded = true;
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_STOP);
	assert_false(fixture.engine.undone);

	stop_at_install(&fixture);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_UNDO);
	expect(send(&fixture, EVENT_REFUSED, "half installed"), ACTION_STOP);

	stop_at_install(&fixture);
	expect(send(&fixture, EVENT_VIEW, NULL), ACTION_UNDO);
	fixture.now_ms = 30000;
	expect(send(&fixture, EVENT_WAIT, NULL), ACTION_STOP);

	/* The operator does not want to wait for it. */
	stop_at_install(&fixture);
	expect(send(&fixture, EVENT_INTERRUPT, NULL), ACTION_STOP);
	assert_int_equal(fixture.engine.cause, CAUSE_FAILURE);
}

static void nobody_is_started_beside_one_who_serves(void **state)
{
	struct cluster_view view = {.node_count = 2, .nodes = {serving, halted}};
	struct error err = {0};

	(void)state;
	assert_int_equal(engine_guard_rescue(1, &view, &err), -EPERM);
	assert_string_equal(err.text, "another node serves");
	/* It died. */
	view.nodes[0] = (struct node_view){0};
	assert_int_equal(engine_guard_rescue(1, &view, &err), 0);
	assert_int_equal(engine_guard_rescue(0, &view, &err), -EPERM);
	assert_string_equal(err.text, "the node cannot be reached");
	view.lease_lost = true;
	assert_int_equal(engine_guard_rescue(1, &view, &err), -EPERM);
	view.lease_lost = false;
	view.nodes[1] = spare;
	assert_int_equal(engine_guard_rescue(1, &view, &err), -EPERM);
	assert_string_equal(err.text, "the node's services run");
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
		cmocka_unit_test(the_operator_and_refusals_stop_it),
		cmocka_unit_test(an_unexpected_event_stops_it),
		cmocka_unit_test(never_the_last_one_standing),
		cmocka_unit_test(a_rollback_may_touch_the_dead_where_nobody_serves),
		cmocka_unit_test(a_rollback_waits_for_who_may_yet_serve),
		cmocka_unit_test(an_upgrade_stops_no_node_while_another_is_down),
		cmocka_unit_test(failover_needs_an_upgraded_successor),
		cmocka_unit_test(a_rehearsal_needs_somebody_to_take_over),
		cmocka_unit_test(the_budget_holds_before_every_step),
		cmocka_unit_test(gaps_have_a_budget_when_it_is_given),
		cmocka_unit_test(held_connections_have_a_budget_when_it_is_given),
		cmocka_unit_test(a_probe_that_cannot_look_is_no_silent_service),
		cmocka_unit_test(nobody_acts_without_the_lease),
		cmocka_unit_test(trouble_makes_it_ask_more_slowly),
		cmocka_unit_test(a_gate_makes_wait_or_holds),
		cmocka_unit_test(an_abort_waits_for_a_safe_point),
		cmocka_unit_test(an_abort_ends_the_wait_for_a_gate),
		cmocka_unit_test(an_abort_after_the_gate_is_heeded),
		cmocka_unit_test(an_undo_that_took_its_time_is_seen),
		cmocka_unit_test(what_was_stopped_is_started_again_before_a_stop),
		cmocka_unit_test(an_undo_has_an_end),
		cmocka_unit_test(nobody_is_started_beside_one_who_serves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
