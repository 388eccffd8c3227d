/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written down with a step's intent, and taken back by a later process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/step/step.h"

static char boot[] = "0a:1", line[] = "12:00:00 now primary", first[] = "first",
	    second[] = "second";

struct fixture {
	struct facts_service services[2];
	struct node node;
	struct run_context run;
	struct text detail;
};

static void prepare(struct fixture *fixture, bool first_runs, bool second_runs)
{
	*fixture = (struct fixture){
		.services = {{FACTS_OWN, first, first_runs}, {FACTS_OWN, second, second_runs}},
	};
	fixture->node.facts = (struct facts){
		.boot = boot,
		.role = ROLE_PRIMARY,
		.role_line = line,
		.services = fixture->services,
		.service_count = 2,
	};
	fixture->run.nodes.items = &fixture->node;
	fixture->run.nodes.count = 1;
}

/* Written down, and known to the process that goes on. */
static void expect(struct fixture *fixture, enum step_kind kind, const char *role)
{
	const struct step step = {kind, 0};
	struct step_node *state = &fixture->run.state.nodes[0];

	step_intend(&fixture->run, &step, &fixture->detail);
	assert_string_equal(state->role_before, role);
	memset(state, 0, sizeof(*state));
	step_recall(&fixture->run, &step, text_string(&fixture->detail));
	assert_string_equal(state->boot_before, boot);
	assert_string_equal(state->role_before, role);
	text_clear(&fixture->detail);
}

static void the_role_from_before_a_start_counts_no_longer(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, false, false);
	expect(&fixture, STEP_START, line);
	/* One of them is started: what both are together they say anew. */
	prepare(&fixture, true, false);
	expect(&fixture, STEP_START, line);
}

static void who_runs_already_is_not_started_and_says_nothing_new(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, true, true);
	expect(&fixture, STEP_START, "");
	/* A reboot comes to all that runs. */
	expect(&fixture, STEP_REBOOT, line);
}

static void other_steps_ask_for_no_new_role(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture, true, true);
	step_intend(&fixture.run, &(struct step){STEP_STOP, 0}, &fixture.detail);
	assert_int_equal(fixture.detail.length, 0);
	assert_string_equal(fixture.run.state.nodes[0].boot_before, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_role_from_before_a_start_counts_no_longer),
		cmocka_unit_test(who_runs_already_is_not_started_and_says_nothing_new),
		cmocka_unit_test(other_steps_ask_for_no_new_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
