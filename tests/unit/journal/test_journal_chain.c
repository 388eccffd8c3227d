/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal's hash chain tells what was altered; journals of format 1 are brought to this one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/journal/database.h"
#include "tests/unit/journal/journal_fixture.h"

/* A run of six lines: state, intended, note, done, request, state. */
static int64_t write_run(struct journal *journal)
{
	int64_t run_id = journal_fixture_begin(journal);
	CLEANUP(error_release) struct error err = {0};

	journal_fixture_add(journal, run_id, 0, JOURNAL_INTENDED, NULL);
	assert_int_equal(journal_note(journal, run_id, "gate", "{\"what\":\"window\"}", &err), 0);
	journal_fixture_add(journal, run_id, 0, JOURNAL_STEP_DONE, "installed: a-2");
	assert_int_equal(journal_request(journal, run_id, "abort", "ops@admin", &err), 0);
	assert_int_equal(journal_run_state(journal, run_id, JOURNAL_ABORTED, "asked", &err), 0);
	return run_id;
}

static struct journal_chain check(struct journal *journal, int64_t run_id)
{
	CLEANUP(cleanup_journal_account) struct journal_account account = {0};
	CLEANUP(error_release) struct error err = {0};

	if (journal_run_account(journal, run_id, &account, &err) < 0)
		fail_msg("%s", error_text(&err));
	return account.chain;
}

static void test_intact(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_journal_account) struct journal_account none = {0};
	int64_t first = write_run(journal), second = write_run(journal);
	struct journal_chain one = check(journal, first), other = check(journal, second);
	CLEANUP(error_release) struct error err = {0};

	assert_true(one.intact && other.intact);
	assert_false(one.late);
	assert_int_equal(one.line_count, 6);
	assert_int_equal(one.wrong_line, 0);
	assert_string_equal(one.text, "6 lines, none altered");
	assert_int_equal(strlen(one.seal), 64);
	assert_string_not_equal(one.seal, other.seal);
	assert_int_equal(journal_run_load(journal, first, NULL, &record, &err), 0);
	assert_string_equal(record.seal, one.seal);
	assert_int_equal(journal_run_account(journal, 99, &none, &err), -ENOENT);
	assert_non_null(strstr(error_text(&err), "there is no run 99"));
}

/* What each alteration with a tool for SQLite is found out as; all of them of run 1. */
static void test_altered(void **state)
{
	static const struct {
		const char *statements;
		size_t line;
		const char *text;
	} alterations[] = {
		{"UPDATE line SET detail = 'installed: a-3' WHERE place = 4", 4,
			"line 4 was edited"},
		{"UPDATE line SET wall_us = wall_us + 1 WHERE place = 1", 1, "line 1 was edited"},
		{"UPDATE line SET node = 'web2' WHERE place = 2", 2, "line 2 was edited"},
		{"UPDATE line SET step = 1 WHERE place = 2", 2, "line 2 was edited"},
		{"UPDATE line SET kind = 'done' WHERE place = 6", 6, "line 6 was edited"},
		{"UPDATE line SET hash = upper(hash) WHERE place = 3", 3, "line 3 was edited"},
		/* The same bytes in another field. */
		{"UPDATE line SET name = name || 'w', node = 'eb1' WHERE place = 2", 2,
			"line 2 was edited"},
		{"DELETE FROM line WHERE place = 3", 3, "line 3 was removed"},
		{"DELETE FROM line WHERE place = 1", 1, "line 1 was removed"},
		{"DELETE FROM line WHERE place = 6", 6, "line 6 was removed"},
		{"DELETE FROM line WHERE place > 4", 5, "line 5 was removed"},
		{"INSERT INTO line SELECT 99, run, 7, wall_us, type, step, kind, name, node,"
		 " attempt, 'x', hash FROM line WHERE place = 6",
			7, "line 7 was inserted"},
		{"INSERT INTO line SELECT 99, run, 0, wall_us, type, step, kind, name, node,"
		 " attempt, 'x', hash FROM line WHERE place = 6",
			1, "line 1 was inserted"},
		{"UPDATE line SET place = 8 - place WHERE place = 4; DELETE FROM line WHERE place"
		 " = 5; UPDATE line SET place = 5 WHERE id = 4",
			4, "line 4 was removed"},
		{"UPDATE run SET invoker = 'nobody@nowhere'", 0,
			"what the run was begun with (its row) was edited"},
		{"UPDATE run SET bundle_digest = 'ffff'", 0,
			"what the run was begun with (its row) was edited"},
		{"UPDATE run SET head = hash", 6, "line 6 was edited"},
		{"UPDATE run SET lines = 9", 7, "line 7 was removed"},
	};

	for (size_t i = 0; i < sizeof(alterations) / sizeof(alterations[0]); i++) {
		CLEANUP(cleanup_free)
		char *folder = text_format("%s/%zu", (const char *)*state, i);
		CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(folder);
		int64_t run_id = write_run(journal);
		struct journal_chain chain;

		journal_fixture_alter(folder, alterations[i].statements);
		chain = check(journal, run_id);
		if (chain.intact || chain.wrong_line != alterations[i].line ||
			strcmp(chain.text, alterations[i].text) != 0)
			fail_msg("%s: %s (line %zu)", alterations[i].statements, chain.text,
				chain.wrong_line);
	}
}

/* Another process that writes a line before each statement of this one's. */
static int write_between(unsigned int reason, void *other, void *statement, void *words)
{
	struct journal *journal = other;

	(void)reason;
	(void)statement;
	(void)words;
	return journal_note(journal, 1, "gate", "{}", NULL);
}

/* What is read of a run that is under way is all of one moment. */
static void test_one_moment(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	CLEANUP(cleanup_journal) struct journal *other = journal_fixture_open(*state);
	CLEANUP(cleanup_journal_account) struct journal_account account = {0};
	int64_t run_id = journal_fixture_begin(journal);
	CLEANUP(error_release) struct error err = {0};

	sqlite3_trace_v2(journal->connection, SQLITE_TRACE_STMT, write_between, other);
	if (journal_run_account(journal, run_id, &account, &err) < 0)
		fail_msg("%s", error_text(&err));
	sqlite3_trace_v2(journal->connection, 0, NULL, NULL);
	assert_true(account.line_count > 1);
	assert_true(account.chain.intact);
	assert_int_equal(account.chain.line_count, account.line_count);
	assert_string_equal(account.chain.seal, account.lines[account.line_count - 1].hash);
	assert_string_equal(account.chain.seal, account.record.seal);
}

static void test_several_at_once(void **state)
{
	static const struct journal_words notes[] = {{"check", "one"}, {"check", "two"}};
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t run_id = write_run(journal);
	struct journal_line *lines = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t count;

	assert_int_equal(journal_notes(journal, run_id, notes, 2, &err), 0);
	assert_int_equal(journal_notes(journal, run_id, NULL, 0, &err), 0);
	assert_int_equal(journal_notes(journal, 99, notes, 2, &err), -ENOENT);
	assert_int_equal(journal_run_lines(journal, run_id, &lines, &count, &err), 0);
	assert_int_equal(count, 8);
	assert_string_equal(lines[7].text, "two");
	journal_lines_free(lines, count);
	assert_true(check(journal, run_id).intact);
	/* All or none: of what cannot be written whole, nothing stays. */
	journal_fixture_alter(*state, "CREATE TRIGGER t BEFORE INSERT ON line WHEN"
				      " new.detail = 'two' BEGIN SELECT raise(ABORT, 'x'); END");
	assert_int_not_equal(journal_notes(journal, run_id, notes, 2, &err), 0);
	assert_int_equal(check(journal, run_id).line_count, 8);
	assert_true(check(journal, run_id).intact);
}

static void test_requests(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	CLEANUP(cleanup_journal) struct journal *other = journal_fixture_open(*state);
	int64_t run_id = journal_fixture_begin(journal);
	CLEANUP(cleanup_free) char *who = NULL;
	CLEANUP(error_release) struct error err = {0};
	bool asked = true;

	assert_int_equal(journal_requested(journal, run_id, "abort", &asked, &who, &err), 0);
	assert_false(asked);
	assert_null(who);
	assert_int_equal(journal_request(other, run_id, "abort", "ops@admin", &err), 0);
	assert_int_equal(journal_requested(journal, run_id, "abort", &asked, &who, &err), 0);
	assert_true(asked);
	assert_string_equal(who, "ops@admin");
	assert_int_equal(journal_requested(journal, run_id, "pause", &asked, NULL, &err), 0);
	assert_false(asked);
	/* A resumed run is not ended by a request to the process before. */
	assert_int_equal(journal_run_state(journal, run_id, JOURNAL_STOPPED, "asked", &err), 0);
	assert_int_equal(journal_requested(journal, run_id, "abort", &asked, NULL, &err), 0);
	assert_true(asked);
	assert_int_equal(journal_run_state(journal, run_id, JOURNAL_RUNNING, "resumed", &err), 0);
	assert_int_equal(journal_requested(journal, run_id, "abort", &asked, NULL, &err), 0);
	assert_false(asked);
	assert_int_equal(journal_request(journal, 99, "abort", "x", &err), -ENOENT);
}

/* Between a resume's look at the run and its "running" the request is meant for the resume. */
static void test_request_to_a_resume(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_free) char *who = NULL;
	int64_t run_id = journal_fixture_begin(journal);
	CLEANUP(error_release) struct error err = {0};
	bool asked = true;

	/* This one was for the process that died. */
	assert_int_equal(journal_request(journal, run_id, "abort", "old@admin", &err), 0);
	assert_int_equal(journal_run_load(journal, run_id, NULL, &record, &err), 0);
	assert_int_equal(journal_requested_since(journal, &record, "abort", &who, &err), 0);
	assert_null(who);
	assert_int_equal(journal_note(journal, run_id, "lease", "{}", &err), 0);
	assert_int_equal(journal_request(journal, run_id, "abort", "new@admin", &err), 0);
	assert_int_equal(journal_run_state(journal, run_id, JOURNAL_RUNNING, "resumed", &err), 0);
	assert_int_equal(journal_requested(journal, run_id, "abort", &asked, NULL, &err), 0);
	assert_false(asked);
	assert_int_equal(journal_requested_since(journal, &record, "pause", &who, &err), 0);
	assert_null(who);
	assert_int_equal(journal_requested_since(journal, &record, "abort", &who, &err), 0);
	assert_string_equal(who, "new@admin");
}

static void test_kinds_of_runs(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	struct journal_run run = *journal_fixture_run();
	struct journal_line *lines = NULL;
	CLEANUP(error_release) struct error err = {0};
	int64_t run_id;
	size_t count;

	run.kind = PLAN_ROLLBACK;
	run.of_run = write_run(journal);
	run.options = "{\"previous\":\"/srv/bundle-1\"}";
	assert_int_equal(journal_run_begin(journal, &run, &run_id, &err), 0);
	assert_int_equal(
		journal_run_state(journal, run.of_run, JOURNAL_ROLLED_BACK, NULL, &err), 0);
	assert_int_equal(journal_run_load(journal, run_id, NULL, &record, &err), 0);
	assert_int_equal(record.kind, PLAN_ROLLBACK);
	assert_int_equal(record.of_run, run.of_run);
	assert_string_equal(record.options, "{\"previous\":\"/srv/bundle-1\"}");
	assert_int_equal(journal_run_lines(journal, run.of_run, &lines, &count, &err), 0);
	assert_int_equal(count, 7);
	assert_int_equal(lines[2].type, JOURNAL_LINE_NOTE);
	assert_int_equal(lines[3].type, JOURNAL_LINE_STEP);
	assert_int_equal(lines[4].type, JOURNAL_LINE_REQUEST);
	assert_string_equal(lines[4].kind, "request");
	assert_string_equal(lines[4].text, "abort: ops@admin");
	assert_int_equal(lines[6].type, JOURNAL_LINE_STATE);
	assert_string_equal(lines[6].text, "rolled-back");
	assert_int_equal(strlen(lines[6].hash), 64);
	journal_lines_free(lines, count);
}

/* The tables as haupgrade of format 1 made them, with a run that stopped and a bootstrap. */
static const char format_1[] =
	"CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, begun_us INTEGER NOT NULL,"
	" cluster TEXT NOT NULL, cluster_file TEXT NOT NULL, bundle TEXT NOT NULL,"
	" bundle_digest TEXT NOT NULL, profile TEXT NOT NULL, invoker TEXT NOT NULL,"
	" pid INTEGER NOT NULL, plan TEXT NOT NULL);"
	"CREATE INDEX run_by_cluster ON run (cluster, id);"
	"CREATE TABLE line (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" run INTEGER NOT NULL REFERENCES run (id), wall_us INTEGER NOT NULL,"
	" type TEXT NOT NULL CHECK (type IN ('step', 'state', 'note')),"
	" step INTEGER CHECK ((type = 'step') = (step IS NOT NULL)),"
	" kind TEXT NOT NULL CHECK (CASE type WHEN 'step' THEN kind IN ('intended', 'done',"
	"  'failed', 'refused') WHEN 'state' THEN kind IN ('running', 'stopped', 'done',"
	"  'failed') ELSE 1 END), name TEXT NOT NULL, node TEXT NOT NULL,"
	" attempt INTEGER NOT NULL, detail TEXT NOT NULL);"
	"CREATE INDEX line_by_step ON line (run, type, step, id);"
	"PRAGMA application_id = 0x68617570; PRAGMA user_version = 1;"
	"INSERT INTO run VALUES (3, 1000, 'shop', '/etc/shop.conf', '/srv/b', 'abcd', 'hacluster',"
	" 'root@admin', 47, '{\"steps\":[]}'), (4, 2000, 'mail', 'm', 'b', 'd', 'p', 'i', 1,"
	" '{\"version\":1,\"kind\":\"bootstrap\",\"nodes\":[]}');"
	"INSERT INTO line VALUES (11, 3, 1001, 'state', NULL, 'running', '', '', 0, ''),"
	" (12, 4, 2001, 'state', NULL, 'running', '', '', 0, ''),"
	" (13, 3, 1002, 'step', 5, 'intended', 'install', 'web1', 1, 'boot abc'),"
	" (14, 3, 1003, 'note', NULL, 'probe', '', '', 0, 'x'),"
	" (17, 3, 1004, 'state', NULL, 'stopped', '', '', 0, 'interrupted');";

static void test_format_1(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = NULL;
	CLEANUP(cleanup_journal_record) struct journal_record record = {0}, other = {0};
	struct journal_line *lines = NULL;
	struct journal_chain chain;
	CLEANUP(error_release) struct error err = {0};
	size_t count;

	journal_fixture_alter(*state, format_1);
	journal_free(journal_fixture_open(*state));
	journal = journal_fixture_open(*state);
	assert_int_equal(journal_run_load(journal, 3, NULL, &record, &err), 0);
	assert_int_equal(record.kind, PLAN_UPGRADE);
	assert_int_equal(record.state, JOURNAL_STOPPED);
	assert_string_equal(record.reason, "interrupted");
	assert_string_equal(record.invoker, "root@admin");
	assert_string_equal(record.options, "");
	assert_int_equal(record.begun_wall_us, 1000);
	assert_int_equal(record.step_count, 1);
	assert_string_equal(record.steps[0].detail, "boot abc");
	assert_int_equal(journal_run_load(journal, 4, NULL, &other, &err), 0);
	assert_int_equal(other.kind, PLAN_BOOTSTRAP);
	assert_int_equal(journal_run_lines(journal, 3, &lines, &count, &err), 0);
	assert_int_equal(count, 4);
	assert_string_equal(lines[2].text, "x");
	assert_int_equal(lines[2].wall_us, 1003);
	journal_lines_free(lines, count);
	chain = check(journal, 3);
	assert_true(chain.intact && chain.late);
	assert_string_equal(chain.text, "4 lines, unaltered since this haupgrade's format");
	/* And it goes on. */
	assert_int_equal(journal_run_state(journal, 3, JOURNAL_RUNNING, "resumed", &err), 0);
	assert_int_equal(check(journal, 3).line_count, 5);
	assert_true(check(journal, 3).intact);
	assert_int_equal(journal_fixture_begin(journal), 5);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, journal_fixture_folder, journal_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_intact),
		TEST(test_altered),
		TEST(test_one_moment),
		TEST(test_several_at_once),
		TEST(test_requests),
		TEST(test_request_to_a_resume),
		TEST(test_kinds_of_runs),
		TEST(test_format_1),
	};

	return cmocka_run_group_tests_name("journal chain", tests, NULL, NULL);
}
