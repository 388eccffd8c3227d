/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemons' log: the form of its lines, reopening, and a disk that is full. */
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/program/log.h"

static char folder[] = "/tmp/test_log.XXXXXX";
static char *path, *moved, *errors;
static int saved_stderr;

/* Standard error goes to a file of ours, as the log writes there too. */
static int setup(void **state)
{
	int descriptor;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	path = text_format("%s/log", folder);
	moved = text_format("%s/log.1", folder);
	errors = text_format("%s/stderr", folder);
	unsetenv("JOURNAL_STREAM");
	descriptor = open(errors, O_CREAT | O_TRUNC | O_RDWR | O_APPEND, 0600);
	saved_stderr = dup(STDERR_FILENO);
	dup2(descriptor, STDERR_FILENO);
	close(descriptor);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	unlink(path);
	unlink(moved);
	unlink(errors);
	rmdir(folder);
	free(path);
	free(moved);
	free(errors);
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	return 0;
}

static void begin(const char *file)
{
	struct log_config config = {
		.program = "testd", .node = "n1", .file = file, .facility = -1, .level = LOG_INFO};

	log_open(&config);
	log_start();
}

/* Runs the function in a process of its own: what a log leaves behind is not the next test's. */
static void in_child(void (*function)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		function();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static char *content(const char *name)
{
	CLEANUP(error_release) struct error err = {0};
	char *bytes = NULL;

	assert_int_equal(file_read(name, 100000, &bytes, NULL, &err), 0);
	return bytes;
}

static void assert_matches(const char *text, const char *pattern)
{
	regex_t expression;

	assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&expression, text, 0, NULL, 0) != 0)
		fail_msg("'%s' does not match '%s'", text, pattern);
	regfree(&expression);
}

#define HEAD                                                                       \
	"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z n1 " \
	"testd\\[[0-9]+\\]: "

static void form_child(void)
{
	begin(path);
	log_write(LOG_DEBUG, "not told");
	log_write_durable(LOG_NOTICE, "Configuring as %s", "primary");
	log_close();
}

static void test_form(void **state)
{
	CLEANUP(cleanup_free) char *lines = NULL, *told = NULL;

	(void)state;
	in_child(form_child);
	lines = content(path);
	assert_matches(lines, HEAD "notice: Configuring as primary\n$");
	told = content(errors);
	assert_string_equal(told, lines);
}

static void journal_child(void)
{
	struct stat status;
	char stream[64];

	fstat(STDERR_FILENO, &status);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)status.st_dev,
		(unsigned long long)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	begin(NULL);
	log_write(LOG_WARNING, "one");
	log_close();
}

/* The journal takes the priority from the line and has a stamp of its own. */
static void test_journal(void **state)
{
	CLEANUP(cleanup_free) char *told = NULL;

	(void)state;
	in_child(journal_child);
	told = content(errors);
	assert_string_equal(told, "<4>one\n");
}

static void one_child(void)
{
	begin(path);
	log_write(LOG_INFO, "one");
	log_close();
}

static void two_child(void)
{
	begin(path);
	/* Rotated away while it is open. */
	if (rename(path, moved) < 0)
		_exit(1);
	log_reopen();
	log_write(LOG_WARNING, "two");
	log_close();
}

static void test_reopen(void **state)
{
	CLEANUP(cleanup_free) char *first = NULL, *second = NULL;

	(void)state;
	in_child(one_child);
	in_child(two_child);
	first = content(moved);
	second = content(path);
	assert_matches(first, HEAD "info: one\n$");
	assert_matches(second, HEAD "warning: two\n$");
}

static void full_child(void)
{
	begin("/dev/full");
	log_write(LOG_INFO, "one");
	log_write(LOG_INFO, "two");
	log_close();
}

static void test_full_disk(void **state)
{
	CLEANUP(cleanup_free) char *told = NULL;

	(void)state;
	in_child(full_child);
	told = content(errors);
	/* Complained of once, and nothing else is lost. */
	assert_non_null(strstr(told,
		"/dev/full: cannot write to the logfile: No space left on device; going on without it\n"));
	assert_non_null(strstr(told, "info: one\n"));
	assert_non_null(strstr(told, "info: two\n"));
}

static void nowhere_child(void)
{
	begin("/nonexistent/log");
	log_write(LOG_INFO, "one");
	log_close();
}

static void test_no_file(void **state)
{
	CLEANUP(cleanup_free) char *told = NULL;

	(void)state;
	in_child(nowhere_child);
	told = content(errors);
	assert_non_null(strstr(told,
		"/nonexistent/log: cannot open the logfile: No such file or directory; going on without it\n"));
	assert_non_null(strstr(told, "info: one\n"));
}

#define MANY 2000

/* Standard error is a pipe that nobody empties before all is said. */
static void stuck_child(const int *errors_pipe, int said)
{
	int i;

	close(errors_pipe[0]);
	dup2(errors_pipe[1], STDERR_FILENO);
	close(errors_pipe[1]);
	begin(NULL);
	for (i = 0; i < MANY; i++)
		log_write(LOG_INFO, "%0200d", i);
	if (write(said, "x", 1) != 1)
		_exit(1);
	log_close();
	_exit(0);
}

static void test_nobody_waits_for_a_reader(void **state)
{
	int errors_pipe[2], said[2], status;
	struct pollfd ready = {.events = POLLIN};
	unsigned int lines = 0, lost = 0;
	CLEANUP(cleanup_fclose) FILE *stream = NULL;
	char line[4096];
	pid_t child;

	(void)state;
	assert_int_equal(pipe(errors_pipe), 0);
	assert_int_equal(pipe(said), 0);
	child = fork();
	if (child == 0)
		stuck_child(errors_pipe, said[1]);
	close(errors_pipe[1]);
	ready.fd = said[0];
	if (poll(&ready, 1, 20000) != 1) {
		kill(child, SIGKILL);
		fail_msg("a caller waits until somebody reads");
	}
	stream = fdopen(errors_pipe[0], "r");
	while (fgets(line, sizeof(line), stream)) {
		const char *told = strstr(line, "warning: log: ");

		if (told)
			lost += (unsigned int)atoi(told + strlen("warning: log: "));
		else
			lines++;
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(lines + lost, MANY);
	assert_true(lost > 0);
	close(said[0]);
	close(said[1]);
}

static void test_facility(void **state)
{
	CLEANUP(error_release) struct error err = {0};
	int facility = 0;

	(void)state;
	assert_int_equal(log_facility("none", &facility, &err), 0);
	assert_int_equal(facility, -1);
	assert_int_equal(log_facility("local7", &facility, &err), 0);
	assert_int_equal(facility, LOG_LOCAL7);
	assert_true(log_facility("x", &facility, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_form, setup, teardown),
		cmocka_unit_test_setup_teardown(test_journal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reopen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody_waits_for_a_reader, setup, teardown),
		cmocka_unit_test(test_facility),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
