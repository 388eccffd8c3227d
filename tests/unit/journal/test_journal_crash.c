/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal on a full or read-only disk and after kill -9: what was promised is there. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "orchestrator/journal/journal.h"
#include "tests/unit/journal/journal_fixture.h"

/* Runs a test in a child with a mount name space of its own; nothing it mounts is left. */
static void in_own_mounts(void test(const char *folder), const char *folder)
{
	pid_t child;
	int status;

	if (geteuid() != 0) {
		print_message("skipped: mounting needs root\n");
		skip();
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
			mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
			_exit(77);
		test(folder);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("skipped: no mount name spaces here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* In a child, cmocka's asserts would end in the wrong process. */
static void must(bool true_thing, const char *what)
{
	if (!true_thing) {
		fprintf(stderr, "%s\n", what);
		_exit(1);
	}
}

static void fill_disk(const char *folder)
{
	struct journal *journal = NULL;
	CLEANUP(error_release) struct error err = {0};
	struct journal_record record = {0};
	char words[4000];
	int64_t run_id = 0;
	int result = 0;
	int written = 0;
	struct journal_event event = {.name = "s", .detail = words};

	must(mount("tmpfs", folder, "tmpfs", 0, "size=256k") == 0, "mount");
	must(journal_open(folder, &journal, &err) == 0, error_text(&err));
	must(journal_run_begin(journal, journal_fixture_run(), &run_id, &err) == 0,
		error_text(&err));
	memset(words, 'w', sizeof(words));
	words[sizeof(words) - 1] = '\0';
	while (result == 0 && written < 1000) {
		event.step = (uint32_t)written;
		result = journal_step_event(journal, run_id, &event, &err);
		written += result == 0;
	}
	must(result == -ENOSPC, error_text(&err));
	must(strstr(error_text(&err),
		     "cannot note an event: the disk is full; make room, then resume"),
		error_text(&err));
	/* What was promised is there, and the journal goes on when there is room. */
	must(journal_run_load(journal, 0, NULL, &record, &err) == 0, error_text(&err));
	must(record.step_count == (size_t)written, "an event is missing");
	journal_record_clear(&record);
	must(mount(NULL, folder, NULL, MS_REMOUNT, "size=8m") == 0, "remount");
	must(journal_step_event(journal, run_id, &event, &err) == 0, error_text(&err));
	journal_free(journal);
}

static void open_on_full_disk(const char *folder)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/ballast", folder);
	struct journal *journal = NULL;
	CLEANUP(error_release) struct error err = {0};
	char words[4096] = "";
	int file;

	must(mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0, "mount");
	file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(file, words, sizeof(words)) > 0)
		;
	close(file);
	must(journal_open(folder, &journal, &err) == -ENOSPC, error_text(&err));
	must(strstr(error_text(&err), "the disk is full"), error_text(&err));
}

static void open_read_only(const char *folder)
{
	struct journal *journal = NULL;
	CLEANUP(error_release) struct error err = {0};

	must(mount("tmpfs", folder, "tmpfs", 0, NULL) == 0, "mount");
	must(mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0, "remount");
	must(journal_open(folder, &journal, &err) == -EROFS, error_text(&err));
	must(strstr(error_text(&err), "/journal.db: the file system is read-only"),
		error_text(&err));
}

static void test_disk_full(void **state)
{
	in_own_mounts(fill_disk, *state);
}

static void test_disk_full_at_first(void **state)
{
	in_own_mounts(open_on_full_disk, *state);
}

static void test_read_only(void **state)
{
	in_own_mounts(open_read_only, *state);
}

/* Opens, begins a run, writes events for ever; says on the pipe what is durable. */
static void write_until_killed(const char *folder, int report)
{
	struct journal *journal = NULL;
	int64_t run_id = 0;

	if (journal_open(folder, &journal, NULL) < 0 ||
		journal_run_begin(journal, journal_fixture_run(), &run_id, NULL) < 0)
		_exit(1);
	(void)!write(report, &run_id, sizeof(run_id));
	for (int64_t i = 0;; i++) {
		const struct journal_event event = {.step = (uint32_t)i, .name = "s"};

		if (journal_step_event(journal, run_id, &event, NULL) < 0)
			_exit(1);
		(void)!write(report, &i, sizeof(i));
	}
}

static void expect_whole(const char *folder)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", folder);
	sqlite3 *connection = NULL;
	sqlite3_stmt *statement = NULL;

	assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(connection, "PRAGMA integrity_check", -1, &statement, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
	sqlite3_finalize(statement);
	sqlite3_close(connection);
}

/* Kills the writer after some reports and a moment more; returns how many events it reported. */
static int64_t kill_at_random(const char *folder, int64_t *run_id)
{
	int64_t wanted = random() % 40;
	uint64_t moment = (uint64_t)random() % 3000;
	int64_t reports = 0;
	int64_t number;
	uint64_t now;
	int ends[2];
	pid_t child;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		write_until_killed(folder, ends[1]);
	close(ends[1]);
	*run_id = 0;
	while (reports < wanted && read(ends[0], &number, sizeof(number)) == sizeof(number))
		if (reports++ == 0)
			*run_id = number;
	now = clock_monotonic_us();
	while (clock_monotonic_us() < now + moment)
		;
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	while (read(ends[0], &number, sizeof(number)) == sizeof(number))
		if (reports++ == 0)
			*run_id = number;
	close(ends[0]);
	return reports - 1;
}

static void test_kill_9(void **state)
{
	const char *given = getenv("SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();

	print_message("SEED=%u\n", seed);
	srandom(seed);
	for (int i = 0; i < 50; i++) {
		struct journal_account account = {0};
		struct journal *journal;
		int64_t run_id;
		int64_t events = kill_at_random(*state, &run_id);

		expect_whole(*state);
		journal = journal_fixture_open(*state);
		if (run_id) {
			assert_int_equal(journal_run_account(journal, run_id, &account, NULL), 0);
			assert_int_equal(account.record.state, JOURNAL_RUNNING);
			/* One more may be in, whose report was not sent any more. */
			assert_in_range(account.record.step_count, events, events + 1);
			assert_true(account.chain.intact);
			journal_account_clear(&account);
		}
		journal_free(journal);
	}
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, journal_fixture_folder, journal_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_disk_full),
		TEST(test_disk_full_at_first),
		TEST(test_read_only),
		TEST(test_kill_9),
	};

	return cmocka_run_group_tests_name("journal crash", tests, NULL, NULL);
}
