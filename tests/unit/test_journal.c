/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal: what is written is there, whatever happens to the writer, the file or the disk. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/journal/lock.h"

static const struct journal_run run_of_shop = {
	.cluster = "shop",
	.cluster_file = "/etc/haupgrade/shop.conf",
	.bundle = "/srv/bundle-2",
	.bundle_digest = "0123abcd",
	.profile = "hacluster",
	.invoker = "root@admin",
	.pid = 4711,
	.plan = "{\"steps\":[]}",
};

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static int make_folder(void **state)
{
	char folder[] = "/tmp/haupgrade-journal.XXXXXX";

	*state = mkdtemp(folder) ? text_copy(folder) : NULL;
	return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
	int result = nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return result;
}

static struct journal *open_good(const char *folder)
{
	struct journal *journal = NULL;
	struct error err = {0};

	if (journal_open(folder, &journal, &err) < 0)
		fail_msg("%s", err.text);
	return journal;
}

static int64_t begin(struct journal *journal)
{
	struct error err = {0};
	int64_t run_id = 0;

	if (journal_run_begin(journal, &run_of_shop, &run_id, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(run_id > 0);
	return run_id;
}

static void add(struct journal *journal, int64_t run_id, uint32_t step, enum journal_kind kind,
	const char *detail)
{
	const struct journal_event event = {
		.step = step,
		.name = "install",
		.node = "web1",
		.kind = kind,
		.attempt = 2,
		.detail = detail,
	};
	struct error err = {0};

	if (journal_step_event(journal, run_id, &event, &err) < 0)
		fail_msg("%s", err.text);
}

static void expect_not_opened(const char *folder, int number, const char *text)
{
	struct journal *journal = NULL;
	struct error err = {0};

	assert_int_equal(journal_open(folder, &journal, &err), -number);
	assert_null(journal);
	if (!strstr(err.text, text))
		fail_msg("no \"%s\" in: %s", text, err.text);
}

static void expect_loaded(struct journal *journal, int64_t run_id)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	struct error err = {0};

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
	assert_true(record.steps[0].first_wall_us <= record.steps[0].wall_us);
	assert_int_equal(record.steps[1].step, 7);
	assert_int_equal(record.steps[1].kind, JOURNAL_INTENDED);
}

static void test_write_and_load(void **state)
{
	CLEANUP(cleanup_free) char *folder = text_format("%s/var/lib/journal", (char *)*state);
	CLEANUP(cleanup_journal) struct journal *journal = open_good(folder);
	int64_t run_id = begin(journal);
	struct stat status;

	add(journal, run_id, 0, JOURNAL_INTENDED, NULL);
	add(journal, run_id, 7, JOURNAL_INTENDED, "");
	add(journal, run_id, 0, JOURNAL_STEP_DONE, "installed: a-2");
	assert_int_equal(
		journal_run_state(journal, run_id, JOURNAL_STOPPED, "install failed", NULL), 0);
	expect_loaded(journal, run_id);
	journal_free(TAKE(journal));
	journal = open_good(folder);
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
	CLEANUP(cleanup_journal) struct journal *journal = open_good(*state);
	int64_t run_id = begin(journal);
	struct journal_line *lines = NULL;
	struct error err = {0};
	size_t count = 0;

	add(journal, begin(journal), 0, JOURNAL_REFUSED, "of another run");
	add(journal, run_id, 3, JOURNAL_INTENDED, NULL);
	assert_int_equal(journal_note(journal, run_id, "probe", "1 failed", &err), 0);
	add(journal, run_id, 3, JOURNAL_STEP_FAILED, "exit status 1");
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
	CLEANUP(cleanup_journal) struct journal *journal = open_good(*state);
	const struct journal_run other = {.cluster = "mail"};
	struct journal_record *records = NULL;
	struct error err = {0};
	size_t count = 1;
	int64_t first, second, third;

	assert_int_equal(journal_run_list(journal, NULL, 0, &records, &count, &err), 0);
	assert_int_equal(count, 0);
	assert_null(records);
	first = begin(journal);
	assert_int_equal(journal_run_begin(journal, &other, &second, &err), 0);
	third = begin(journal);
	assert_true(first < second && second < third);
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
	struct error err = {0};

	assert_int_equal(journal_run_load(journal, run_id, cluster, &record, &err), -ENOENT);
	assert_null(record.plan);
	if (!strstr(err.text, text))
		fail_msg("no \"%s\" in: %s", text, err.text);
}

static void test_no_such_run(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = open_good(*state);
	const struct journal_event event = {.name = "x"};
	struct journal_line *lines = NULL;
	struct error err = {0};
	size_t count;

	expect_none(journal, 0, NULL, "/journal.db: there is no run yet");
	begin(journal);
	expect_none(journal, 99, NULL, "there is no run 99; see `haupgrade history`");
	expect_none(journal, 0, "mail", "there is no run of cluster mail");
	assert_int_equal(journal_step_event(journal, 99, &event, &err), -ENOENT);
	assert_int_equal(journal_run_state(journal, 99, JOURNAL_DONE, NULL, &err), -ENOENT);
	assert_int_equal(journal_note(journal, 99, "x", "y", &err), -ENOENT);
	assert_non_null(strstr(err.text, "there is no run 99"));
	assert_int_equal(journal_run_lines(journal, 99, &lines, &count, &err), -ENOENT);
	assert_null(lines);
}

/* What any tool for SQLite would do to the file. */
static void alter(const char *folder, const char *statements)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", folder);
	sqlite3 *connection = NULL;

	assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
	if (sqlite3_exec(connection, statements, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(connection));
	sqlite3_close(connection);
}

static void test_newer_format(void **state)
{
	journal_free(open_good(*state));
	alter(*state, "PRAGMA user_version = 2");
	expect_not_opened(*state, EPROTONOSUPPORT,
		"/journal.db: written by a newer haupgrade (format 2, this one knows up to 1); use "
		"that haupgrade, or a newer one");
}

static void put(const char *folder, const char *bytes, size_t length)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", folder);

	assert_int_equal(file_write(path, bytes, length, 0600, NULL), 0);
}

static void test_foreign_file(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", (char *)*state);
	CLEANUP(cleanup_free) char *before = NULL;
	CLEANUP(cleanup_free) char *after = NULL;
	size_t length, length_after;
	char words[5000];

	memset(words, 'z', sizeof(words));
	put(*state, words, sizeof(words));
	expect_not_opened(*state, EUCLEAN, "file is not a database. Move the file away to start");
	assert_int_equal(unlink(path), 0);
	alter(*state, "CREATE TABLE theirs (x)");
	assert_int_equal(file_read(path, 1 << 20, &before, &length, NULL), 0);
	expect_not_opened(*state, EUCLEAN,
		"this is a database of another program, no journal of haupgrade; move it away");
	assert_int_equal(file_read(path, 1 << 20, &after, &length_after, NULL), 0);
	assert_int_equal(length, length_after);
	assert_memory_equal(before, after, length);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	expect_not_opened(*state, EISDIR, "/journal.db: cannot open the journal for writing");
}

/* Every page but the first is overwritten: an error wherever it is found, never a crash. */
static void test_damaged_file(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", (char *)*state);
	CLEANUP(cleanup_free) char *bytes = NULL;
	struct journal *journal = open_good(*state);
	struct journal_record record = {0};
	struct error err = {0};
	size_t length;
	int result;

	add(journal, begin(journal), 0, JOURNAL_INTENDED, "x");
	journal_free(journal);
	assert_int_equal(file_read(path, 1 << 20, &bytes, &length, NULL), 0);
	assert_true(length > 8192);
	memset(bytes + 4096, 0xa5, length - 4096);
	put(*state, bytes, length);
	journal = NULL;
	result = journal_open(*state, &journal, &err);
	if (result == 0)
		result = journal_run_load(journal, 0, NULL, &record, &err);
	assert_int_equal(result, -EUCLEAN);
	assert_non_null(strstr(err.text, "database disk image is malformed. Move the file away"));
	journal_free(journal);
	/* Cut short as by a bad copy. */
	put(*state, bytes, 5000);
	journal = NULL;
	result = journal_open(*state, &journal, &err);
	if (result == 0)
		result = journal_run_load(journal, 0, NULL, &record, &err);
	assert_int_equal(result, -EUCLEAN);
	journal_free(journal);
}

/* Each single byte of a small journal turned over: no crash, and never a silent wrong run. */
static void test_each_byte_damaged(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", (char *)*state);
	CLEANUP(cleanup_free) char *bytes = NULL;
	struct journal *journal = open_good(*state);
	size_t length;

	add(journal, begin(journal), 0, JOURNAL_INTENDED, "x");
	journal_free(journal);
	assert_int_equal(file_read(path, 1 << 20, &bytes, &length, NULL), 0);
	for (size_t place = 0; place < length; place += 37) {
		struct journal_record record = {0};

		bytes[place] = (char)~bytes[place];
		int file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

		assert_int_equal(write(file, bytes, length), length);
		close(file);
		journal = NULL;
		if (journal_open(*state, &journal, NULL) == 0)
			(void)journal_run_load(journal, 0, NULL, &record, NULL);
		journal_record_clear(&record);
		journal_free(journal);
		bytes[place] = (char)~bytes[place];
	}
}

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
	struct error err = {0};
	struct journal_record record = {0};
	char words[4000];
	int64_t run_id = 0;
	int result = 0;
	int written = 0;
	struct journal_event event = {.name = "s", .detail = words};

	must(mount("tmpfs", folder, "tmpfs", 0, "size=256k") == 0, "mount");
	must(journal_open(folder, &journal, &err) == 0, err.text);
	must(journal_run_begin(journal, &run_of_shop, &run_id, &err) == 0, err.text);
	memset(words, 'w', sizeof(words));
	words[sizeof(words) - 1] = '\0';
	while (result == 0 && written < 1000) {
		event.step = (uint32_t)written;
		result = journal_step_event(journal, run_id, &event, &err);
		written += result == 0;
	}
	must(result == -ENOSPC, err.text);
	must(strstr(err.text, "cannot note an event: the disk is full; make room, then resume"),
		err.text);
	/* What was promised is there, and the journal goes on when there is room. */
	must(journal_run_load(journal, 0, NULL, &record, &err) == 0, err.text);
	must(record.step_count == (size_t)written, "an event is missing");
	journal_record_clear(&record);
	must(mount(NULL, folder, NULL, MS_REMOUNT, "size=8m") == 0, "remount");
	must(journal_step_event(journal, run_id, &event, &err) == 0, err.text);
	journal_free(journal);
}

static void open_on_full_disk(const char *folder)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/ballast", folder);
	struct journal *journal = NULL;
	struct error err = {0};
	char words[4096] = "";
	int file;

	must(mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0, "mount");
	file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(file, words, sizeof(words)) > 0)
		;
	close(file);
	must(journal_open(folder, &journal, &err) == -ENOSPC, err.text);
	must(strstr(err.text, "the disk is full"), err.text);
}

static void open_read_only(const char *folder)
{
	struct journal *journal = NULL;
	struct error err = {0};

	must(mount("tmpfs", folder, "tmpfs", 0, NULL) == 0, "mount");
	must(mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0, "remount");
	must(journal_open(folder, &journal, &err) == -EROFS, err.text);
	must(strstr(err.text, "/journal.db: the file system is read-only"), err.text);
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

static void *write_many(void *argument)
{
	struct journal *journal = argument;
	struct error err = {0};
	int64_t run_id = 0;

	if (journal_run_begin(journal, &run_of_shop, &run_id, &err) < 0)
		return text_copy(err.text);
	for (uint32_t i = 0; i < 50; i++) {
		const struct journal_event event = {.step = i, .name = "s"};

		if (journal_step_event(journal, run_id, &event, &err) < 0)
			return text_copy(err.text);
	}
	return NULL;
}

/* Two connections, as of two processes, with two threads each. */
static void test_writers_side_by_side(void **state)
{
	struct journal *journals[2] = {open_good(*state), open_good(*state)};
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

/* Opens, begins a run, writes events for ever; says on the pipe what is durable. */
static void write_until_killed(const char *folder, int report)
{
	struct journal *journal = NULL;
	int64_t run_id = 0;

	if (journal_open(folder, &journal, NULL) < 0 ||
		journal_run_begin(journal, &run_of_shop, &run_id, NULL) < 0)
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
		struct journal_record record = {0};
		struct journal *journal;
		int64_t run_id;
		int64_t events = kill_at_random(*state, &run_id);

		expect_whole(*state);
		journal = open_good(*state);
		if (run_id) {
			assert_int_equal(journal_run_load(journal, run_id, NULL, &record, NULL), 0);
			assert_int_equal(record.state, JOURNAL_RUNNING);
			/* One more may be in, whose report was not sent any more. */
			assert_in_range(record.step_count, events, events + 1);
			journal_record_clear(&record);
		}
		journal_free(journal);
	}
}

static void test_lock(void **state)
{
	CLEANUP(cleanup_lock) struct lock *lock = NULL;
	CLEANUP(cleanup_lock) struct lock *other = NULL;
	CLEANUP(cleanup_free) char *expected = NULL;
	struct error err = {0};

	assert_int_equal(lock_take(*state, "shop", &lock, &err), 0);
	assert_int_equal(lock_take(*state, "shop", &other, &err), -EBUSY);
	expected = text_format("another haupgrade, process %d works on cluster shop (lock "
			       "%s/shop.lock); wait until it has ended",
		(int)getpid(), (char *)*state);
	assert_string_equal(err.text, expected);
	assert_int_equal(lock_take(*state, "mail", &other, &err), 0);
	lock_free(TAKE(lock));
	assert_int_equal(lock_take(*state, "shop", &lock, &err), 0);
	lock_free(NULL);
}

static void test_lock_dies_with_its_process(void **state)
{
	CLEANUP(cleanup_lock) struct lock *lock = NULL;
	struct error err = {0};
	int ends[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct lock *held = NULL;

		if (lock_take(*state, "shop", &held, NULL) < 0)
			_exit(1);
		(void)!write(ends[1], "x", 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(lock_take(*state, "shop", &lock, &err), -EBUSY);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(lock_take(*state, "shop", &lock, &err), 0);
	close(ends[0]);
	close(ends[1]);
}

static void test_lock_names(void **state)
{
	static const char *const bad[] = {"", "../x", ".x", "a/b", "a b",
		"12345678901234567890123456789012345678901234567890123456789012345"};
	struct lock *lock = NULL;
	struct error err = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(lock_take(*state, bad[i], &lock, &err), -EINVAL);
	assert_int_equal(lock_take(*state, "a/b", &lock, &err), -EINVAL);
	assert_string_equal(err.text, "cluster name \"a/b\": use 1 to 64 letters, digits, '.', '_' "
				      "and '-', not '.' first");
	assert_null(lock);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_write_and_load),
		TEST(test_lines),
		TEST(test_list),
		TEST(test_no_such_run),
		TEST(test_newer_format),
		TEST(test_foreign_file),
		TEST(test_damaged_file),
		TEST(test_each_byte_damaged),
		TEST(test_disk_full),
		TEST(test_disk_full_at_first),
		TEST(test_read_only),
		TEST(test_writers_side_by_side),
		TEST(test_kill_9),
		TEST(test_lock),
		TEST(test_lock_dies_with_its_process),
		TEST(test_lock_names),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
