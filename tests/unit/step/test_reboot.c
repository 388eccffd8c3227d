/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is taken for a reboot, and how the node is waited for. The node is what the test says it is.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "orchestrator/step/step.h"
#include "tests/unit/step/fake_node.h"

#define BEFORE "0a:1"
#define AFTER "0a:2"

static struct text evidence;

static int set_up(void **state)
{
	fake_node_begin(state);
	fake.nodes[0].boot = BEFORE;
	/* The connection breaks, as it does when a machine goes down. */
	fake.nodes[0].told = -ENOTCONN;
	snprintf(fake.run.state.nodes[0].boot_before, sizeof(fake.run.state.nodes[0].boot_before),
		BEFORE);
	return 0;
}

static int tear_down(void **state)
{
	text_clear(&evidence);
	return fake_node_end(state);
}

static void expect_told(const char *log)
{
	assert_string_equal(text_string(&fake.log), log);
}

static enum step_result act(step_act *step, bool may_act)
{
	error_release(&fake.error);
	text_clear(&evidence);
	return step(&fake.run, 0, may_act, &evidence, &fake.error);
}

static void it_is_told_once_and_seen_down(void **state)
{
	(void)state;
	assert_int_equal(act(step_reboot, true), STEP_WAIT);
	assert_int_equal(act(step_reboot, true), STEP_WAIT);
	expect_told("tell web1: reboot; ");
	assert_string_equal(error_text(&fake.error),
		"web1: told to reboot, still up with the same boot identity");
	fake.nodes[0].dial = -ETIMEDOUT;
	assert_int_equal(act(step_reboot, true), STEP_DONE);
	assert_string_equal(text_string(&evidence), "no longer answers, boot=" BEFORE " before");
	assert_null(fake.items[0].facts.boot);
}

static void nobody_is_told_without_knowing_what_was_before(void **state)
{
	(void)state;
	fake.run.state.nodes[0].boot_before[0] = '\0';
	assert_int_equal(act(step_reboot, true), STEP_REFUSED);
	assert_int_equal(act(step_reboot, false), STEP_WAIT);
	expect_told("");
}

/* Somebody listens there; that it is the machine, and how it is, nobody knows yet. */
static void a_port_that_is_open_is_no_answer(void **state)
{
	(void)state;
	fake.nodes[0].trouble = -EPROTO;
	assert_int_equal(act(step_reboot, true), STEP_WAIT);
	assert_int_equal(act(step_return, true), STEP_WAIT);
}

static void it_is_back_with_another_boot_identity_only(void **state)
{
	(void)state;
	assert_int_equal(act(step_return, true), STEP_WAIT);
	fake.nodes[0].boot = AFTER;
	assert_int_equal(act(step_return, true), STEP_DONE);
	assert_string_equal(text_string(&evidence), "boot identity " AFTER ", was " BEFORE);
}

static uint64_t knock_after(uint64_t waited_ms)
{
	fake.run.state.nodes[0].awaited_ms = clock_monotonic_ms() - waited_ms;
	assert_int_equal(act(step_return, true), STEP_WAIT);
	return fake.knock_ms;
}

static void knocks_grow_with_the_time_waited_for(void **state)
{
	(void)state;
	fake.nodes[0].dial = -ETIMEDOUT;
	assert_int_equal(act(step_return, true), STEP_WAIT);
	assert_int_equal(fake.knock_ms, 100);
	assert_int_not_equal(fake.run.state.nodes[0].awaited_ms, 0);
	assert_in_range(knock_after(16000), 500, 1000);
	assert_int_equal(knock_after(3600000), 1000);
	fake.nodes[0].dial = 0;
	fake.nodes[0].boot = AFTER;
	assert_int_equal(act(step_return, true), STEP_DONE);
	assert_int_equal(fake.run.state.nodes[0].awaited_ms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_is_told_once_and_seen_down, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			nobody_is_told_without_knowing_what_was_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_port_that_is_open_is_no_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			it_is_back_with_another_boot_identity_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			knocks_grow_with_the_time_waited_for, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("reboot", tests, NULL, NULL);
}
