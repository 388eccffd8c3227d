/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of a report: whole, self-contained, and safe whatever a node or file said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/report/markup.h"
#include "orchestrator/report/page.h"
#include "orchestrator/report/words.h"
#include "tests/unit/report/report_fixture.h"

static void test_markup(void **state)
{
	static const struct {
		const char *words, *markup;
	} cases[] = {
		{"", ""},
		{"plain, größer 高可用", "plain, größer 高可用"},
		{"<script>alert(\"1\")</script>",
			"&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"},
		{"a & b's", "a &amp; b&#39;s"},
		{"\x1b[31mred\n\t", "\\x1b[31mred\\x0a\\x09"},
		{"\xff\xc3(\xed\xa0\x80", "\\xff\\xc3(\\xed\\xa0\\x80"},
		{"cut \xe9\xab", "cut \\xe9\\xab"},
		{"\xc0\xbc", "\\xc0\\xbc"}, /* an overlong < */
		{"evil\xe2\x80\xaetxt", "evil\\u{202e}txt"},
		{"\xc2\x85\xef\xbf\xbf", "\\u{0085}\\u{ffff}"},
		{"\xf0\x9f\x99\x82\xf5\x80\x80\x80", "\xf0\x9f\x99\x82\\xf5\\x80\\x80\\x80"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(cleanup_text) struct text out = {0};

		markup_words(&out, cases[i].words);
		assert_string_equal(text_string(&out), cases[i].markup);
	}
}

static void test_words(void **state)
{
	static const struct {
		uint64_t us;
		const char *words;
	} durations[] = {{0, "0 ms"}, {999999, "999 ms"}, {1000000, "1.0 s"}, {59949999, "59.9 s"},
		{125000000, "2 min 05 s"}, {11220000000, "3 h 07 min"}, {183600000000, "2 d 03 h"}};

	(void)state;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		CLEANUP(cleanup_text) struct text out = {0};

		words_duration(&out, durations[i].us);
		assert_string_equal(text_string(&out), durations[i].words);
	}
	CLEANUP(cleanup_text) struct text counts = {0};

	words_counted(&counts, 1234567, "request");
	words_counted(&counts, 1, " request");
	words_counted(&counts, 999, "");
	assert_string_equal(text_string(&counts), "1,234,567 requests1  request999 s");
}

static void expect(const char *page, const char *words)
{
	if (!strstr(page, words))
		fail_msg("no \"%s\" in the page", words);
}

static void test_html(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_text) struct text out = {0};
	const char *page;

	(void)state;
	report_fixture_upgrade(&fixture);
	report_fixture_make(&fixture);
	page_html(&out, &fixture.report, REPORT_FIXTURE_BEGAN, "haupgrade 9");
	page = text_string(&out);
	assert_true(text_starts_with(page, "<!DOCTYPE html>\n<html lang=\"en\">"));
	assert_true(text_ends_with(page, "</html>\n"));
	expect(page, "<title>Upgrade of cluster shop, run 7</title>");
	expect(page, "<h2>Was the service interrupted?</h2><p class=\"answer\">No</p>");
	expect(page, "1.0-1 → 2.0-1");
	expect(page, "reboot, 500 ms");
	expect(page, "2. install the packages: 850 ms, done</title>");
	expect(page, "<h2>Every line of the journal</h2>");
	expect(page, "<code>5ea1</code>");
	/* Nothing is asked of anybody, nothing runs. */
	assert_null(strstr(page, "<script"));
	assert_null(strstr(page, "<link"));
	assert_null(strstr(page, "<img"));
	assert_null(strstr(page, "@import"));
	assert_null(strstr(page, "src="));
	assert_null(strstr(page, "href="));
}

/* Every word that comes from a journal is of somebody who wants to get into the page. */
static void test_hostile_words(void **state)
{
	static const char evil[] = "\"'><script>alert(1)</script>\x1b";
	static const char *const kinds[] = {NOTE_CHECK, NOTE_HOOK, NOTE_PROBE, NOTE_WAIVED, evil};
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_text) struct text html = {0}, plain = {0};
	json_t *note, *json;

	(void)state;
	report_fixture_begin(&fixture, "[{\"step\":\"<b>&\",\"node\":0}]", JOURNAL_STOPPED);
	free(fixture.record.cluster);
	free(fixture.record.invoker);
	free(fixture.record.reason);
	free(fixture.record.plan);
	fixture.record.cluster = text_copy(evil);
	fixture.record.invoker = text_copy(evil);
	fixture.record.reason = text_copy(evil);
	note = json_pack("{s:[{s:s, s:s}], s:[{s:s, s:i}]}", "nodes", "name", evil, "before", evil,
		"steps", "step", evil, "node", 0);
	fixture.record.plan = json_dumps(note, 0);
	json_decref(note);
	report_fixture_state(&fixture, 0, "running");
	note = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", evil, "node",
		evil, "result", evil, "text", evil, "fix", evil, "command", evil, "answer", evil,
		"waived", evil, "vantage", evil);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		CLEANUP(cleanup_free) char *text = json_dumps(note, 0);

		report_fixture_note(&fixture, 10, kinds[i], text);
	}
	json_decref(note);
	report_fixture_step(&fixture, 20, 0, JOURNAL_STEP_FAILED, evil);
	report_fixture_state(&fixture, 30, evil);
	strcpy(fixture.lines[0].hash, "<script>");
	strcpy(fixture.chain.seal, "<script>");
	report_fixture_make(&fixture);
	page_html(&html, &fixture.report, 0, evil);
	assert_null(strstr(text_string(&html), "<script"));
	assert_null(strchr(text_string(&html), 0x1b));
	expect(text_string(&html), "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b");
	page_text(&plain, &fixture.report);
	assert_null(strchr(text_string(&plain), 0x1b));
	json = page_json(&fixture.report);
	assert_string_equal(json_string_value(json_object_get(json, "cluster")), evil);
	json_decref(json);
}

/* Both halves are fail-overs to whoever looks for what happened to the floating IP. */
static void test_rehearsal(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_text) struct text html = {0};
	const char *bars;

	(void)state;
	report_fixture_begin(&fixture,
		"[{\"step\":\"rehearse\",\"node\":0},{\"step\":\"restore\",\"node\":0}]",
		JOURNAL_DONE);
	report_fixture_state(&fixture, 0, "running");
	for (int64_t step = 0; step < 2; step++) {
		report_fixture_step(
			&fixture, 100 + 1000 * (uint64_t)step, step, JOURNAL_INTENDED, "");
		report_fixture_step(
			&fixture, 900 + 1000 * (uint64_t)step, step, JOURNAL_STEP_DONE, "moved");
	}
	report_fixture_state(&fixture, 2000, "done");
	report_fixture_make(&fixture);
	page_html(&html, &fixture.report, 0, "haupgrade");
	bars = strstr(text_string(&html), "class=\"bar failover\"");
	assert_non_null(bars);
	assert_non_null(strstr(bars + 1, "class=\"bar failover\""));
}

static size_t count_words(const char *text, const char *words)
{
	size_t count = 0;

	for (const char *at = strstr(text, words); at; at = strstr(at + 1, words))
		count++;
	return count;
}

/* A clock, or somebody with a tool for SQLite, put ages between two lines. */
static void test_ages(void **state)
{
	static const uint64_t ends_us[] = {
		REPORT_FIXTURE_BEGAN + UINT64_C(40000000000000), UINT64_C(1) << 62, INT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(ends_us) / sizeof(ends_us[0]); i++) {
		CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
		CLEANUP(cleanup_text) struct text html = {0};
		size_t marks;

		report_fixture_upgrade(&fixture);
		fixture.lines[fixture.count - 3].wall_us = ends_us[i];
		report_fixture_make(&fixture);
		page_html(&html, &fixture.report, 0, "test");
		marks = count_words(text_string(&html), "<path class=\"grid\" d=\"M");
		if (marks < 2 || marks > 40)
			fail_msg("%zu marks", marks);
	}
}

static void test_text_and_json(void **state)
{
	CLEANUP(cleanup_report_fixture) struct report_fixture fixture;
	CLEANUP(cleanup_text) struct text out = {0};
	json_t *json;

	(void)state;
	report_fixture_upgrade(&fixture);
	report_fixture_make(&fixture);
	page_text(&out, &fixture.report);
	assert_true(text_starts_with(
		text_string(&out), "Upgrade of cluster shop, run 7\n\nDid it succeed? Yes\n"));
	expect(text_string(&out), "done      node2: install the packages (850 ms): seen so\n");
	expect(text_string(&out), "node1: web: 1.0-1 -> 2.0-1\n");
	expect(text_string(&out), "pass      one-primary: node1\n");
	json = page_json(&fixture.report);
	assert_non_null(json);
	assert_int_equal(json_array_size(json_object_get(json, "steps")), 4);
	assert_int_equal(json_array_size(json_object_get(json, "lines")), fixture.count);
	assert_int_equal(json_array_size(json_object_get(json, "reboots")), 2);
	assert_true(json_is_true(json_object_get(json_object_get(json, "chain"), "intact")));
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_hostile_words),
		cmocka_unit_test(test_rehearsal),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_text_and_json),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("report page", tests, NULL, NULL);
}
