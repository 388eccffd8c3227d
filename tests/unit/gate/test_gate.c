/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gates: pause points and approval, what they hold and in which words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/gate/gate_fixture.h"

static void test_nothing_given(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "");
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_may_begin(world->gate, 0, &err), 0);
	assert_int_equal(gate_fixture_go(world, 0, &err), world->run.plan.count);
	gate_end(world->gate, CAUSE_NONE, "");
	assert_string_equal(text_string(&world->told), "");
}

static void test_pause_names(void **state)
{
	struct gate_fixture *world = *state;
	static const char *const wrong[][2] = {
		{"web3",
			"pause after \"web3\": neither a step (haupgrade(8) lists them), nor a node of cluster shop, nor NODE:STEP"},
		{"web1:instal",
			"pause after \"web1:instal\": neither a step (haupgrade(8) lists them), nor a node of cluster shop, nor NODE:STEP"},
		{"web2:failover",
			"pause after \"web2:failover\": this run has no such step; `haupgrade plan` shows them"},
		{"stop",
			"pause after \"stop\": a run that stops there starts the services again; pause after the step before it, or after install"},
		{"final", "pause after \"final\": the run is at its end then"},
	};
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		world->options.pause_count = 0;
		assert_int_equal(gate_options_pause(&world->options, wrong[i][0], &err), 0);
		assert_int_equal(gate_fixture_open(world, false, &err), -EINVAL);
		assert_string_equal(error_text(&err), wrong[i][1]);
	}
	world->options.pause_count = 0;
	for (int i = 0; i < GATE_GIVEN_MAX; i++)
		assert_int_equal(gate_options_pause(&world->options, "upload", &err), 0);
	assert_int_equal(gate_options_pause(&world->options, "upload", &err), -E2BIG);
	assert_string_equal(error_text(&err), "--pause-after: given more than 16 times");
}

static void test_pauses(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "pause_after = {upload, \"web1:install\"}");
	gate_options_pause(&world->options, "web2", &err);
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_fixture_go(world, 0, &err), gate_fixture_index(world, STEP_STOP, 1));
	assert_string_equal(
		error_text(&err), "paused after upload, as wanted; `haupgrade resume 1` goes on");
	/* The resumed run goes on behind it, to the next one. */
	gate_fixture_begin(world, false, gate_fixture_index(world, STEP_STOP, 1), true);
	assert_int_equal(gate_fixture_go(world, gate_fixture_index(world, STEP_STOP, 1), &err),
		gate_fixture_index(world, STEP_FAILOVER, 0));
	assert_string_equal(error_text(&err),
		"paused after web2: role, as wanted; `haupgrade resume 1` goes on");
	gate_fixture_begin(world, false, gate_fixture_index(world, STEP_FAILOVER, 0), true);
	assert_int_equal(gate_fixture_go(world, gate_fixture_index(world, STEP_FAILOVER, 0), &err),
		gate_fixture_index(world, STEP_REBOOT, 0));
	assert_non_null(strstr(text_string(&world->told), "pause  web2 0: paused after upload"));
}

/* The plan was made anew since: a point that is gone is told, and the others hold. */
static void test_pauses_that_were_remembered(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "");
	gate_options_pause(&world->options, "web2:failover", &err);
	gate_options_pause(&world->options, "web2", &err);
	world->options.pauses_recalled = true;
	assert_int_equal(gate_fixture_open(world, false, &err), 0);
	assert_string_equal(error_text(&err), "");
	assert_string_equal(text_string(&world->told),
		"pause   1: pause after \"web2:failover\": this run has no such step; `haupgrade plan` shows them: passed over\n");
	gate_fixture_begin(world, false, gate_fixture_index(world, STEP_STOP, 1), true);
	assert_int_equal(gate_fixture_go(world, gate_fixture_index(world, STEP_STOP, 1), &err),
		gate_fixture_index(world, STEP_FAILOVER, 0));
	gate_fixture_begin(world, false, gate_fixture_index(world, STEP_FAILOVER, 0), true);
	assert_int_equal(gate_fixture_go(world, gate_fixture_index(world, STEP_FAILOVER, 0), &err),
		world->run.plan.count);
}

/* The cluster file was written for all plans; only a point that no plan could have is wrong. */
static void test_pauses_of_the_cluster_file_that_are_not_in_the_plan(void **state)
{
	struct gate_fixture *world = *state;
	const struct plan_node primary_done[] = {{ROLE_PRIMARY, false}, {ROLE_BACKUP, true}};
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "pause_after = {web1, failover, web2}");
	assert_int_equal(plan_make(PLAN_UPGRADE, primary_done, 2, &world->run.plan, &err), 0);
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_fixture_go(world, 0, &err),
		gate_fixture_index(world, STEP_FINAL, PLAN_NO_NODE));
	assert_non_null(strstr(text_string(&world->told),
		"pause   1: pause after \"failover\": this run has no such step; `haupgrade plan` shows them: passed over\n"));
	cluster_free(world->cluster);
	run_context_clear(&world->run);
	gate_fixture_load(world, "pause_after = {web3}");
	assert_int_equal(gate_fixture_open(world, false, &err), -EINVAL);
	assert_non_null(
		strstr(error_text(&err), "/shop.conf: pause after \"web3\": neither a step"));
}

static void test_approval_without_a_terminal(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "");
	world->options.approve = true;
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_fixture_go(world, 0, &err), gate_fixture_index(world, STEP_STOP, 1));
	assert_string_equal(error_text(&err),
		"web2: unknown, ; no probe; nobody can be asked here: approve it by `haupgrade resume --approve 1`");
	/* That is the answer, for this node only. */
	gate_fixture_begin(world, false, gate_fixture_index(world, STEP_STOP, 1), true);
	assert_int_equal(gate_fixture_go(world, gate_fixture_index(world, STEP_STOP, 1), &err),
		gate_fixture_index(world, STEP_FAILOVER, 0));
	assert_non_null(strstr(error_text(&err), "web1: fail over from it: "));
	/* Not what was stopped in the middle of a node for another reason. */
	gate_fixture_begin(world, false, gate_fixture_index(world, STEP_INSTALL, 1), true);
	assert_int_equal(gate_fixture_go(world, gate_fixture_index(world, STEP_INSTALL, 1), &err),
		gate_fixture_index(world, STEP_FAILOVER, 0));
	gate_fixture_begin(world, false, gate_fixture_index(world, STEP_FAILOVER, 0), true);
	assert_int_equal(gate_fixture_go(world, gate_fixture_index(world, STEP_FAILOVER, 0), &err),
		gate_fixture_index(world, STEP_STOP, 0));
	/* A resume that does not say it is no answer, but the run wants one. */
	world->options.approve = false;
	world->options.approval_wanted = true;
	gate_fixture_begin(world, false, gate_fixture_index(world, STEP_STOP, 0), true);
	assert_int_equal(gate_fixture_go(world, gate_fixture_index(world, STEP_STOP, 0), &err),
		gate_fixture_index(world, STEP_STOP, 0));
	assert_non_null(strstr(error_text(&err), "approve it by `haupgrade resume --approve 1`"));
}

static void test_approval_at_a_terminal(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "");
	world->options.approve = true;
	gate_fixture_begin(world, true, 0, false);
	assert_int_equal(gate_fixture_go(world, 0, &err), world->run.plan.count);
	assert_string_equal(world->question, "web1: unknown, ; no probe. Go on? [y/N] ");
	assert_non_null(
		strstr(text_string(&world->told), "approval  web2 1: given at the terminal\n"));
	world->answer = 0;
	gate_fixture_begin(world, true, 0, false);
	assert_int_equal(gate_fixture_ask(world, STEP_STOP, 1, &err), GATE_HOLD);
	assert_string_equal(error_text(&err),
		"web2 was not approved; `haupgrade resume --approve 1` asks again");
	/* Somebody elsewhere wants the run to end: nobody has to come and answer. */
	assert_int_equal(
		journal_request(world->journal, world->run_id, "abort", "eve@hill", &err), 0);
	world->answer = 1;
	assert_int_equal(gate_fixture_ask(world, STEP_FAILOVER, 0, &err), GATE_WAIT);
	assert_string_equal(error_text(&err), "an abort is asked for");
}

static void test_a_signal_ends_the_question(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(error_release) struct error err = {0};

	gate_fixture_load(world, "");
	world->options.approve = true;
	gate_fixture_begin(world, true, 0, false);
	world->answer = -EINTR;
	assert_int_equal(gate_fixture_ask(world, STEP_STOP, 1, &err), GATE_WAIT);
}

#define GATE_TEST(function) \
	cmocka_unit_test_setup_teardown(function, gate_fixture_set_up, gate_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(test_nothing_given),
		GATE_TEST(test_pause_names),
		GATE_TEST(test_pauses),
		GATE_TEST(test_pauses_that_were_remembered),
		GATE_TEST(test_pauses_of_the_cluster_file_that_are_not_in_the_plan),
		GATE_TEST(test_approval_without_a_terminal),
		GATE_TEST(test_approval_at_a_terminal),
		GATE_TEST(test_a_signal_ends_the_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
