/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the second half of a rehearsal tells whom what. The nodes are what the test says they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "orchestrator/step/step.h"
#include "tests/unit/step/fake_node.h"

/* web1 is to serve again, which web2 does. */
static int set_up(void **state)
{
	fake_node_begin(state);
	fake.nodes[0].runs = true;
	fake.nodes[1].serves = true;
	return 0;
}

static enum step_result restore(bool may_act)
{
	CLEANUP(cleanup_text) struct text evidence = {0};

	error_release(&fake.error);
	return step_restore(&fake.run, 0, may_act, &evidence, &fake.error);
}

static void expect_told(const char *log)
{
	assert_string_equal(text_string(&fake.log), log);
}

static void who_serves_is_told_once(void **state)
{
	(void)state;
	assert_int_equal(restore(true), STEP_WAIT);
	expect_told("tell web2: fail over; ");
	assert_int_equal(restore(true), STEP_WAIT);
	expect_told("tell web2: fail over; ");
}

/* The node was not yet backup when the engine's guard last saw the cluster. */
static void after_a_wait_nobody_is_told_before_another_look(void **state)
{
	(void)state;
	fake.nodes[0].roleless = true;
	assert_int_equal(restore(true), STEP_WAIT);
	expect_told("");
	fake.nodes[0].roleless = false;
	assert_int_equal(restore(true), STEP_RETRY);
	expect_told("");
	assert_string_equal(error_text(&fake.error),
		"the cluster is looked at once more before web2 is told to fail over");
	assert_int_equal(restore(true), STEP_WAIT);
	expect_told("tell web2: fail over; ");
}

static void to_start_those_who_stopped_takes_another_look_too(void **state)
{
	static char command[] = "true", *words[] = {command};

	(void)state;
	fake.profile.failback = (struct word_list){words, 1};
	fake.run.state.restore.told_back = 1;
	assert_int_equal(restore(true), STEP_WAIT);
	text_clear(&fake.log);
	fake_node_swap();
	fake.nodes[1].runs = false;
	assert_int_equal(restore(true), STEP_RETRY);
	expect_told("");
	assert_int_equal(restore(true), STEP_WAIT);
	expect_told("tell web2: take back; ");
}

/* The other one, which drains, does not wait for connections that are held from here. */
static void held_connections_are_let_go_when_it_has_the_address(void **state)
{
	(void)state;
	assert_int_equal(restore(true), STEP_WAIT);
	assert_int_equal(fake.let_go, 0);
	fake.nodes[0].holds = true;
	assert_int_equal(restore(true), STEP_WAIT);
	assert_int_equal(fake.let_go, 1);
	fake_node_swap();
	assert_int_equal(restore(false), STEP_DONE);
	assert_int_equal(fake.let_go, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_serves_is_told_once, set_up, fake_node_end),
		cmocka_unit_test_setup_teardown(
			after_a_wait_nobody_is_told_before_another_look, set_up, fake_node_end),
		cmocka_unit_test_setup_teardown(
			to_start_those_who_stopped_takes_another_look_too, set_up, fake_node_end),
		cmocka_unit_test_setup_teardown(
			held_connections_are_let_go_when_it_has_the_address, set_up, fake_node_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
