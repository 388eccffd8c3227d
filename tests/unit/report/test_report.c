/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report makes of a journal's lines: steps, roles, reboots, the probe, packages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/report/axis.h"
#include "orchestrator/report/summary.h"
#include "tests/unit/report/report_fixture.h"

#define AT(ms) (REPORT_FIXTURE_BEGAN + (ms)*UINT64_C(1000))

static void test_steps(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	const struct report *report = &fixture.report;

	(void)state;
	report_fixture_upgrade(&fixture);
	report_fixture_make(&fixture);
	assert_int_equal(report->node_count, 2);
	assert_string_equal(report->nodes[1].address, "10.0.0.2");
	assert_int_equal(report->step_count, 4);
	assert_string_equal(report->steps[0].title, "verify the bundle");
	assert_int_equal(report->steps[0].node, REPORT_NO_NODE);
	assert_int_equal(report->steps[1].outcome, REPORT_DONE);
	assert_int_equal(report->steps[1].node, 1);
	assert_int_equal(report->steps[1].from_us, AT(200));
	assert_int_equal(report->steps[1].to_us, AT(1050));
	assert_string_equal(report->steps[1].detail, "seen so");
	assert_int_equal(report->bar_count, 4);
	/* Without an intent it began when the one before had ended, or the run. */
	assert_int_equal(report->bars[0].from_us, AT(0));
	assert_int_equal(report->sitting_count, 1);
	assert_int_equal(report->sittings[0].ended, JOURNAL_DONE);
	assert_int_equal(report->ended_us, AT(3250));
	assert_int_equal(report->worked_us, 3250000);
}

static void test_roles_and_reboots(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	const struct report *report = &fixture.report;

	(void)state;
	report_fixture_upgrade(&fixture);
	report_fixture_make(&fixture);
	assert_int_equal(report->reboot_count, 2);
	assert_int_equal(report->reboots[0].node, 1);
	assert_int_equal(report->reboots[0].down_us, AT(400));
	assert_int_equal(report->reboots[0].up_us, AT(900));
	assert_int_equal(report->reboots[1].node, 0);
	/* node1: primary, backup, away, backup; node2: backup, away, backup, primary. */
	assert_int_equal(report->phase_count, 8);
	assert_int_equal(report->phases[0].role, ROLE_PRIMARY);
	assert_true(report->phases[0].holds);
	assert_int_equal(report->phases[0].from_us, AT(100));
	assert_int_equal(report->phases[0].to_us, AT(1600));
	for (size_t i = 0; i < report->phase_count; i++)
		assert_true(report->phases[i].to_us >= report->phases[i].from_us);
	assert_int_equal(report->phases[report->phase_count - 1].to_us, report->ended_us);
}

static void test_probe_and_packages(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	const struct report *report = &fixture.report;

	(void)state;
	report_fixture_upgrade(&fixture);
	report_fixture_make(&fixture);
	assert_int_equal(report->vantage_count, 1);
	/* The whole account counts, not its parts besides. */
	assert_int_equal(report->vantages[0].asked, 310);
	assert_int_equal(report->vantages[0].longest_gap_ms, 21);
	assert_int_equal(report->vantages[0].max_us, 4000);
	assert_int_equal(report->cell_count, 30);
	assert_int_equal(report->cells[1].from_us, report->cells[0].to_us);
	assert_int_equal(report->cells[5].max_us, 4000);
	assert_int_equal(report->version_count, 4);
	assert_string_equal(report->versions[0].package, "web");
	assert_string_equal(report->versions[0].before, "1.0-1");
	assert_string_equal(report->versions[0].after, "2.0-1");
	assert_string_equal(report->versions[1].package, "web-common");
	assert_int_equal(report->check_count, 1);
	assert_string_equal(report->checks[0].answer, "node1 primary");
	assert_string_equal(report->checks[0].node, "");
}

/* Killed at work, resumed an hour later, stopped by a failure. */
static void test_killed_and_stopped(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_summary) struct summary summary = {0};
	const struct report *report = &fixture.report;
	struct axis axis;

	(void)state;
	report_fixture_begin(&fixture,
		"[{\"step\":\"verify\",\"node\":-1},{\"step\":\"reboot\",\"node\":1},{\"step\":\"return\",\"node\":1}]",
		JOURNAL_STOPPED);
	fixture.record.reason = (free(fixture.record.reason), text_copy("node2 is not back"));
	report_fixture_state(&fixture, 0, "running");
	report_fixture_step(&fixture, 100, 1, JOURNAL_INTENDED, "boot abc");
	report_fixture_note(&fixture, 1000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182400000000,\"to_us\":1767182400500000,\"asked\":50,\"good\":20,\"failed\":3,\"max_us\":9000,\"error\":\"refused\",\"cells\":[[10,0,900,0],[0,3,0,0],[0,0,0,0],[0,0,0,0],[10,0,9000,0]]}");
	report_fixture_note(&fixture, 1000, NOTE_PROBED,
		"{\"vantage\":\"node2\",\"asked\":10,\"good\":8,\"failed\":2}");
	report_fixture_state(&fixture, 3600000, "running: resumed");
	report_fixture_step(&fixture, 3600500, 1, JOURNAL_STEP_DONE, "down");
	report_fixture_step(&fixture, 3600600, 2, JOURNAL_STEP_DONE, "up");
	report_fixture_step(&fixture, 3600700, 2, JOURNAL_STEP_FAILED, "not back");
	report_fixture_state(&fixture, 3600800, "stopped: node2 is not back");
	report_fixture_state(&fixture, 9000000, "rolled-back");
	report_fixture_make(&fixture);
	assert_int_equal(report->sitting_count, 2);
	assert_int_equal(report->sittings[0].ended, JOURNAL_RUNNING);
	assert_int_equal(report->sittings[0].to_us, AT(1000));
	assert_int_equal(report->sittings[1].ended, JOURNAL_STOPPED);
	assert_string_equal(report->sittings[1].reason, "node2 is not back");
	/* What is said of it later is not of its work. */
	assert_int_equal(report->ended_us, AT(3600800));
	assert_int_equal(report->bars[0].outcome, REPORT_BEGUN);
	assert_int_equal(report->bars[0].to_us, AT(1000));
	assert_int_equal(report->steps[0].outcome, REPORT_WAITING);
	assert_int_equal(report->steps[2].outcome, REPORT_FAILED);
	assert_int_equal(report->reboot_count, 1); /* by its steps */
	/* There is no whole account: the parts count, and the gap is measured by them. */
	assert_int_equal(report->vantages[0].failed, 3);
	assert_int_equal(summary_service(report).asked, 50);
	assert_int_equal(summary_service(report).failed, 3);
	assert_int_equal(summary_service(report).nodes_failed, 2);
	assert_int_equal(report->vantages[0].longest_gap_ms, 300);
	assert_string_equal(report->vantages[0].error, "refused");
	axis_make(report, 0, 1000, &axis);
	assert_int_equal(axis.count, 2);
	assert_true(axis_x(&axis, AT(1000)) < axis_x(&axis, AT(3600000)));
	assert_true(axis_x(&axis, AT(1800000)) == axis_x(&axis, AT(1000)));
	assert_true(axis_x(&axis, UINT64_MAX) > 999.9 && axis_x(&axis, UINT64_MAX) < 1000.1);
	assert_true(axis_x(&axis, 0) == 0);
	summary_make(report, &summary);
	assert_string_equal(summary.facts[SUMMARY_RESULT].answer, "No, it stopped");
	assert_string_equal(
		summary.facts[SUMMARY_RESULT].words, "node2 is not back. 1 of 3 steps are done.");
	assert_string_equal(summary.facts[SUMMARY_SERVICE].answer, "3 of 50 requests failed");
	assert_int_equal(summary.facts[SUMMARY_SERVICE].mood, SUMMARY_BAD);
	assert_string_equal(summary.facts[SUMMARY_PACKAGES].answer, "No package");
	assert_string_equal(summary.facts[SUMMARY_WHEN].words,
		"It took 1 h 00 min, of which 1.8 s at work: it was resumed 1 time. Begun by ops@admin.");
}

/* A first installation's probe asks long before anything serves: no interruption. The second gap is
 * one, and a request asked before the first answer may end after it. */
static void begin_installation(struct report_fixture *fixture)
{
	report_fixture_begin(fixture, "[{\"step\":\"verify\",\"node\":-1}]", JOURNAL_DONE);
	fixture->record.kind = PLAN_BOOTSTRAP;
	report_fixture_state(fixture, 0, "running");
	report_fixture_note(fixture, 1000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182400000000,\"to_us\":1767182400300000,\"asked\":30,\"good\":0,\"failed\":20,\"error\":\"refused\",\"cells\":[[0,10,0,0],[0,10,0,0],[0,0,0,0]]}");
}

static void test_a_first_installation_counts_from_the_first_answer(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_summary) struct summary summary = {0};

	(void)state;
	begin_installation(&fixture);
	report_fixture_note(&fixture, 2000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182400300000,\"to_us\":1767182400800000,\"asked\":40,\"good\":30,\"failed\":8,\"cells\":[[0,5,0,0],[10,1,900,0],[10,2,900,0],[0,0,0,0],[10,0,900,0]]}");
	/* All twelve that had no end at the end of that note. */
	report_fixture_note(&fixture, 2400, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182400800000,\"to_us\":1767182401000000,\"asked\":20,\"good\":20,\"failed\":12,\"cells\":[[10,0,900,0],[10,12,900,0]]}");
	report_fixture_note(&fixture, 2500, NOTE_PROBED,
		"{\"vantage\":\"admin\",\"asked\":90,\"good\":50,\"failed\":40,\"longest_gap_ms\":9000}");
	report_fixture_state(&fixture, 3000, "done");
	report_fixture_make(&fixture);
	assert_int_equal(fixture.report.vantages[0].not_served, 40);
	assert_int_equal(summary_service(&fixture.report).failed, 0);
	assert_int_equal(summary_service(&fixture.report).asked, 50);
	assert_int_equal(summary_service(&fixture.report).longest_gap_ms, 100);
	summary_make(&fixture.report, &summary);
	assert_string_equal(summary.facts[SUMMARY_SERVICE].answer, "No");
	assert_string_equal(summary.facts[SUMMARY_SERVICE].words,
		"Not one of 50 requests to the floating IP failed. The longest time without a good answer was 100 ms. Before its first answer 40 requests found it not yet served, which is no interruption.");
}

/* What fails once it has served is told of as ever. */
static void test_a_first_installation_is_interrupted_after_that(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_summary) struct summary summary = {0};

	(void)state;
	begin_installation(&fixture);
	report_fixture_note(&fixture, 2000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182400300000,\"to_us\":1767182400500000,\"asked\":10,\"good\":20,\"failed\":0,\"cells\":[[10,0,900,0],[10,0,900,0]]}");
	report_fixture_note(&fixture, 3000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182400500000,\"to_us\":1767182400700000,\"asked\":20,\"good\":10,\"failed\":10,\"cells\":[[0,10,0,0],[10,0,900,0]]}");
	report_fixture_state(&fixture, 3000, "done");
	report_fixture_make(&fixture);
	summary_make(&fixture.report, &summary);
	assert_string_equal(summary.facts[SUMMARY_SERVICE].answer, "10 of 40 requests failed");
	assert_int_equal(summary.facts[SUMMARY_SERVICE].mood, SUMMARY_BAD);
	assert_int_equal(fixture.report.vantages[0].not_served, 20);
}

static void test_a_first_installation_that_never_served(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_summary) struct summary summary = {0};

	(void)state;
	begin_installation(&fixture);
	report_fixture_make(&fixture);
	assert_false(summary_service(&fixture.report).measured);
	summary_make(&fixture.report, &summary);
	assert_string_equal(summary.facts[SUMMARY_SERVICE].answer, "Not yet served");
	assert_string_equal(summary.facts[SUMMARY_SERVICE].words,
		"The floating IP never answered; 20 requests failed, and nothing served before.");
	assert_int_equal(summary.facts[SUMMARY_SERVICE].mood, SUMMARY_NOTE);
}

/* A timeout may be a minute long; those that were asked after the answer are told of nonetheless.
 */
static void test_a_first_installation_with_a_long_timeout(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;

	(void)state;
	begin_installation(&fixture);
	report_fixture_note(&fixture, 2000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182400300000,\"to_us\":1767182400400000,\"asked\":10,\"good\":10,\"failed\":0,\"cells\":[[10,0,900,0]]}");
	report_fixture_note(&fixture, 59000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182458000000,\"to_us\":1767182458100000,\"asked\":10,\"good\":13,\"failed\":4,\"cells\":[[13,4,900,0]]}");
	report_fixture_note(&fixture, 60000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182458100000,\"to_us\":1767182458300000,\"asked\":20,\"good\":0,\"failed\":20,\"cells\":[[0,10,0,0],[0,10,0,0]]}");
	report_fixture_make(&fixture);
	/* Ten were under way: four failed late, three were answered late, three are left. */
	assert_int_equal(fixture.report.vantages[0].not_served, 20 + 4 + 3);
	assert_int_equal(summary_service(&fixture.report).failed, 17);
}

/* What nodes see is neither the clients' first answer nor any of their failures. */
static void test_a_first_installation_with_nodes_that_ask(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	const struct report *report = &fixture.report;

	(void)state;
	begin_installation(&fixture);
	report_fixture_note(&fixture, 1001, NOTE_PROBE,
		"{\"vantage\":\"node2\",\"from_us\":1767182400000000,\"to_us\":1767182400300000,\"asked\":5,\"good\":3,\"failed\":2}");
	report_fixture_note(&fixture, 2000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182400300000,\"to_us\":1767182400500000,\"asked\":20,\"good\":10,\"failed\":10,\"cells\":[[0,10,0,0],[10,0,900,0]]}");
	report_fixture_note(&fixture, 2001, NOTE_PROBE,
		"{\"vantage\":\"node1\",\"from_us\":1767182400300000,\"to_us\":1767182400500000,\"asked\":6,\"good\":0,\"failed\":6}");
	report_fixture_note(&fixture, 2002, NOTE_PROBE,
		"{\"vantage\":\"node2\",\"from_us\":1767182400300000,\"to_us\":1767182400500000,\"asked\":7,\"good\":0,\"failed\":7}");
	report_fixture_note(&fixture, 2500, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182400500000,\"to_us\":1767182400600000,\"asked\":10,\"good\":10,\"failed\":10,\"cells\":[[10,10,900,0]]}");
	report_fixture_note(&fixture, 2600, NOTE_PROBED,
		"{\"vantage\":\"admin\",\"asked\":60,\"good\":20,\"failed\":40}");
	report_fixture_note(&fixture, 2601, NOTE_PROBED,
		"{\"vantage\":\"node2\",\"asked\":12,\"good\":3,\"failed\":9}");
	report_fixture_state(&fixture, 2700, "running: resumed");
	/* It served before that process: now it is interrupted. */
	report_fixture_note(&fixture, 3000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182402800000,\"to_us\":1767182402900000,\"asked\":10,\"good\":5,\"failed\":3,\"cells\":[[5,3,900,0]]}");
	report_fixture_make(&fixture);
	assert_string_equal(report->vantages[0].name, NOTE_PROBE_ADMIN);
	assert_int_equal(report->vantages[0].not_served, 20 + 10 + 10);
	assert_int_equal(summary_service(report).failed, 3);
	assert_string_equal(report->vantages[1].name, "node2");
	assert_int_equal(report->vantages[1].not_served, 2);
	assert_int_equal(report->vantages[1].failed, 7);
	assert_int_equal(report->vantages[2].not_served, 6);
	assert_int_equal(report->vantages[2].failed, 0);
	assert_int_equal(summary_service(report).nodes_failed, 7);
}

static void test_a_first_installation_that_only_nodes_reached(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_summary) struct summary summary = {0};

	(void)state;
	begin_installation(&fixture);
	report_fixture_note(&fixture, 1001, NOTE_PROBE,
		"{\"vantage\":\"node2\",\"from_us\":1767182400000000,\"to_us\":1767182400300000,\"asked\":5,\"good\":5,\"failed\":0}");
	report_fixture_note(&fixture, 2000, NOTE_PROBE,
		"{\"vantage\":\"admin\",\"from_us\":1767182400300000,\"to_us\":1767182400400000,\"asked\":10,\"good\":0,\"failed\":10,\"cells\":[[0,10,0,0]]}");
	report_fixture_make(&fixture);
	summary_make(&fixture.report, &summary);
	assert_string_equal(summary.facts[SUMMARY_SERVICE].answer, "Not yet served");
	assert_string_equal(summary.facts[SUMMARY_SERVICE].words,
		"The floating IP never answered; 30 requests failed, and nothing served before.");
}

/* It has asked, so the cluster file has a probe. */
static void check_nothing_served(const char *account, const char *words)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_summary) struct summary summary = {0};

	report_fixture_begin(&fixture, "[{\"step\":\"verify\",\"node\":-1}]", JOURNAL_STOPPED);
	fixture.record.kind = PLAN_BOOTSTRAP;
	report_fixture_state(&fixture, 0, "running");
	report_fixture_note(&fixture, 500, NOTE_PROBED, account);
	report_fixture_state(&fixture, 600, "stopped: refused");
	report_fixture_make(&fixture);
	summary_make(&fixture.report, &summary);
	assert_string_equal(summary.facts[SUMMARY_SERVICE].answer, "Not yet served");
	assert_string_equal(summary.facts[SUMMARY_SERVICE].words, words);
	assert_int_equal(summary.facts[SUMMARY_SERVICE].mood, SUMMARY_NOTE);
}

static void test_a_first_installation_that_ended_before_a_request(void **state)
{
	(void)state;
	check_nothing_served(
		"{\"vantage\":\"admin\",\"asked\":10,\"good\":0,\"failed\":0,\"longest_gap_ms\":500}",
		"The floating IP never answered; 10 requests had not ended, and nothing served before.");
	check_nothing_served(
		"{\"vantage\":\"admin\",\"asked\":10,\"good\":0,\"failed\":9,\"longest_gap_ms\":500}",
		"The floating IP never answered; 9 requests failed, and nothing served before.");
}

static void test_summary_of_success(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_summary) struct summary summary = {0}, altered = {0};

	(void)state;
	report_fixture_upgrade(&fixture);
	report_fixture_make(&fixture);
	summary_make(&fixture.report, &summary);
	assert_string_equal(summary.title, "Upgrade of cluster shop");
	assert_string_equal(summary.facts[SUMMARY_RESULT].answer, "Yes");
	assert_string_equal(summary.facts[SUMMARY_SERVICE].words,
		"Not one of 310 requests to the floating IP failed. The longest time without a good answer was 21 ms. 1 answer came slowly.");
	assert_string_equal(summary.facts[SUMMARY_PACKAGES].answer, "1.0-1 → 2.0-1");
	assert_string_equal(summary.facts[SUMMARY_PACKAGES].words,
		"2 packages on 2 nodes. Bundle: /srv/release-2");
	assert_string_equal(summary.facts[SUMMARY_REBOOTS].answer, "node2, node1");
	assert_string_equal(summary.facts[SUMMARY_REBOOTS].words,
		"node2 was away for 500 ms; node1 was away for 200 ms, one after the other.");
	assert_string_equal(summary.facts[SUMMARY_WHEN].answer, "2025-12-31 12:00:00 +0000");
	assert_string_equal(summary.facts[SUMMARY_RECORD].answer, "Yes");
	fixture.chain.intact = false;
	strcpy(fixture.chain.text, "line 4 was edited");
	summary_make(&fixture.report, &altered);
	assert_int_equal(altered.facts[SUMMARY_RECORD].mood, SUMMARY_BAD);
	assert_non_null(strstr(
		altered.facts[SUMMARY_RECORD].words, "line 4 was edited: do not rely on it"));
}

/* As it is written, and as the first haupgrades wrote it. */
static void test_undo(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;

	(void)state;
	report_fixture_begin(&fixture, "[]", JOURNAL_STOPPED);
	report_fixture_note(&fixture, 1, NOTE_UNDO, "{\"node\":\"node2\",\"text\":\"they run\"}");
	report_fixture_note(&fixture, 2, NOTE_UNDO, "node2: they run");
	report_fixture_make(&fixture);
	assert_int_equal(fixture.report.note_count, 2);
	assert_string_equal(fixture.report.notes[0].node, "node2");
	assert_string_equal(fixture.report.notes[0].text, "they run");
	assert_string_equal(fixture.report.notes[1].node, "");
	assert_string_equal(fixture.report.notes[1].text, "node2: they run");
}

/* Labels of both package formats; a package that went, one that came, two instances of one. */
static void test_versions(void **state)
{
	static const struct {
		const char *before, *after;
		const char *package, *from, *to;
	} cases[] = {
		{"foo_bar-1:2.0-1.x86_64", "foo_bar-1:2.0-2.x86_64", "foo_bar", "1:2.0-1",
			"1:2.0-2"},
		{"lib-x_1.0-1~a_amd64", "lib-x_1.1-1_amd64", "lib-x", "1.0-1~a", "1.1-1"},
		{"gone-1-1.noarch", "", "gone", "1-1", NULL},
		{"", "new-1-1.noarch", "new", NULL, "1-1"},
		{"a-1-1.noarch", "a-1-1.noarch a-2-1.noarch", "a", "1-1", "1-1, 2-1"},
		{"odd", "odd", "odd", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
		CLEANUP(cleanup_free)
		char *note = text_format("{\"node\":\"n\",\"packages\":[\"%s\"]}", cases[i].after);
		const struct report_version *version;

		report_fixture_begin(&fixture, "[]", JOURNAL_DONE);
		free(fixture.record.plan);
		fixture.record.plan = text_format(
			"{\"nodes\":[{\"name\":\"n\",\"before\":\"%s\"}]}", cases[i].before);
		report_fixture_state(&fixture, 0, "running");
		report_fixture_note(&fixture, 1, NOTE_VERSIONS, note);
		report_fixture_make(&fixture);
		assert_int_equal(fixture.report.version_count, 1);
		version = &fixture.report.versions[0];
		assert_string_equal(version->package, cases[i].package);
		if (!text_equal(version->before, cases[i].from) ||
			!text_equal(version->after, cases[i].to))
			fail_msg("%s: %s -> %s", cases[i].package, version->before, version->after);
	}
}

/* What a resumed run planned anew takes the place of what was not begun. */
static void test_new_plan(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	const struct report *report = &fixture.report;

	(void)state;
	report_fixture_begin(&fixture,
		"[{\"step\":\"verify\",\"node\":-1},{\"step\":\"stop\",\"node\":1},{\"step\":\"install\",\"node\":1},{\"step\":\"reboot\",\"node\":1}]",
		JOURNAL_DONE);
	report_fixture_state(&fixture, 0, "running");
	report_fixture_step(&fixture, 1, 0, JOURNAL_STEP_DONE, "");
	report_fixture_step(&fixture, 2, 1, JOURNAL_INTENDED, "");
	report_fixture_state(&fixture, 3, "running: resumed");
	report_fixture_note(&fixture, 4, NOTE_PLAN,
		"{\"version\":1,\"from\":2,\"reason\":\"node2 became primary\",\"steps\":[1,2,{\"step\":\"stop\",\"node\":0},{\"step\":\"final\",\"node\":-1}]}");
	report_fixture_step(&fixture, 5, 2, JOURNAL_STEP_DONE, "stopped");
	report_fixture_make(&fixture);
	assert_int_equal(report->step_count, 4);
	assert_int_equal(report->steps[1].outcome, REPORT_BEGUN);
	assert_string_equal(report->steps[2].title, "stop the services");
	assert_int_equal(report->steps[2].node, 0);
	assert_int_equal(report->steps[2].outcome, REPORT_DONE);
	assert_string_equal(report->steps[3].name, "final");
	assert_int_equal(report->note_count, 1);
	assert_string_equal(report->notes[0].text, "node2 became primary");
}

/* What nobody of ours would write is left out, never believed and never a crash. */
static void test_damaged(void **state)
{
	static const char *const notes[] = {"", "[]", "{", "{\"nodes\":3}",
		"{\"nodes\":[3,{\"name\":\"nobody\"},{\"name\":\"node1\",\"boot\":3}]}",
		"{\"vantage\":7,\"from_us\":-5,\"to_us\":\"x\",\"asked\":-1,\"cells\":{}}",
		"{\"vantage\":\"a\",\"from_us\":99999999999999999,\"to_us\":9,\"good\":1e9}",
		"{\"node\":\"node1\",\"packages\":[1,null,\"\",\" \",\"-\",\"_\",\"__\"]}"};
	static const char *const kinds[] = {NOTE_OBSERVED, NOTE_PROBE, NOTE_PROBED, NOTE_VERSIONS,
		NOTE_CHECK, NOTE_HOOK, "of the future"};
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;

	(void)state;
	report_fixture_begin(&fixture, "[{\"step\":3,\"node\":99},7]", JOURNAL_STOPPED);
	report_fixture_note(&fixture, 0, "early", "{}");
	report_fixture_state(&fixture, 0, "what");
	report_fixture_step(&fixture, 5, 1000000, JOURNAL_STEP_DONE, "no such step");
	report_fixture_step(&fixture, 5, 40, JOURNAL_STEP_DONE, "a step that the plan lacks");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (size_t j = 0; j < sizeof(notes) / sizeof(notes[0]); j++)
			report_fixture_note(&fixture, 10, kinds[i], notes[j]);
	fixture.lines[3].wall_us = 0; /* the clock was set back */
	report_fixture_make(&fixture);
	assert_int_equal(fixture.report.step_count, 41);
	assert_int_equal(fixture.report.cell_count, 0);
	assert_int_equal(fixture.report.ended_us, AT(10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_roles_and_reboots),
		cmocka_unit_test(test_probe_and_packages),
		cmocka_unit_test(test_a_first_installation_counts_from_the_first_answer),
		cmocka_unit_test(test_a_first_installation_is_interrupted_after_that),
		cmocka_unit_test(test_a_first_installation_that_never_served),
		cmocka_unit_test(test_a_first_installation_with_a_long_timeout),
		cmocka_unit_test(test_a_first_installation_with_nodes_that_ask),
		cmocka_unit_test(test_a_first_installation_that_only_nodes_reached),
		cmocka_unit_test(test_a_first_installation_that_ended_before_a_request),
		cmocka_unit_test(test_killed_and_stopped),
		cmocka_unit_test(test_summary_of_success),
		cmocka_unit_test(test_undo),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_new_plan),
		cmocka_unit_test(test_damaged),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
