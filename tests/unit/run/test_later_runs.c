/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which later runs stand in the way of going on with an earlier one, or of taking it back; and what
 * an abort needs of a run whose nodes are others by now. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/text.h"
#include "orchestrator/run/execution.h"
#include "orchestrator/run/later_runs.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/wanted_run.h"
#include "tests/unit/journal/journal_fixture.h"

static int64_t begin(struct journal *journal, enum plan_kind kind, int64_t of_run)
{
	struct journal_run run = *journal_fixture_run();
	int64_t run_id = 0;

	run.kind = kind;
	run.of_run = of_run;
	assert_int_equal(journal_run_begin(journal, &run, &run_id, NULL), 0);
	return run_id;
}

static void end(struct journal *journal, int64_t run_id, enum journal_state state)
{
	assert_int_equal(journal_run_state(journal, run_id, state, "", NULL), 0);
}

typedef int find(struct journal *journal, const struct journal_record *record,
	struct journal_record *newer, struct error *err);

/* The run that is in run_id's way; 0: none. */
static int64_t found(find *find_newer, struct journal *journal, int64_t run_id)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0}, newer = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(journal_run_load(journal, run_id, NULL, &record, &err), 0);
	assert_int_equal(find_newer(journal, &record, &newer, &err), 0);
	return newer.run_id;
}

/* What resume and abort take when they are given no number. */
static int64_t picked(struct journal *journal)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(wanted_run_to_go_on(journal, NULL, &record, &err), 0);
	return record.run_id;
}

static void an_aborted_run_that_changed_nothing_is_in_nobodys_way(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t first = begin(journal, PLAN_UPGRADE, 0), second;

	end(journal, first, JOURNAL_STOPPED);
	assert_int_equal(picked(journal), first);
	second = begin(journal, PLAN_UPGRADE, 0);
	assert_int_equal(found(later_runs_in_the_way, journal, first), second);
	assert_int_equal(found(later_runs_before_rollback, journal, first), second);
	assert_int_equal(found(later_runs_in_the_way, journal, second), 0);
	end(journal, second, JOURNAL_STOPPED);
	assert_int_equal(picked(journal), second);
	end(journal, second, JOURNAL_ABORTED);
	assert_int_equal(found(later_runs_in_the_way, journal, first), 0);
	assert_int_equal(found(later_runs_before_rollback, journal, first), 0);
	assert_int_equal(picked(journal), first);
}

static void who_may_have_installed_stays_in_the_way(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t first = begin(journal, PLAN_UPGRADE, 0), second;

	end(journal, first, JOURNAL_STOPPED);
	second = begin(journal, PLAN_UPGRADE, 0);
	journal_fixture_add(journal, second, 4, JOURNAL_REFUSED, NULL);
	end(journal, second, JOURNAL_ABORTED);
	assert_int_equal(found(later_runs_in_the_way, journal, first), 0);
	journal_fixture_add(journal, second, 4, JOURNAL_INTENDED, NULL);
	assert_int_equal(found(later_runs_in_the_way, journal, first), second);
	assert_int_equal(found(later_runs_before_rollback, journal, first), second);
	end(journal, second, JOURNAL_ROLLED_BACK);
	assert_int_equal(found(later_runs_before_rollback, journal, first), 0);
}

static void a_run_that_was_passed_over_is_not_picked(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	struct journal_run other = *journal_fixture_run();
	int64_t live, passed, newest;

	other.cluster = "mail";
	assert_int_equal(journal_run_begin(journal, &other, &live, NULL), 0);
	passed = begin(journal, PLAN_UPGRADE, 0);
	end(journal, passed, JOURNAL_STOPPED);
	newest = begin(journal, PLAN_UPGRADE, 0);
	journal_fixture_add(journal, newest, 4, JOURNAL_STEP_DONE, NULL);
	end(journal, newest, JOURNAL_DONE);
	assert_int_equal(found(later_runs_in_the_way, journal, passed), newest);
	assert_int_equal(picked(journal), live);
}

static void a_bootstrap_is_a_run_like_the_others(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t first = begin(journal, PLAN_UPGRADE, 0), bootstrap;

	end(journal, first, JOURNAL_STOPPED);
	bootstrap = begin(journal, PLAN_BOOTSTRAP, 0);
	end(journal, bootstrap, JOURNAL_STOPPED);
	assert_int_equal(found(later_runs_in_the_way, journal, first), bootstrap);
	assert_int_equal(found(later_runs_before_rollback, journal, first), bootstrap);
	assert_int_equal(picked(journal), bootstrap);
	end(journal, bootstrap, JOURNAL_ABORTED);
	assert_int_equal(found(later_runs_in_the_way, journal, first), 0);
	assert_int_equal(picked(journal), first);
	journal_fixture_add(journal, bootstrap, 4, JOURNAL_INTENDED, NULL);
	assert_int_equal(found(later_runs_in_the_way, journal, first), bootstrap);
}

/* The reason why the run is not to be taken back. */
static void expect_no_way_back(struct journal *journal, int64_t run_id, const char *reason)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(journal_run_load(journal, run_id, NULL, &record, &err), 0);
	assert_int_equal(wanted_run_may_be_taken_back(journal, &record, &err), -EINVAL);
	assert_string_equal(error_text(&err), reason);
}

static void an_open_bootstrap_is_ended_if_it_installed_nothing(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t first = begin(journal, PLAN_UPGRADE, 0), bootstrap;

	end(journal, first, JOURNAL_DONE);
	bootstrap = begin(journal, PLAN_BOOTSTRAP, 0);
	end(journal, bootstrap, JOURNAL_STOPPED);
	expect_no_way_back(journal, first,
		"run 2 of cluster shop is newer than run 1 and a bootstrap: there is no way back past it; if it has installed nothing, end it with `haupgrade abort 2`");
	journal_fixture_add(journal, bootstrap, 4, JOURNAL_INTENDED, NULL);
	end(journal, bootstrap, JOURNAL_ABORTED);
	expect_no_way_back(journal, first,
		"run 2 of cluster shop is newer than run 1 and a bootstrap: there is no way back past it");
}

static void a_rollback_goes_on_before_it_begins_anew(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t first = begin(journal, PLAN_UPGRADE, 0);
	int64_t back;

	end(journal, first, JOURNAL_DONE);
	back = begin(journal, PLAN_ROLLBACK, first);
	journal_fixture_add(journal, back, 4, JOURNAL_STEP_DONE, NULL);
	end(journal, back, JOURNAL_STOPPED);
	assert_int_equal(found(later_runs_before_rollback, journal, first), 0);
	assert_int_equal(found(later_runs_open_rollback, journal, first), back);
	end(journal, back, JOURNAL_ABORTED);
	assert_int_equal(found(later_runs_open_rollback, journal, first), 0);
	assert_int_equal(found(later_runs_before_rollback, journal, first), 0);
	assert_int_equal(found(later_runs_in_the_way, journal, first), back);
}

/* It changed nodes: to take back a later run that did not would put what it removed on them again.
 */
static void the_rollback_of_an_earlier_run_is_in_the_way(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t first = begin(journal, PLAN_UPGRADE, 0);
	int64_t second, back;

	end(journal, first, JOURNAL_DONE);
	second = begin(journal, PLAN_UPGRADE, 0);
	end(journal, second, JOURNAL_ABORTED);
	back = begin(journal, PLAN_ROLLBACK, first);
	journal_fixture_add(journal, back, 4, JOURNAL_STEP_DONE, NULL);
	end(journal, back, JOURNAL_DONE);
	end(journal, first, JOURNAL_ROLLED_BACK);
	assert_int_equal(found(later_runs_before_rollback, journal, second), back);
	assert_int_equal(found(later_runs_before_rollback, journal, first), 0);
}

static const char plan[] =
	"{\"version\":1,\"nodes\":[{\"name\":\"gone\",\"address\":\"192.0.2.9\",\"before\":\"a-9-1.noarch\"},{\"name\":\"web2\",\"address\":\"192.0.2.2\",\"before\":\"a-2-1.noarch\"},{\"name\":\"web1\",\"address\":\"192.0.2.1\",\"before\":\"a-1-1.noarch\"}],\"steps\":[]}";

/* One was replaced under another address, one is new, one is gone, and the order is another. */
static void an_abort_knows_nodes_by_name(void **state)
{
	static char name1[] = "web1", name2[] = "web2", name3[] = "new", address1[] = "192.0.2.1",
		    address2[] = "192.0.2.22", file[] = "shop.conf";
	struct cluster_node nodes[] = {{.name = name1, .address = address1},
		{.name = name2, .address = address2}, {.name = name3, .address = address2}};
	const struct cluster cluster = {.file = file, .nodes = nodes, .node_count = 3};
	struct run_context run = {.nodes = {.cluster = &cluster, .count = 3}};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(plan_record_read_versions(plan, &run, &err), 0);
	assert_string_equal(run.target.before[0], "a-1-1.noarch");
	assert_string_equal(run.target.before[1], "a-2-1.noarch");
	assert_null(run.target.before[2]);
	/* Whoever takes steps must know them all. */
	assert_int_equal(plan_record_read(plan, &run, &err), -EINVAL);
	assert_non_null(strstr(error_text(&err), "put the nodes back in that order"));
	assert_int_equal(plan_record_read_versions("{\"version\":2}", &run, &err), -EINVAL);
	assert_int_equal(plan_record_read_versions("no", &run, &err), -EINVAL);
	assert_int_equal(plan_record_read_versions(
				 "{\"version\":1,\"nodes\":[{\"name\":\"web1\"}]}", &run, &err),
		-EINVAL);
	free(run.target.before[0]);
	free(run.target.before[1]);
}

/* A second disruption of the whole cluster is no answer to a request that failed at the very end.
 */
static void what_was_finished_is_not_taken_back(void **state)
{
	struct execution execution = {
		.end = {.cause = CAUSE_FAILURE, .step = 4},
		.roll_back = true,
		.way_back = true,
		.run = {.nodes = {0}, .plan = {.count = 5}},
	};

	(void)state;
	assert_true(execution_must_roll_back(&execution));
	execution.end.step = 5;
	assert_false(execution_must_roll_back(&execution));
}

static void another_clusters_file_is_refused(void **state)
{
	const struct cluster web = {.file = (char *)"/etc/web.conf", .name = (char *)"web"},
			     mail = {.file = (char *)"/etc/mail.conf", .name = (char *)"mail"};
	const struct journal_record record = {.run_id = 7, .cluster = (char *)"web"};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(wanted_run_is_of(&record, &web, &err), 0);
	assert_int_equal(wanted_run_is_of(&record, &mail, &err), -EINVAL);
	assert_string_equal(error_text(&err),
		"/etc/mail.conf is of cluster \"mail\", but run 7 is of \"web\": give the file of that cluster with --cluster");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, journal_fixture_folder, journal_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_clusters_file_is_refused),
		TEST(an_aborted_run_that_changed_nothing_is_in_nobodys_way),
		TEST(who_may_have_installed_stays_in_the_way),
		TEST(a_run_that_was_passed_over_is_not_picked),
		TEST(a_bootstrap_is_a_run_like_the_others),
		TEST(an_open_bootstrap_is_ended_if_it_installed_nothing),
		TEST(a_rollback_goes_on_before_it_begins_anew),
		TEST(the_rollback_of_an_earlier_run_is_in_the_way),
		cmocka_unit_test(an_abort_knows_nodes_by_name),
		cmocka_unit_test(what_was_finished_is_not_taken_back),
	};

	return cmocka_run_group_tests_name("newer", tests, NULL, NULL);
}
