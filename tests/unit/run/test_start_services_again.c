/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the services that a run stopped are started after it, and when they stay stopped. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/run/start_services_again.h"
#include "tests/unit/journal/journal_fixture.h"
#include "tests/unit/step/fake_node.h"

#define STARTED "note web1: the run that stopped them has ended; start web1; "

static int start_services_again(void)
{
	error_release(&fake.error);
	return start_services_again_node(&fake.run, 0, &fake.error);
}

static void expect_log(const char *log)
{
	assert_string_equal(text_string(&fake.log), log);
}

/* Nothing was told, and why is said. */
static void expect_refusal(int result, const char *words)
{
	assert_int_equal(start_services_again(), result);
	expect_log("");
	if (!strstr(error_text(&fake.error), words))
		fail_msg("%s", error_text(&fake.error));
}

static void what_runs_is_told_nothing(void **state)
{
	(void)state;
	fake.nodes[0].runs = true;
	assert_int_equal(start_services_again(), 0);
	expect_log("");
}

static void what_is_stopped_is_started_and_noted_before(void **state)
{
	(void)state;
	assert_int_equal(start_services_again(), 1);
	expect_log(STARTED);
}

static void a_package_that_is_not_whole_keeps_them_stopped(void **state)
{
	(void)state;
	fake.nodes[0].state = "half-configured";
	expect_refusal(-EBADMSG, "web1: package a is half-configured, so the services stay");
}

static void a_package_that_is_there_twice_keeps_them_stopped(void **state)
{
	(void)state;
	fake.nodes[0].versions[1] = "0:2-1";
	expect_refusal(-EBADMSG, "web1: package a is installed twice");
}

static void a_node_without_the_packages_is_not_started(void **state)
{
	(void)state;
	fake.nodes[0].versions[0] = NULL;
	expect_refusal(-EBADMSG, "web1: none of the profile's packages is installed");
}

static void nothing_is_started_under_an_installation(void **state)
{
	(void)state;
	fake.nodes[0].installing = fake.nodes[0].endless = true;
	expect_refusal(-EBUSY, "still running, so the services stay stopped");
}

static void what_an_installation_left_is_asked_for_after_its_end(void **state)
{
	(void)state;
	fake.nodes[0].installing = true;
	fake.nodes[0].leaves = "unpacked";
	assert_int_equal(start_services_again(), -EBADMSG);
	expect_log("await web1; ");
}

static void a_node_as_before_the_run_loses_its_mark_first(void **state)
{
	static char before[] = "a-1-1.noarch";

	(void)state;
	fake.run.target.before[0] = before;
	assert_int_equal(start_services_again(), 1);
	expect_log("unmark web1; " STARTED);
}

static void a_node_that_was_changed_keeps_its_mark(void **state)
{
	static char before[] = "a-0-1.noarch";

	(void)state;
	fake.run.target.before[0] = before;
	assert_int_equal(start_services_again(), 1);
	expect_log(STARTED);
}

static void a_complaint_counts_for_nothing_when_they_run(void **state)
{
	(void)state;
	fake.nodes[0].told_to_start = -EREMOTEIO;
	assert_int_equal(start_services_again(), 1);
}

static void a_lost_link_is_trouble(void **state)
{
	(void)state;
	fake.nodes[0].told_to_start = -ENOTCONN;
	assert_int_equal(start_services_again(), -ENOTCONN);
}

static void who_does_not_come_up_is_told_of_at_the_deadline(void **state)
{
	(void)state;
	fake.nodes[0].starts = false;
	assert_int_equal(start_services_again(), -ETIME);
	assert_string_equal(error_text(&fake.error),
		"web1: the services were told to start, but do not run after 60 s; look at their logs there");
}

static void a_node_that_is_away_is_left_alone(void **state)
{
	(void)state;
	fake.nodes[0].trouble = -ETIMEDOUT;
	expect_refusal(-ETIMEDOUT, "web1: away");
}

static int begin_with_journal(void **state)
{
	return journal_fixture_folder(state) == 0 && fake_node_begin(state) == 0 ? 0 : -1;
}

static int end_with_journal(void **state)
{
	return fake_node_end(state) == 0 && journal_fixture_remove(state) == 0 ? 0 : -1;
}

static void write_event(
	enum step_kind step, uint32_t index, const char *node, enum journal_kind kind)
{
	const struct journal_event event = {
		.step = index, .name = plan_step_name(step), .node = node, .kind = kind};

	assert_int_equal(journal_step_event(fake.run.journal, fake.run.id, &event, NULL), 0);
}

static void expect_stopped(enum plan_kind kind, bool web1, bool web2)
{
	bool stopped[CLUSTER_NODES_MAX] = {false};

	fake.run.target.kind = kind;
	assert_int_equal(start_services_again_find(&fake.run, stopped, NULL), 0);
	assert_int_equal(stopped[0], web1);
	assert_int_equal(stopped[1], web2);
}

/* It went back to the stop, for somebody had begun to start them, and a gate held it there. */
static void a_stop_that_was_refused_later_has_been_one_nevertheless(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);

	fake.run.journal = journal;
	fake.run.id = journal_fixture_begin(journal);
	expect_stopped(PLAN_UPGRADE, false, false);
	write_event(STEP_STOP, 3, "web2", JOURNAL_REFUSED);
	expect_stopped(PLAN_UPGRADE, false, false);
	write_event(STEP_STOP, 3, "web2", JOURNAL_INTENDED);
	expect_stopped(PLAN_UPGRADE, false, true);
	write_event(STEP_STOP, 3, "web2", JOURNAL_STEP_DONE);
	write_event(STEP_STOP, 3, "web2", JOURNAL_REFUSED);
	expect_stopped(PLAN_UPGRADE, false, true);
	write_event(STEP_FAILOVER, 9, "web1", JOURNAL_STEP_FAILED);
	expect_stopped(PLAN_ROLLBACK, true, true);
	expect_stopped(PLAN_BOOTSTRAP, false, false);
	fake.run.journal = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_node_begin, fake_node_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_runs_is_told_nothing),
		TEST(what_is_stopped_is_started_and_noted_before),
		TEST(a_package_that_is_not_whole_keeps_them_stopped),
		TEST(a_package_that_is_there_twice_keeps_them_stopped),
		TEST(a_node_without_the_packages_is_not_started),
		TEST(nothing_is_started_under_an_installation),
		TEST(what_an_installation_left_is_asked_for_after_its_end),
		TEST(a_node_as_before_the_run_loses_its_mark_first),
		TEST(a_node_that_was_changed_keeps_its_mark),
		TEST(a_complaint_counts_for_nothing_when_they_run),
		TEST(a_lost_link_is_trouble),
		TEST(who_does_not_come_up_is_told_of_at_the_deadline),
		TEST(a_node_that_is_away_is_left_alone),
		cmocka_unit_test_setup_teardown(
			a_stop_that_was_refused_later_has_been_one_nevertheless, begin_with_journal,
			end_with_journal),
	};

	return cmocka_run_group_tests_name("start_services_again", tests, NULL, NULL);
}
