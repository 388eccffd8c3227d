/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carrying out what the engine decides: how a run ends, and what is said of it. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "orchestrator/run/drive.h"
#include "tests/unit/journal/journal_fixture.h"

static char name1[] = "web1", name2[] = "web2";
static struct cluster_node cluster_nodes[] = {{.name = name1}, {.name = name2}};
static const struct cluster cluster = {.nodes = cluster_nodes, .node_count = 2};
static volatile sig_atomic_t interrupted;
static struct node nodes[2];
static struct run_context run = {
	.nodes = {.cluster = &cluster, .items = nodes, .count = 2},
	.target = {.nodes = &run.nodes},
	.plan = {.count = 1, .node_count = 2, .steps = {{STEP_FINAL, PLAN_NO_NODE}}},
};

/* Drives a run whose every step is done. */
static int drive_to_end(
	struct journal *journal, int64_t run_id, struct drive_end *end, struct error *err)
{
	static struct drive_listener nobody;
	const struct drive drive = {
		.run = &run,
		.interrupted = &interrupted,
		.listener = &nobody,
		.first_step = run.plan.count,
	};

	run.journal = journal;
	run.id = run_id;
	return drive_plan(&drive, end, err);
}

static void expect_state(struct journal *journal, enum journal_state state)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};

	assert_int_equal(journal_run_load(journal, 0, NULL, &record, NULL), 0);
	assert_int_equal(record.state, state);
}

static void test_done(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	struct drive_end end = {.cause = CAUSE_FAILURE};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(drive_to_end(journal, journal_fixture_begin(journal), &end, &err), 0);
	assert_int_equal(end.cause, CAUSE_NONE);
	assert_int_equal(end.step, run.plan.count);
	expect_state(journal, JOURNAL_DONE);
}

/* No file grows any more: the last "done" does not get into the journal. */
static void test_done_untold(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t run_id = journal_fixture_begin(journal);
	struct drive_end end = {0};
	struct rlimit before, none;
	CLEANUP(error_release) struct error err = {0};
	int result;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	result = drive_to_end(journal, run_id, &end, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(result, -ECANCELED);
	assert_int_equal(end.cause, CAUSE_JOURNAL);
	assert_int_equal(end.step, run.plan.count - 1);
	if (!strstr(error_text(&err),
		    "every step is done, but the journal could not take this down: ") ||
		!strstr(error_text(&err), "/journal.db: cannot note an event"))
		fail_msg("%s", error_text(&err));
	expect_state(journal, JOURNAL_RUNNING);
}

/* The last request failed. Every node is upgraded all the same: it is no step that failed. */
static void test_done_beyond_the_budget(void **state)
{
	static const struct probe_config nobody_there = {.url = "tcp://127.0.0.1:1", .rate = 100};
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	const uint64_t until_ms = clock_monotonic_ms() + 30000;
	struct tally_summary summary = {0};
	struct drive_end end = {0};
	CLEANUP(error_release) struct error err = {0};
	int result;

	assert_int_equal(probe_start(&nobody_there, &probe, &err), 0);
	while (!summary.failed && clock_monotonic_ms() < until_ms) {
		clock_sleep_ms(1);
		probe_snapshot(probe, &summary);
	}
	run.probe = probe;
	result = drive_to_end(journal, journal_fixture_begin(journal), &end, &err);
	run.probe = NULL;
	assert_int_equal(result, -ECANCELED);
	assert_int_equal(end.cause, CAUSE_FAILURE);
	assert_int_equal(end.step, run.plan.count);
	assert_non_null(strstr(error_text(&err), "every step is done, but the floating IP failed"));
	expect_state(journal, JOURNAL_STOPPED);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, journal_fixture_folder, journal_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_done),
		TEST(test_done_untold),
		TEST(test_done_beyond_the_budget),
	};

	return cmocka_run_group_tests_name("drive", tests, NULL, NULL);
}
