/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run that ended early says of the nodes, and of the ways on and back. The nodes are what
 * the test says they are. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/run/advice.h"
#include "tests/unit/step/fake_node.h"

static const char job[] = "demo-7";

/* As it was asked last; who cannot be asked is of no boot. */
static void expect(enum advice_end end, const char *expected)
{
	const struct advice advice = {.end = end, .run_name = "7"};
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	CLEANUP(cleanup_text) struct text words = {0};

	memcpy(fake.run.job, job, sizeof(job));
	nodes_ask_all(&fake.run.nodes, PLAN_NO_NODE, errors);
	advice_say(&fake.run, &advice, &words);
	assert_string_equal(text_string(&words), expected);
}

static void test_a_first_installation_says_who_serves_and_who_cannot_be_asked(void **state)
{
	(void)state;
	fake.run.target.kind = PLAN_BOOTSTRAP;
	fake.nodes[0].serves = fake.nodes[0].runs = true;
	fake.nodes[1].trouble = -ETIMEDOUT;
	expect(ADVICE_STOPPED,
		"web1 serves (primary, holds the floating IP).\n"
		"web2 cannot be reached.\n"
		"Mend the cause, then run the same bootstrap again: it looks first and goes on. Or:  haupgrade resume 7\n");
}

/* Nobody serves yet: that is as it should be, and no way back is needed. */
static void test_a_first_installation_says_what_still_runs(void **state)
{
	(void)state;
	fake.run.target.kind = PLAN_BOOTSTRAP;
	fake.nodes[1].installing = fake.nodes[1].endless = true;
	expect(ADVICE_STOPPED,
		"The installation on web2 is still running: /var/lib/haupgrade/jobs/demo-7-install/output there.\n"
		"Mend the cause, then run the same bootstrap again: it looks first and goes on. Or:  haupgrade resume 7\n");
	fake.nodes[1].installing = false;
	expect(ADVICE_ABORTED,
		"An aborted run is not resumed. To go forward:  haupgrade bootstrap\n");
}

static void test_an_upgrade_says_who_could_not_take_over(void **state)
{
	(void)state;
	fake.nodes[0].serves = fake.nodes[0].runs = true;
	expect(ADVICE_STOPPED,
		"web1 serves (primary, holds the floating IP).\n"
		"web2 could not take over now: its services are stopped. Without resuming, start them there with:\n \n"
		"To go on once the cause is mended:  haupgrade resume 7\n");
	fake.nodes[0].serves = false;
	fake.nodes[1].runs = true;
	expect(ADVICE_ABORTED,
		"No node was seen serving: look at the cluster first (haupgrade status).\n"
		"An aborted run is not resumed. To go forward:  haupgrade upgrade\n");
}

/* A bootstrap has no way back, and a rollback has none by its own number. */
static void test_an_abort_offers_the_ways_that_there_are(void **state)
{
	static const struct {
		enum plan_kind kind;
		const char *done, *left;
	} cases[] = {
		{PLAN_UPGRADE,
			"run 7 is done: there is nothing to abort; `haupgrade rollback 7` would take it back",
			"run 7 is aborted, but the services that it had stopped do not run on 1 of 2 nodes (named above): start them there, or go back with `haupgrade rollback 7`"},
		{PLAN_ROLLBACK,
			"run 7 is done: there is nothing to abort; `haupgrade upgrade` would go forward again",
			"run 7 is aborted, but the services that it had stopped do not run on 1 of 2 nodes (named above): start them there, or go back with `haupgrade rollback 5`"},
		{PLAN_BOOTSTRAP,
			"run 7 is done: there is nothing to abort, and nothing was there before it to go back to",
			NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct journal_record record = {
			.run_id = 7, .of_run = 5, .kind = cases[i].kind};
		CLEANUP(error_release) struct error done = {0}, left = {0};

		assert_int_equal(advice_nothing_to_abort(&record, &done), -EINVAL);
		assert_string_equal(error_text(&done), cases[i].done);
		/* A first installation has stopped nobody who served. */
		if (!cases[i].left)
			continue;
		assert_int_equal(advice_left_stopped(&record, 1, 2, &left), -EAGAIN);
		assert_string_equal(error_text(&left), cases[i].left);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_node_begin, fake_node_end)
	const struct CMUnitTest tests[] = {
		TEST(test_a_first_installation_says_who_serves_and_who_cannot_be_asked),
		TEST(test_a_first_installation_says_what_still_runs),
		TEST(test_an_upgrade_says_who_could_not_take_over),
		cmocka_unit_test(test_an_abort_offers_the_ways_that_there_are),
	};

	return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
