/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is told to hand over, how often, and what is believed. The nodes are what the test says they
 * are. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "orchestrator/step/step.h"
#include "tests/unit/step/fake_node.h"

static struct text evidence;

/* All nodes are looked at, as before the engine lets a step act. */
static void look(void)
{
	struct error errors[FAKE_NODES] = {0};

	nodes_ask_all(&fake.run.nodes, PLAN_NO_NODE, errors);
	for (size_t i = 0; i < FAKE_NODES; i++)
		error_release(&errors[i]);
}

/* web1 serves, and hands over when it is told to. */
static int set_up(void **state)
{
	fake_node_begin(state);
	fake.nodes[0].serves = fake.nodes[0].hands_over = true;
	fake.nodes[1].runs = true;
	look();
	return 0;
}

static int tear_down(void **state)
{
	text_clear(&evidence);
	return fake_node_end(state);
}

static enum step_result fail_over(bool may_act)
{
	error_release(&fake.error);
	text_clear(&evidence);
	return step_failover(&fake.run, 0, may_act, &evidence, &fake.error);
}

#define TOLD "tell web1: fail over; "

static void expect_told(const char *log)
{
	assert_string_equal(text_string(&fake.log), log);
}

static void it_is_told_once_and_seen(void **state)
{
	(void)state;
	assert_int_equal(fail_over(false), STEP_WAIT);
	expect_told("");
	assert_int_equal(fail_over(true), STEP_DONE);
	expect_told(TOLD);
	assert_int_equal(fake.let_go, 1);
	assert_string_equal(text_string(&evidence), "web2 holds the floating IP; its line");
}

static void a_command_that_complains_may_have_worked(void **state)
{
	(void)state;
	fake.nodes[0].told = -EREMOTEIO;
	assert_int_equal(fail_over(true), STEP_DONE);
	expect_told(TOLD);
}

static void one_without_effect_is_given_again(void **state)
{
	(void)state;
	fake.nodes[0].told = -EREMOTEIO;
	fake.nodes[0].hands_over = false;
	assert_int_equal(fail_over(true), STEP_RETRY);
	assert_string_equal(error_text(&fake.error), "it said no");
	fake.nodes[0].told = 0;
	fake.nodes[0].hands_over = true;
	assert_int_equal(fail_over(true), STEP_DONE);
	expect_told(TOLD TOLD);
}

/* It works, and nobody has seen that yet: the next look shows it, and the step is not acted on. */
static void a_lost_answer_is_no_reason_to_tell_it_again(void **state)
{
	(void)state;
	fake.nodes[0].told = -ENOTCONN;
	fake.nodes[0].hands_over = false;
	assert_int_equal(fail_over(true), STEP_RETRY);
	fake_node_swap();
	look();
	assert_int_equal(fail_over(true), STEP_DONE);
	expect_told(TOLD);
}

/* The one who takes over holds it already, the other one still drains. */
static void a_complaint_while_it_moves_is_no_reason_to_tell_it_again(void **state)
{
	(void)state;
	fake.nodes[0].told = -EREMOTEIO;
	fake.nodes[0].hands_over = false;
	fake.nodes[1].holds = true;
	assert_int_equal(fail_over(true), STEP_WAIT);
	assert_int_equal(fail_over(true), STEP_WAIT);
	expect_told(TOLD);
}

/* That it cannot be asked is no sign that it gave the address away. */
static void who_cannot_be_asked_is_told_later(void **state)
{
	(void)state;
	fake.nodes[0].trouble = -ETIMEDOUT;
	fake.nodes[0].told = -ENOTCONN;
	fake.nodes[0].hands_over = false;
	fake.nodes[1].serves = true;
	look();
	fake.nodes[1].serves = false;
	assert_int_equal(fail_over(true), STEP_RETRY);
	assert_string_equal(error_text(&fake.error), "web1: away");
	fake.nodes[0].trouble = fake.nodes[0].told = 0;
	fake.nodes[0].hands_over = true;
	look();
	assert_int_equal(fail_over(true), STEP_DONE);
	expect_told(TOLD TOLD);
}

/* Nobody has looked at the cluster as a whole since: that it holds it again is no reason. */
static void who_takes_it_back_by_itself_is_not_told_again(void **state)
{
	(void)state;
	fake.nodes[0].serves = false;
	fake.nodes[0].runs = true;
	fake.nodes[1].runs = false;
	fake.nodes[1].holds = true;
	look();
	assert_int_equal(fail_over(true), STEP_WAIT);
	fake.nodes[0].serves = true;
	fake.nodes[1].runs = true;
	fake.nodes[1].holds = false;
	assert_int_equal(fail_over(true), STEP_WAIT);
	assert_int_equal(fail_over(true), STEP_WAIT);
	expect_told("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_told_once_and_seen),
		TEST(a_command_that_complains_may_have_worked),
		TEST(one_without_effect_is_given_again),
		TEST(a_lost_answer_is_no_reason_to_tell_it_again),
		TEST(a_complaint_while_it_moves_is_no_reason_to_tell_it_again),
		TEST(who_cannot_be_asked_is_told_later),
		TEST(who_takes_it_back_by_itself_is_not_told_again),
	};

	return cmocka_run_group_tests_name("failover", tests, NULL, NULL);
}
