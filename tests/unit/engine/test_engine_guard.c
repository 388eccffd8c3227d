/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guard's invariants: before which steps it refuses, and in which words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/engine/engine_fixture.h"

static void expect_guard(
	enum step_kind kind, int node, const struct cluster_view *view, const char *refusal)
{
	const struct step step = {kind, node};
	CLEANUP(error_release) struct error err = {0};
	int result = engine_guard(&step, view, &err);

	if (!refusal) {
		assert_int_equal(result, 0);
		return;
	}
	assert_int_equal(result, -EPERM);
	assert_non_null(strstr(error_text(&err), refusal));
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
		view.kind = PLAN_ROLLBACK;
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
	struct cluster_view view = {
		.node_count = 2, .nodes = {halted, spare}, .kind = PLAN_ROLLBACK};

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
	view.kind = PLAN_ROLLBACK;
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
		"budget of 2; another node was answered meanwhile: look at this machine's own way to the floating IP");
	view.other_vantage = VIEW_HOLDER_ANSWERED;
	expect_guard(STEP_UPLOAD, PLAN_NO_NODE, &view,
		"; the node that holds it was answered meanwhile: the service runs, look at the network between it and this machine");
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
		"the floating IP gave no good answer for 3001 ms, longer than the gap budget of 3000 ms");
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
		"2 held connections through the floating IP broke, more than the held_budget of 1");
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
	CLEANUP(error_release) struct error err = {0};
	size_t i;

	(void)state;
	view.lease_lost = true;
	for (i = 0; i < 4; i++)
		expect_guard(kinds[i], 1, &view, "lease on the nodes is lost");
	expect_guard(STEP_RETURN, 1, &view, NULL);
	view.nodes[1] = halted;
	assert_int_equal(engine_guard_undo(&step, &view, &err), -EPERM);
}

static void nobody_is_started_beside_one_who_serves(void **state)
{
	struct cluster_view view = {.node_count = 2, .nodes = {serving, halted}};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(engine_guard_rescue(1, &view, &err), -EPERM);
	assert_string_equal(error_text(&err), "another node serves");
	/* It died. */
	view.nodes[0] = (struct node_view){0};
	assert_int_equal(engine_guard_rescue(1, &view, &err), 0);
	assert_int_equal(engine_guard_rescue(0, &view, &err), -EPERM);
	assert_string_equal(error_text(&err), "the node cannot be reached");
	view.lease_lost = true;
	assert_int_equal(engine_guard_rescue(1, &view, &err), -EPERM);
	view.lease_lost = false;
	view.nodes[1] = spare;
	assert_int_equal(engine_guard_rescue(1, &view, &err), -EPERM);
	assert_string_equal(error_text(&err), "the node's services run");
}

static void a_first_installation_touches_no_cluster_that_serves(void **state)
{
	static const enum step_kind kinds[] = {STEP_STOP, STEP_INSTALL, STEP_PROPAGATE};
	const struct node_view bare = {
		.name = "alpha", .reachable = true, .services_stopped = true};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const int node = kinds[i] == STEP_PROPAGATE ? PLAN_NO_NODE : 0;
		struct cluster_view view = {
			.node_count = 2, .nodes = {bare, bare}, .kind = PLAN_BOOTSTRAP};

		/* Nobody is served, so no budget can be used up and no probe be silent. */
		view.probe_failed = 1;
		view.probe_silent = true;
		expect_guard(kinds[i], node, &view, NULL);
		view.nodes[1].name = "beta";
		view.nodes[1].reachable = false;
		expect_guard(kinds[i], node, &view,
			"beta cannot be reached, so nobody knows whether it serves");
		view.nodes[1] = bare;
		view.nodes[1].holds_floating_ip = true;
		expect_guard(kinds[i], node, &view, "alpha serves already");
		view.nodes[1] = spare;
		expect_guard(kinds[i], node, &view, "use `haupgrade upgrade`");
		view.nodes[1] = bare;
		view.lease_lost = true;
		expect_guard(kinds[i], node, &view, "lease on the nodes is lost");
	}
}

static void a_first_installation_starts_what_has_its_packages(void **state)
{
	struct node_view bare = {.name = "alpha", .reachable = true, .services_stopped = true};
	struct cluster_view view = {
		.node_count = 2, .nodes = {bare, serving}, .kind = PLAN_BOOTSTRAP};

	(void)state;
	expect_guard(STEP_START, 0, &view, "alpha does not have the bundle's packages");
	view.nodes[0].upgraded = true;
	expect_guard(STEP_START, 0, &view, NULL);
	view.lease_lost = true;
	expect_guard(STEP_START, 0, &view, "lease on the nodes is lost");
	view.lease_lost = false;
	view.nodes[1].reachable = false;
	expect_guard(STEP_START, 0, &view, "nobody knows whether it serves");
	view.nodes[1] = bare;
	view.nodes[0].services_stopped = false;
	expect_guard(STEP_INSTALL, 0, &view, "nothing is installed under running services");
}

static void a_first_installation_starts_nobody_in_place_of_its_end(void **state)
{
	struct cluster_view view = {
		.node_count = 2, .nodes = {halted, halted}, .kind = PLAN_BOOTSTRAP};
	const struct step step = {STEP_INSTALL, 0};

	(void)state;
	assert_int_equal(engine_guard_undo(&step, &view, NULL), -EPERM);
	assert_int_equal(engine_guard_rescue(0, &view, NULL), -EPERM);
	view.kind = PLAN_UPGRADE;
	assert_int_equal(engine_guard_undo(&step, &view, NULL), 0);
	assert_int_equal(engine_guard_rescue(0, &view, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		cmocka_unit_test(nobody_is_started_beside_one_who_serves),
		cmocka_unit_test(a_first_installation_touches_no_cluster_that_serves),
		cmocka_unit_test(a_first_installation_starts_what_has_its_packages),
		cmocka_unit_test(a_first_installation_starts_nobody_in_place_of_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
