/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run has stopped and nobody serves: who is started then, and who is not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/run/rescue.h"
#include "tests/unit/step/fake_node.h"

#define STARTED(name) "note " name ": nobody serves; start " name "; "

static void expect(const char *log, const char *words)
{
	CLEANUP(cleanup_text) struct text said = {0};

	rescue_run(&fake.run, &said);
	assert_string_equal(text_string(&fake.log), log);
	assert_string_equal(text_string(&said), words);
}

static void the_first_who_serves_again_is_enough(void **state)
{
	(void)state;
	fake.nodes[0].may_serve = fake.nodes[1].may_serve = true;
	expect(STARTED("web1"), "Nobody served, so the services on web1 were started again.\n");
}

static void who_begins_to_serve_meanwhile_is_not_joined(void **state)
{
	(void)state;
	fake.nodes[0].serves_at_look = 2;
	expect("", "");
}

static void nobody_is_started_without_the_lease(void **state)
{
	(void)state;
	fake.lease_lost = true;
	expect("", "Nothing is done to the nodes any more: another run has the lease\n");
}

static void a_first_installation_has_nobody_to_rescue(void **state)
{
	(void)state;
	fake.run.target.kind = PLAN_BOOTSTRAP;
	expect("", "");
	assert_int_equal(fake.looks, 1);
}

static void who_need_not_wait_for_an_installation_goes_first(void **state)
{
	(void)state;
	fake.nodes[0].installing = true;
	fake.nodes[1].may_serve = true;
	expect(STARTED("web2"), "Nobody served, so the services on web2 were started again.\n");
	assert_true(fake.nodes[0].installing);
}

static void an_installation_is_waited_for_when_all_have_one(void **state)
{
	(void)state;
	fake.nodes[0].installing = fake.nodes[0].may_serve = true;
	fake.nodes[1].installing = fake.nodes[1].endless = true;
	expect("await web1; " STARTED("web1"),
		"Nobody served, so the services on web1 were started again.\n");
}

static void nothing_is_started_under_an_installation(void **state)
{
	(void)state;
	fake.nodes[0].installing = fake.nodes[0].endless = true;
	fake.nodes[1].trouble = -ETIMEDOUT;
	expect("",
		"Nobody serves, and the services on web1 were not started: web1: the installation is still running\n");
}

/* The cluster software gives it the role in a moment: it is not started a second time. Whose the
 * lease is, is asked at the first look and before each start that is thought of only: an answer may
 * take as long as all of the waiting. */
static void who_runs_is_waited_for(void **state)
{
	(void)state;
	fake.nodes[0].runs = true;
	fake.nodes[0].serves_at_look = 20;
	fake.nodes[1].trouble = -ETIMEDOUT;
	expect("", "");
	assert_int_equal(fake.looks, 20);
	assert_int_equal(fake.asked, 1 + 2 * FAKE_NODES);
}

/* A start would mend nothing. */
static void who_is_only_not_healthy_is_not_started(void **state)
{
	(void)state;
	fake.nodes[0].runs = fake.nodes[0].unhealthy = true;
	fake.nodes[1].trouble = -ETIMEDOUT;
	expect("", "");
}

static void trouble_of_a_start_is_told(void **state)
{
	(void)state;
	fake.nodes[0].may_serve = true;
	fake.nodes[0].told_to_start = -EREMOTEIO;
	expect(STARTED("web1"),
		"Nobody served; the services on web1 were told to start, with trouble: it complains\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_node_begin, fake_node_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_who_serves_again_is_enough),
		TEST(who_begins_to_serve_meanwhile_is_not_joined),
		TEST(nobody_is_started_without_the_lease),
		TEST(a_first_installation_has_nobody_to_rescue),
		TEST(who_need_not_wait_for_an_installation_goes_first),
		TEST(an_installation_is_waited_for_when_all_have_one),
		TEST(nothing_is_started_under_an_installation),
		TEST(who_runs_is_waited_for),
		TEST(who_is_only_not_healthy_is_not_started),
		TEST(trouble_of_a_start_is_told),
	};

	return cmocka_run_group_tests_name("rescue", tests, NULL, NULL);
}
