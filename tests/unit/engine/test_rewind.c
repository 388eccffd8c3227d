/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a resumed run goes on: the journal's newest event, corrected by what the nodes say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "orchestrator/engine/rewind.h"

static const struct node_view serving = {
	.reachable = true,
	.services_active = true,
	.holds_floating_ip = true,
	.holds_all = true,
	.role = ROLE_PRIMARY,
};
static const struct node_view spare = {
	.reachable = true,
	.services_active = true,
	.role = ROLE_BACKUP,
};
static const struct node_view halted = {
	.reachable = true,
	.services_stopped = true,
	.role = ROLE_BACKUP, /* its newest role line is from before the stop */
};

/* 0 verify 1 preflight 2 upload 3-8 stop..role@1 9 failover@0 10-15 stop..role@0 16 final */
struct fixture {
	struct plan plan;
	struct rewind_facts facts;
	struct rewind rewind;
};

static void prepare(struct fixture *fixture)
{
	const struct plan_node nodes[] = {{ROLE_PRIMARY, true}, {ROLE_BACKUP, true}};

	memset(fixture, 0, sizeof(*fixture));
	assert_int_equal(plan_make(PLAN_UPGRADE, nodes, 2, &fixture->plan, NULL), 0);
	fixture->facts.view = (struct cluster_view){.node_count = 2, .nodes = {serving, spare}};
}

static void expect(struct fixture *fixture, size_t step, bool intended, size_t to_step,
	bool to_intended, const char *reason)
{
	const struct rewind_point point = {step, intended, step + intended};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(rewind_find(PLAN_UPGRADE, &fixture->plan, &point, &fixture->facts,
				 &fixture->rewind, &err),
		0);
	assert_string_equal(fixture->rewind.reason, reason);
	assert_int_equal(fixture->rewind.point.step, to_step);
	assert_int_equal(fixture->rewind.point.intended, to_intended);
	assert_false(fixture->rewind.replanned);
}

static void expect_new_plan(struct fixture *fixture, struct rewind_point point, const char *reason,
	size_t from, enum step_kind first, size_t count)
{
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(rewind_find(PLAN_UPGRADE, &fixture->plan, &point, &fixture->facts,
				 &fixture->rewind, &err),
		0);
	assert_true(fixture->rewind.replanned);
	assert_string_equal(fixture->rewind.reason, reason);
	assert_int_equal(fixture->rewind.point.step, from);
	assert_false(fixture->rewind.point.intended);
	assert_int_equal(fixture->rewind.plan.steps[from].kind, first);
	assert_int_equal(fixture->rewind.plan.count, count);
	/* What was before stays what it was. */
	assert_memory_equal(fixture->rewind.plan.steps, fixture->plan.steps,
		from * sizeof(fixture->plan.steps[0]));
}

static void the_newest_event_says_where_the_run_was(void **state)
{
	struct rewind_point point = {0};

	(void)state;
	rewind_follow(&point, 0, REWIND_INTENDED);
	assert_int_equal(point.step, 0);
	assert_true(point.intended);
	rewind_follow(&point, 0, REWIND_DONE);
	assert_int_equal(point.step, 1);
	assert_false(point.intended);
	rewind_follow(&point, 7, REWIND_FAILED);
	assert_int_equal(point.step, 7);
	assert_true(point.intended);
	/* It went back: that install, reboot and return were done once counts no longer. */
	rewind_follow(&point, 3, REWIND_INTENDED);
	rewind_follow(&point, 3, REWIND_DONE);
	assert_int_equal(point.step, 4);
	assert_false(point.intended);
	assert_int_equal(point.untouched, 8);
	rewind_follow(&point, 4, REWIND_REFUSED);
	assert_int_equal(point.step, 4);
	assert_false(point.intended);
}

static void nothing_happened_so_it_goes_on(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	expect(&fixture, 0, false, 0, false, "");
	expect(&fixture, 2, true, 2, true, "");
	expect(&fixture, 3, true, 3, true, "");
	fixture.facts.view.nodes[1] = halted;
	expect(&fixture, 4, true, 4, true, "");
	fixture.facts.view.nodes[1].upgraded = true;
	expect(&fixture, 4, true, 4, true, "");
	expect(&fixture, 5, false, 5, false, "");
	/* It is down, as it was told to be. */
	fixture.facts.view.nodes[1] = (struct node_view){0};
	expect(&fixture, 5, true, 5, true, "");
	expect(&fixture, 6, false, 6, false, "");
}

/* 2 rehearse@0 3 restore@0: killed in between, the roles have changed sides. */
static void a_rehearsal_is_ended_by_its_other_half(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	plan_rehearse(&fixture.plan, 0);
	expect(&fixture, 2, false, 2, false, "");
	expect(&fixture, 2, true, 2, true, "");
	fixture.facts.view.nodes[0] = spare;
	fixture.facts.view.nodes[1] = serving;
	expect(&fixture, 2, true, 2, true, "");
	expect(&fixture, 3, false, 3, false, "");
	expect(&fixture, 3, true, 3, true, "");
}

static void a_node_is_taken_from_where_it_is(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	/* Undone before the stop, or started by somebody. */
	expect(&fixture, 4, true, 3, false, "its services run again");
	assert_int_equal(fixture.rewind.node, 1);
	/* Its previous packages were put back. */
	fixture.facts.view.nodes[1] = halted;
	expect(&fixture, 7, false, 3, false,
		"it does not have the packages any more that were installed");
	/* "Told to reboot", "seen down" perhaps, but it never was. */
	fixture.facts.view.nodes[1].upgraded = true;
	fixture.facts.same_boot[1] = true;
	expect(&fixture, 5, true, 5, true, "");
	expect(&fixture, 6, true, 5, false, "it has not rebooted");
	expect(&fixture, 8, false, 5, false, "it has not rebooted");
}

static void the_nodes_own_mark_counts(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	fixture.facts.view.nodes[1].upgraded = true;
	fixture.facts.view.nodes[1].unbooted = true;
	expect(&fixture, 7, false, 5, false, "it has not rebooted");
	expect_new_plan(&fixture, (struct rewind_point){9, false, 9},
		"it was finished and has got packages since without a reboot", 9, STEP_VERIFY,
		9 + 17);
}

static void done_is_said_of_what_is(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	fixture.facts.view.nodes[0].upgraded = true;
	fixture.facts.view.nodes[1].upgraded = true;
	expect(&fixture, 17, false, 16, false, "");
}

static void roles_that_moved_mean_a_new_plan(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	fixture.facts.view.nodes[0] = spare;
	fixture.facts.view.nodes[1] = serving;
	/* stop@1 failed, for node2 serves now: node1 comes first. */
	expect_new_plan(&fixture, (struct rewind_point){3, true, 4},
		"the roles moved by themselves, it is primary", 4, STEP_VERIFY, 4 + 17);
	assert_int_equal(fixture.rewind.plan.steps[7].kind, STEP_STOP);
	assert_int_equal(fixture.rewind.plan.steps[7].node, 0);
	assert_int_equal(fixture.rewind.plan.steps[13].kind, STEP_FAILOVER);
	assert_int_equal(fixture.rewind.plan.steps[13].node, 1);

	/* The fail-over that was still to come has happened. */
	fixture.facts.view.nodes[1].upgraded = true;
	expect_new_plan(&fixture, (struct rewind_point){9, false, 9},
		"the roles moved by themselves, it is not primary", 9, STEP_VERIFY, 9 + 10);
	/* Unless it was this run that asked for it. */
	expect(&fixture, 9, true, 9, true, "");
}

static void a_finished_node_may_need_work_again(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	/* node2 has its previous packages again while node1's turn is near. */
	expect_new_plan(&fixture, (struct rewind_point){9, false, 9},
		"it was finished and has other packages now than it should", 9, STEP_VERIFY,
		9 + 17);
	assert_int_equal(fixture.rewind.node, 1);
	assert_int_equal(fixture.rewind.plan.steps[12].node, 1);
}

static void who_was_to_be_rebooted_still_is(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	/* Installed but not rebooted; then somebody started it, and it took over. */
	fixture.facts.view.nodes[0] = spare;
	fixture.facts.view.nodes[1] = serving;
	fixture.facts.view.nodes[1].upgraded = true;
	expect_new_plan(&fixture, (struct rewind_point){5, false, 5},
		"the roles moved by themselves, it is primary", 5, STEP_VERIFY, 5 + 17);
	assert_int_equal(fixture.rewind.plan.steps[14].kind, STEP_FAILOVER);
	assert_int_equal(fixture.rewind.plan.steps[15].kind, STEP_STOP);
	assert_int_equal(fixture.rewind.plan.steps[15].node, 1);
}

static void nobody_plans_while_roles_are_unclear(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	fixture.facts.view.nodes[0] = (struct node_view){0};
	fixture.facts.view.nodes[1] = serving;
	expect(&fixture, 3, true, 3, true, "");
}

static void new_plans_have_an_end(void **state)
{
	const struct rewind_point point = {9, false, PLAN_STEPS_MAX - 3};
	struct fixture fixture;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	prepare(&fixture);
	assert_int_equal(rewind_find(PLAN_UPGRADE, &fixture.plan, &point, &fixture.facts,
				 &fixture.rewind, &err),
		-ENOSPC);
	assert_non_null(strstr(error_text(&err), "begin anew with upgrade"));
}

/* 0 verify 1 preflight 2 upload 3 stop@0 4 install@0 5 stop@1 6 install@1 7 propagate 8 start@0 9
 * start@1 10 final */
static void prepare_fresh(struct fixture *fixture)
{
	const struct plan_node nodes[] = {{ROLE_UNKNOWN, true}, {ROLE_UNKNOWN, true}};
	const struct node_view installed = {
		.reachable = true, .services_stopped = true, .upgraded = true};

	memset(fixture, 0, sizeof(*fixture));
	fixture->facts.files_ready = true;
	assert_int_equal(plan_make(PLAN_BOOTSTRAP, nodes, 2, &fixture->plan, NULL), 0);
	fixture->facts.view = (struct cluster_view){
		.node_count = 2, .nodes = {installed, installed}, .kind = PLAN_BOOTSTRAP};
}

static void expect_fresh(struct fixture *fixture, size_t step, bool intended, size_t to_step,
	bool to_intended, const char *reason)
{
	const struct rewind_point point = {step, intended, step + intended};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(rewind_find(PLAN_BOOTSTRAP, &fixture->plan, &point, &fixture->facts,
				 &fixture->rewind, &err),
		0);
	assert_string_equal(fixture->rewind.reason, reason);
	assert_int_equal(fixture->rewind.point.step, to_step);
	assert_int_equal(fixture->rewind.point.intended, to_intended);
	assert_false(fixture->rewind.replanned);
}

static void a_first_installation_looks_at_all_that_was_done(void **state)
{
	struct fixture fixture;
	struct node_view *nodes = fixture.facts.view.nodes;

	(void)state;
	prepare_fresh(&fixture);
	expect_fresh(&fixture, 6, true, 6, true, "");
	nodes[1].services_stopped = false;
	expect_fresh(&fixture, 6, true, 5, false, "its services run again");
	nodes[1].services_stopped = true;
	nodes[0].upgraded = false;
	expect_fresh(&fixture, 9, true, 3, false,
		"it does not have the packages any more that were installed");
	/* Whether it has them nobody knows; the guard will not let the step act. */
	nodes[0].reachable = false;
	expect_fresh(&fixture, 6, true, 6, true, "");
	prepare_fresh(&fixture);
	nodes[0] = serving;
	nodes[0].upgraded = true;
	expect_fresh(&fixture, 9, true, 9, true, "");
	expect_fresh(&fixture, 10, false, 9, false, "its services do not run any more");
	expect_fresh(&fixture, 11, false, 9, false, "its services do not run any more");
	nodes[1].services_active = true;
	expect_fresh(&fixture, 11, false, 10, false, "");
}

static void a_first_installation_goes_on_beside_who_serves(void **state)
{
	struct fixture fixture;
	struct node_view *nodes = fixture.facts.view.nodes;

	(void)state;
	prepare_fresh(&fixture);
	fixture.facts.files_ready = false;
	nodes[1] = serving;
	nodes[1].upgraded = true;
	/* With other files perhaps: they are not replaced there, so it stays where the guard
	 * refuses. */
	expect_fresh(&fixture, 7, false, 7, false, "");
	fixture.facts.files_ready = true;
	expect_fresh(
		&fixture, 7, true, 8, false, "it serves already, and nothing is missing anywhere");
	assert_int_equal(fixture.rewind.node, 1);
	expect_fresh(
		&fixture, 0, false, 8, false, "it serves already, and nothing is missing anywhere");
	expect_fresh(&fixture, 8, true, 8, true, "");
	nodes[0].upgraded = false;
	expect_fresh(&fixture, 3, false, 3, false, "");
}

/* A start failed by a wrong file, the operator has mended it here: it comes to the nodes. */
static void a_first_installation_brings_the_files_again(void **state)
{
	struct fixture fixture;
	struct node_view *nodes = fixture.facts.view.nodes;

	(void)state;
	prepare_fresh(&fixture);
	fixture.facts.files_ready = false;
	expect_fresh(&fixture, 6, true, 6, true, "");
	expect_fresh(&fixture, 7, true, 7, true, "");
	expect_fresh(&fixture, 8, true, 7, false,
		"not every node is known to have the files that are here");
	assert_int_equal(fixture.rewind.node, PLAN_NO_NODE);
	/* Before it is seen that the first one's services do not run. */
	expect_fresh(&fixture, 10, false, 7, false,
		"not every node is known to have the files that are here");
	/* Who cannot be asked holds the guard; the files come first all the same. */
	nodes[1] = (struct node_view){0};
	expect_fresh(&fixture, 9, true, 7, false,
		"not every node is known to have the files that are here");
	prepare_fresh(&fixture);
	fixture.facts.files_ready = false;
	/* Started, and no role yet: it has read the old ones, and would be taken for started. */
	nodes[1].services_stopped = false;
	nodes[1].services_active = true;
	expect_fresh(&fixture, 9, true, 5, false,
		"its services run, without the files that are here perhaps");
	assert_int_equal(fixture.rewind.node, 1);
	/* With a role it takes part: nothing is replaced under it. */
	nodes[1].role = ROLE_BACKUP;
	nodes[0].services_active = true;
	expect_fresh(&fixture, 9, true, 9, true, "");
	/* Packages come before files. */
	nodes[1].role = ROLE_UNKNOWN;
	nodes[0].upgraded = false;
	expect_fresh(&fixture, 9, true, 3, false,
		"it does not have the packages any more that were installed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_event_says_where_the_run_was),
		cmocka_unit_test(nothing_happened_so_it_goes_on),
		cmocka_unit_test(a_rehearsal_is_ended_by_its_other_half),
		cmocka_unit_test(a_node_is_taken_from_where_it_is),
		cmocka_unit_test(the_nodes_own_mark_counts),
		cmocka_unit_test(done_is_said_of_what_is),
		cmocka_unit_test(roles_that_moved_mean_a_new_plan),
		cmocka_unit_test(a_finished_node_may_need_work_again),
		cmocka_unit_test(who_was_to_be_rebooted_still_is),
		cmocka_unit_test(nobody_plans_while_roles_are_unclear),
		cmocka_unit_test(new_plans_have_an_end),
		cmocka_unit_test(a_first_installation_looks_at_all_that_was_done),
		cmocka_unit_test(a_first_installation_goes_on_beside_who_serves),
		cmocka_unit_test(a_first_installation_brings_the_files_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
