/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal: what is written can be read, by whoever asks for it. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/journal/journal.h"
#include "tests/unit/journal/journal_fixture.h"

static void expect_loaded(struct journal *journal, int64_t run_id)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(journal_run_load(journal, 0, "shop", &record, &err), 0);
	assert_int_equal(record.run_id, run_id);
	assert_int_equal(record.state, JOURNAL_STOPPED);
	assert_string_equal(record.reason, "install failed");
	assert_string_equal(record.cluster, "shop");
	assert_string_equal(record.cluster_file, "/etc/haupgrade/shop.conf");
	assert_string_equal(record.bundle, "/srv/bundle-2");
	assert_string_equal(record.bundle_digest, "0123abcd");
	assert_string_equal(record.profile, "hacluster");
	assert_string_equal(record.invoker, "root@admin");
	assert_int_equal(record.pid, 4711);
	assert_string_equal(record.plan, "{\"steps\":[]}");
	assert_true(record.changed_wall_us >= record.begun_wall_us && record.begun_wall_us > 0);
	assert_int_equal(record.step_count, 2);
	assert_int_equal(record.steps[0].step, 0);
	assert_int_equal(record.steps[0].kind, JOURNAL_STEP_DONE);
	assert_string_equal(record.steps[0].detail, "installed: a-2");
	assert_string_equal(record.steps[0].name, "install");
	assert_string_equal(record.steps[0].node, "web1");
	assert_int_equal(record.steps[0].attempt, 2);
	assert_true(record.steps[0].begun_wall_us > 0 &&
		    record.steps[0].begun_wall_us <= record.steps[0].wall_us);
	assert_int_equal(record.steps[1].step, 7);
	assert_int_equal(record.steps[1].kind, JOURNAL_INTENDED);
}

static void test_write_and_load(void **state)
{
	CLEANUP(cleanup_free) char *folder = text_format("%s/var/lib/journal", (char *)*state);
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(folder);
	int64_t run_id = journal_fixture_begin(journal);
	struct stat status;

	journal_fixture_add(journal, run_id, 0, JOURNAL_INTENDED, NULL);
	journal_fixture_add(journal, run_id, 7, JOURNAL_INTENDED, "");
	journal_fixture_add(journal, run_id, 0, JOURNAL_STEP_DONE, "installed: a-2");
	assert_int_equal(
		journal_run_state(journal, run_id, JOURNAL_STOPPED, "install failed", NULL), 0);
	expect_loaded(journal, run_id);
	journal_free(TAKE(journal));
	journal = journal_fixture_open(folder);
	expect_loaded(journal, run_id);
	assert_int_equal(stat(folder, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	free(TAKE(folder));
	folder = text_format("%s/var/lib/journal/journal.db", (char *)*state);
	assert_int_equal(stat(folder, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void test_lines(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t run_id = journal_fixture_begin(journal);
	struct journal_line *lines = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t count = 0;

	journal_fixture_add(
		journal, journal_fixture_begin(journal), 0, JOURNAL_REFUSED, "of another run");
	journal_fixture_add(journal, run_id, 3, JOURNAL_INTENDED, NULL);
	assert_int_equal(journal_note(journal, run_id, "probe", "1 failed", &err), 0);
	journal_fixture_add(journal, run_id, 3, JOURNAL_STEP_FAILED, "exit status 1");
	assert_int_equal(journal_run_state(journal, run_id, JOURNAL_FAILED, "given up", &err), 0);
	assert_int_equal(journal_run_lines(journal, run_id, &lines, &count, &err), 0);
	assert_int_equal(count, 5);
	assert_string_equal(lines[0].kind, "state");
	assert_string_equal(lines[0].text, "running");
	assert_int_equal(lines[0].step, -1);
	assert_string_equal(lines[1].kind, "intended");
	assert_int_equal(lines[1].step, 3);
	assert_string_equal(lines[2].kind, "probe");
	assert_string_equal(lines[2].text, "1 failed");
	assert_int_equal(lines[2].step, -1);
	assert_string_equal(lines[3].kind, "failed");
	assert_string_equal(lines[3].node, "web1");
	assert_string_equal(lines[4].text, "failed: given up");
	journal_lines_free(lines, count);
}

static void test_list(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	const struct journal_run other = {.cluster = "mail"};
	struct journal_record *records = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t count = 1;
	int64_t first, second, third, highest;

	assert_int_equal(journal_run_list(journal, NULL, 0, &records, &count, &err), 0);
	assert_int_equal(count, 0);
	assert_null(records);
	assert_int_equal(journal_highest_run(journal, &highest, &err), 0);
	assert_int_equal(highest, 0);
	first = journal_fixture_begin(journal);
	assert_int_equal(journal_run_begin(journal, &other, &second, &err), 0);
	third = journal_fixture_begin(journal);
	assert_true(first < second && second < third);
	assert_int_equal(journal_highest_run(journal, &highest, &err), 0);
	assert_int_equal(highest, third);
	assert_int_equal(journal_run_list(journal, NULL, 2, &records, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_int_equal(records[0].run_id, third);
	assert_int_equal(records[1].run_id, second);
	assert_string_equal(records[1].profile, "");
	assert_string_equal(records[0].plan, "");
	assert_int_equal(records[0].state, JOURNAL_RUNNING);
	journal_list_free(records, count);
	assert_int_equal(journal_run_list(journal, "shop", 0, &records, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_int_equal(records[1].run_id, first);
	journal_list_free(records, count);
}

static void expect_none(
	struct journal *journal, int64_t run_id, const char *cluster, const char *text)
{
	struct journal_record record = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(journal_run_load(journal, run_id, cluster, &record, &err), -ENOENT);
	assert_null(record.plan);
	if (!strstr(error_text(&err), text))
		fail_msg("no \"%s\" in: %s", text, error_text(&err));
}

static void test_no_such_run(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	const struct journal_event event = {.name = "x"};
	struct journal_line *lines = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t count;

	expect_none(journal, 0, NULL, "/journal.db: there is no run yet");
	journal_fixture_begin(journal);
	expect_none(journal, 99, NULL, "there is no run 99");
	expect_none(journal, 0, "mail", "there is no run of cluster mail");
	assert_int_equal(journal_step_event(journal, 99, &event, &err), -ENOENT);
	assert_int_equal(journal_run_state(journal, 99, JOURNAL_DONE, NULL, &err), -ENOENT);
	assert_int_equal(journal_note(journal, 99, "x", "y", &err), -ENOENT);
	assert_non_null(strstr(error_text(&err), "there is no run 99"));
	assert_int_equal(journal_run_lines(journal, 99, &lines, &count, &err), -ENOENT);
	assert_null(lines);
}

static void *write_many(void *argument)
{
	struct journal *journal = argument;
	CLEANUP(error_release) struct error err = {0};
	int64_t run_id = 0;

	if (journal_run_begin(journal, journal_fixture_run(), &run_id, &err) < 0)
		return text_copy(error_text(&err));
	for (uint32_t i = 0; i < 50; i++) {
		const struct journal_event event = {.step = i, .name = "s"};

		if (journal_step_event(journal, run_id, &event, &err) < 0)
			return text_copy(error_text(&err));
	}
	return NULL;
}

/* Two connections, as of two processes, with two threads each. */
static void test_writers_side_by_side(void **state)
{
	struct journal *journals[2] = {journal_fixture_open(*state), journal_fixture_open(*state)};
	struct journal_record record = {0};
	pthread_t threads[4];
	void *complaint;

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, journals[i % 2]), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], &complaint);
		if (complaint)
			fail_msg("%s", (char *)complaint);
	}
	for (int64_t run_id = 1; run_id <= 4; run_id++) {
		assert_int_equal(journal_run_load(journals[0], run_id, NULL, &record, NULL), 0);
		assert_int_equal(record.step_count, 50);
		journal_record_clear(&record);
	}
	journal_free(journals[0]);
	journal_free(journals[1]);
}

/* In another process, for SQLite knows what its own one has open: 0 when the run has that many
 * steps. It closes the journal then, as its last user does when it takes itself for that. */
static int steps_seen_elsewhere(const char *folder, int64_t run_id, size_t steps)
{
	CLEANUP(cleanup_free) char *run = text_format("%lld", (long long)run_id);
	CLEANUP(cleanup_free) char *count = text_format("%zu", steps);
	pid_t child = fork();
	int status = -1;

	assert_true(child >= 0);
	if (child == 0) {
		execl("/proc/self/exe", "test_journal", folder, run, count, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static int look(char **arguments)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_journal) struct journal *journal = NULL;

	return journal_open(arguments[0], &journal, NULL) == 0 &&
			       journal_run_load(journal, strtoll(arguments[1], NULL, 10), NULL,
				       &record, NULL) == 0 &&
			       record.step_count == strtoull(arguments[2], NULL, 10)
		       ? 0
		       : 1;
}

/* A rollback that follows a failed run opens the journal before that one's connection is closed. */
static void test_two_connections_of_one_process(void **state)
{
	struct journal *first = journal_fixture_open(*state);
	int64_t run_id = journal_fixture_begin(first);
	struct journal *second = journal_fixture_open(*state);

	journal_free(first);
	for (uint32_t i = 0; i < 4; i++) {
		journal_fixture_add(second, run_id, i, JOURNAL_STEP_DONE, NULL);
		assert_int_equal(steps_seen_elsewhere(*state, run_id, i + 1), 0);
	}
	journal_free(second);
	assert_int_equal(steps_seen_elsewhere(*state, run_id, 4), 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, journal_fixture_folder, journal_fixture_remove)

int main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(test_write_and_load),
		TEST(test_lines),
		TEST(test_list),
		TEST(test_no_such_run),
		TEST(test_writers_side_by_side),
		TEST(test_two_connections_of_one_process),
	};

	if (count == 4)
		return look(arguments + 1);
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
