/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is decided around the engine: while a run is driven, after it, and when it goes on. Pure. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/run/continuation_judge.h"
#include "orchestrator/run/drive_judge.h"
#include "orchestrator/run/rescue_judge.h"
#include "orchestrator/run/start_services_again_judge.h"

static const struct step step_stop = {STEP_STOP, 1}, step_return = {STEP_RETURN, 1},
			 step_role = {STEP_ROLE, 1};

/* Node 0 serves, node 1 could take over. */
static struct cluster_view served(void)
{
	return (struct cluster_view){
		.node_count = 2,
		.probe_answered = true,
		.nodes =
			{
				{.reachable = true,
					.services_active = true,
					.holds_floating_ip = true,
					.holds_all = true,
					.role = ROLE_PRIMARY},
				{.reachable = true, .services_active = true, .role = ROLE_BACKUP},
			},
	};
}

/* Both are stopped. */
static struct cluster_view unserved(void)
{
	return (struct cluster_view){
		.node_count = 2,
		.nodes =
			{
				{.reachable = true, .services_stopped = true},
				{.reachable = true, .services_stopped = true},
			},
	};
}

static void who_was_just_seen_down_is_not_asked(void **state)
{
	(void)state;
	assert_int_equal(drive_judge_skip(&step_return), 1);
	assert_int_equal(drive_judge_skip(&step_role), PLAN_NO_NODE);
}

static void a_step_that_acts_needs_the_lease_and_one_that_waits_does_not(void **state)
{
	const struct cluster_view view = served();

	(void)state;
	assert_true(drive_judge_needs_lease(&step_stop, &view));
	assert_false(drive_judge_needs_lease(&step_role, &view));
}

static void a_signal_takes_the_place_of_any_answer_but_a_journaled_fact(void **state)
{
	(void)state;
	for (enum engine_event_kind kind = EVENT_START; kind < ENGINE_EVENT_COUNT; kind++) {
		assert_int_equal(drive_judge_event(kind, false), kind);
		assert_int_equal(drive_judge_event(kind, true),
			kind == EVENT_JOURNALED ? EVENT_JOURNALED : EVENT_INTERRUPT);
	}
}

static void the_signal_is_taken_back_once_and_only_before_an_undo(void **state)
{
	(void)state;
	for (enum engine_state each = ENGINE_READY; each < ENGINE_STATE_COUNT; each++) {
		assert_int_equal(drive_judge_takes_back(each, false), each == ENGINE_WEIGHING);
		assert_false(drive_judge_takes_back(each, true));
	}
}

static void a_stop_is_a_failure_of_what_was_begun_and_a_refusal_of_the_rest(void **state)
{
	(void)state;
	assert_int_equal(drive_judge_stop_event(true), JOURNAL_STEP_FAILED);
	assert_int_equal(drive_judge_stop_event(false), JOURNAL_REFUSED);
}

static void only_an_abort_ends_a_run_for_good(void **state)
{
	(void)state;
	for (enum engine_cause cause = CAUSE_FAILURE; cause < ENGINE_CAUSE_COUNT; cause++)
		assert_int_equal(drive_judge_stop_state(cause),
			cause == CAUSE_ABORT ? JOURNAL_ABORTED : JOURNAL_STOPPED);
}

static void a_budget_that_is_used_up_at_the_end_stops_the_run(void **state)
{
	struct cluster_view view = served();
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	view.probe_budget = view.probe_failed = 3;
	assert_int_equal(drive_judge_done_state(&view, &err), JOURNAL_DONE);
	assert_false(error_is_set(&err));
	view.probe_failed++;
	assert_int_equal(drive_judge_done_state(&view, &err), JOURNAL_STOPPED);
	assert_non_null(strstr(error_text(&err), "4 requests, more than the budget of 3"));
}

static void nobody_is_rescued_while_one_serves(void **state)
{
	const struct cluster_view view = served();

	(void)state;
	assert_false(rescue_judge_is_wanted(&view));
	assert_false(rescue_judge_may_start(1, &view, false));
}

static void nobody_is_rescued_without_the_lease(void **state)
{
	struct cluster_view view = unserved();

	(void)state;
	assert_true(rescue_judge_is_wanted(&view));
	assert_true(rescue_judge_may_start(1, &view, false));
	view.lease_lost = true;
	assert_false(rescue_judge_is_wanted(&view));
	assert_false(rescue_judge_may_start(1, &view, false));
}

static void nobody_is_rescued_by_a_first_installation(void **state)
{
	struct cluster_view view = unserved();

	(void)state;
	view.kind = PLAN_BOOTSTRAP;
	assert_false(rescue_judge_may_start(1, &view, false));
}

static void who_runs_without_being_healthy_is_not_started(void **state)
{
	const struct cluster_view view = unserved();

	(void)state;
	assert_false(rescue_judge_may_start(1, &view, true));
}

static void who_cannot_be_asked_is_not_started(void **state)
{
	struct cluster_view view = unserved();

	(void)state;
	view.nodes[1] = (struct node_view){0};
	assert_true(rescue_judge_may_start(0, &view, false));
	assert_false(rescue_judge_may_start(1, &view, false));
}

static void a_stop_or_a_hand_over_that_was_begun_has_stopped_the_services(void **state)
{
	static const enum step_kind stopping[] = {STEP_STOP, STEP_FAILOVER, STEP_REHEARSE};

	(void)state;
	for (size_t i = 0; i < sizeof(stopping) / sizeof(*stopping); i++) {
		assert_true(start_services_again_judge_was_stopped(
			PLAN_UPGRADE, stopping[i], JOURNAL_INTENDED));
		assert_true(start_services_again_judge_was_stopped(
			PLAN_ROLLBACK, stopping[i], JOURNAL_STEP_DONE));
		assert_true(start_services_again_judge_was_stopped(
			PLAN_UPGRADE, stopping[i], JOURNAL_STEP_FAILED));
		assert_false(start_services_again_judge_was_stopped(
			PLAN_UPGRADE, stopping[i], JOURNAL_REFUSED));
		assert_false(start_services_again_judge_was_stopped(
			PLAN_BOOTSTRAP, stopping[i], JOURNAL_STEP_DONE));
	}
	assert_false(start_services_again_judge_was_stopped(
		PLAN_UPGRADE, STEP_RESTORE, JOURNAL_STEP_DONE));
}

static void packages_that_are_whole_are_started_and_lose_a_mark_that_is_not_true(void **state)
{
	static char name[] = "a", arch[] = "noarch", evr[] = "0:1-1", whole[] = "";
	struct facts_package package = {name, evr, arch, whole};
	const struct facts facts = {.packages = &package, .package_count = 1};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(start_services_again_judge_move(&facts, true, "web1", &err),
		START_SERVICES_AGAIN_UNMARK);
	assert_int_equal(start_services_again_judge_move(&facts, false, "web1", &err),
		START_SERVICES_AGAIN_START);
	assert_false(error_is_set(&err));
}

static void two_architectures_of_a_package_are_no_two_instances_of_it(void **state)
{
	static char name[] = "a", evr[] = "0:1-1", whole[] = "", x86_64[] = "x86_64",
		    i686[] = "i686";
	struct facts_package packages[] = {{name, evr, x86_64, whole}, {name, evr, i686, whole}};
	const struct facts facts = {.packages = packages, .package_count = 2};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(start_services_again_judge_move(&facts, false, "web1", &err),
		START_SERVICES_AGAIN_START);
	packages[1].arch = x86_64;
	assert_int_equal(start_services_again_judge_move(&facts, false, "web1", &err),
		START_SERVICES_AGAIN_NOT);
	assert_non_null(strstr(error_text(&err), "web1: package a is installed twice"));
}

static void half_installed_packages_are_not_started_whatever_was_before(void **state)
{
	static char name[] = "a", arch[] = "all", evr[] = "0:1-1", half[] = "half-configured";
	struct facts_package package = {name, evr, arch, half};
	const struct facts facts = {.packages = &package, .package_count = 1}, none = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(start_services_again_judge_move(&facts, true, "web1", &err),
		START_SERVICES_AGAIN_NOT);
	assert_non_null(strstr(error_text(&err), "web1: package a is half-configured"));
	assert_int_equal(start_services_again_judge_move(&none, true, "web2", &err),
		START_SERVICES_AGAIN_NOT);
	assert_non_null(strstr(error_text(&err), "web2: none of the profile's packages"));
}

/* A first installation of two nodes that has started both. */
static struct rewind resume_fresh(const struct continuation_seen *seen)
{
	const struct plan_node nodes[] = {{.needs_upgrade = true}, {.needs_upgrade = true}};
	struct plan plan;
	struct rewind rewind;

	assert_int_equal(plan_make(PLAN_BOOTSTRAP, nodes, 2, &plan, NULL), 0);
	const struct rewind_point point = {plan.count - 1, false, plan.count};
	assert_int_equal(continuation_judge_find(&plan, &point, seen, &rewind, NULL), 0);
	return rewind;
}

/* Both are installed on and stopped. */
static struct continuation_seen installed(void)
{
	struct continuation_seen seen = {
		.view = unserved(), .boots = {"a", "b"}, .boots_before = {"", ""}};

	seen.view.kind = PLAN_BOOTSTRAP;
	seen.view.nodes[0].upgraded = seen.view.nodes[1].upgraded = true;
	return seen;
}

static void files_that_are_as_here_are_not_brought_again(void **state)
{
	struct continuation_seen seen = installed();
	struct rewind rewind;

	(void)state;
	seen.files_asked = true;
	rewind = resume_fresh(&seen);
	assert_int_equal(rewind.plan.steps[rewind.point.step].kind, STEP_START);
}

static void files_that_changed_since_are_brought_again(void **state)
{
	struct continuation_seen seen = installed();
	struct rewind rewind;

	(void)state;
	seen.files_asked = seen.files_wanted = true;
	rewind = resume_fresh(&seen);
	assert_int_equal(rewind.plan.steps[rewind.point.step].kind, STEP_PROPAGATE);
}

static void files_that_nobody_could_ask_for_are_brought_again(void **state)
{
	const struct continuation_seen seen = installed();
	const struct rewind rewind = resume_fresh(&seen);

	(void)state;
	assert_int_equal(rewind.plan.steps[rewind.point.step].kind, STEP_PROPAGATE);
}

/* An upgrade of the backup that waits for its return; the step that it goes on with. */
static enum step_kind resume_return(const char *before, const char *now)
{
	const struct plan_node nodes[] = {
		{.role = ROLE_PRIMARY}, {.role = ROLE_BACKUP, .needs_upgrade = true}};
	struct continuation_seen seen = {
		.view = served(), .boots = {"a", now}, .boots_before = {"", before}};
	struct rewind_point point = {0};
	struct rewind rewind;
	struct plan plan;

	seen.view.nodes[0].upgraded = seen.view.nodes[1].upgraded = true;
	assert_int_equal(plan_make(PLAN_UPGRADE, nodes, 2, &plan, NULL), 0);
	while (plan.steps[point.step].kind != STEP_RETURN)
		point.step++;
	assert_int_equal(continuation_judge_find(&plan, &point, &seen, &rewind, NULL), 0);
	return rewind.plan.steps[rewind.point.step].kind;
}

static void who_has_not_booted_since_is_rebooted_and_nobody_else(void **state)
{
	(void)state;
	assert_int_equal(resume_return("b", "b"), STEP_REBOOT);
	assert_int_equal(resume_return("b", "c"), STEP_RETURN);
	assert_int_equal(resume_return("b", NULL), STEP_RETURN);
	assert_int_equal(resume_return("", ""), STEP_RETURN);
}

static void files_that_stay_other_than_here_are_told(void **state)
{
	static const struct plan_node nodes[2] = {{0}};
	struct continuation_seen seen = installed();
	struct plan plan;
	size_t propagate = 0;

	(void)state;
	assert_int_equal(plan_make(PLAN_BOOTSTRAP, nodes, 2, &plan, NULL), 0);
	while (plan.steps[propagate].kind != STEP_PROPAGATE)
		propagate++;
	seen.files_asked = seen.files_wanted = true;
	assert_false(continuation_judge_leaves_files(&plan, propagate, &seen));
	assert_true(continuation_judge_leaves_files(&plan, propagate + 1, &seen));
	seen.files_wanted = false;
	assert_false(continuation_judge_leaves_files(&plan, propagate + 1, &seen));
}

static void every_word_of_the_journal_has_its_mark(void **state)
{
	(void)state;
	assert_int_equal(continuation_judge_mark(JOURNAL_INTENDED), REWIND_INTENDED);
	assert_int_equal(continuation_judge_mark(JOURNAL_STEP_DONE), REWIND_DONE);
	assert_int_equal(continuation_judge_mark(JOURNAL_STEP_FAILED), REWIND_FAILED);
	assert_int_equal(continuation_judge_mark(JOURNAL_REFUSED), REWIND_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_just_seen_down_is_not_asked),
		cmocka_unit_test(a_step_that_acts_needs_the_lease_and_one_that_waits_does_not),
		cmocka_unit_test(a_signal_takes_the_place_of_any_answer_but_a_journaled_fact),
		cmocka_unit_test(the_signal_is_taken_back_once_and_only_before_an_undo),
		cmocka_unit_test(a_stop_is_a_failure_of_what_was_begun_and_a_refusal_of_the_rest),
		cmocka_unit_test(only_an_abort_ends_a_run_for_good),
		cmocka_unit_test(a_budget_that_is_used_up_at_the_end_stops_the_run),
		cmocka_unit_test(nobody_is_rescued_while_one_serves),
		cmocka_unit_test(nobody_is_rescued_without_the_lease),
		cmocka_unit_test(nobody_is_rescued_by_a_first_installation),
		cmocka_unit_test(who_runs_without_being_healthy_is_not_started),
		cmocka_unit_test(who_cannot_be_asked_is_not_started),
		cmocka_unit_test(a_stop_or_a_hand_over_that_was_begun_has_stopped_the_services),
		cmocka_unit_test(
			packages_that_are_whole_are_started_and_lose_a_mark_that_is_not_true),
		cmocka_unit_test(two_architectures_of_a_package_are_no_two_instances_of_it),
		cmocka_unit_test(half_installed_packages_are_not_started_whatever_was_before),
		cmocka_unit_test(files_that_are_as_here_are_not_brought_again),
		cmocka_unit_test(files_that_changed_since_are_brought_again),
		cmocka_unit_test(files_that_nobody_could_ask_for_are_brought_again),
		cmocka_unit_test(who_has_not_booted_since_is_rebooted_and_nobody_else),
		cmocka_unit_test(files_that_stay_other_than_here_are_told),
		cmocka_unit_test(every_word_of_the_journal_has_its_mark),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
