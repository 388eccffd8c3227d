/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of a daemon's start; each start is a process of its own. */
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/program/service.h"

/* What a start did, seen by the test through shared memory. */
struct seen {
	char stages[32]; /* a letter each */
	uid_t user_at_open, user_at_run;
	bool can_chown_at_open, can_chown_at_run;
	char state_dir[64], node[64], option[32];
	bool bad_files, bad_open;
	int instead; /* -1: serves */
};

static struct seen *seen;

static void stage(char letter)
{
	size_t length = strlen(seen->stages);

	seen->stages[length] = letter;
}

static bool has_capability(int capability)
{
	return prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
}

static void on_option(int id, const char *value, void *context)
{
	(void)context;
	stage('o');
	assert_int_equal(id, SERVICE_OWN_OPTIONS);
	snprintf(seen->option, sizeof(seen->option), "%s", value);
}

static bool configure(const struct service_settings *settings, void *context)
{
	(void)context;
	stage('c');
	snprintf(seen->state_dir, sizeof(seen->state_dir), "%s", settings->state_dir);
	snprintf(seen->node, sizeof(seen->node), "%s", settings->node);
	return !seen->bad_files;
}

static void log_describe(struct log_config *log, void *context)
{
	(void)context;
	(void)log;
	stage('l');
}

static int instead(void *context)
{
	(void)context;
	stage('i');
	return seen->instead;
}

static int open_as_root(const struct service_settings *settings, void *context, struct error *err)
{
	struct stat status;

	(void)context;
	stage('O');
	if (stat(settings->state_dir, &status) < 0)
		return error_system(err, errno, "no state folder");
	seen->user_at_open = geteuid();
	seen->can_chown_at_open = has_capability(CAP_CHOWN);
	return seen->bad_open ? error_set(err, EACCES, "the port is taken") : 0;
}

static int run(void *context, struct error *err)
{
	(void)context;
	(void)err;
	stage('r');
	seen->user_at_run = geteuid();
	seen->can_chown_at_run = has_capability(CAP_CHOWN);
	return 0;
}

static const struct option_spec own[] = {
	{SERVICE_OWN_OPTIONS, 0, "own", "VALUE", "an option of its own"}, {0, 0, NULL, NULL, NULL}};
static const int kept[] = {CAP_NET_ADMIN};

/* Runs `exampled ARGUMENT...` (split at blanks): its exit status, what it printed in *output. */
static int start(const char *user, const char *arguments, char *output, size_t size)
{
	const struct service service = {
		.name = "exampled",
		.version = "1.2",
		.summary = "Does nothing.",
		.options = own,
		.defaults = {.config_dir = "/nowhere",
			.state_dir = "/tmp/test_service.state",
			.ipc_name = "exampled",
			.user = user},
		.capabilities = kept,
		.capability_count = 1,
		.memory_bytes = 1 << 20,
		.stages = {on_option, configure, log_describe, instead, open_as_root, run},
	};
	CLEANUP(cleanup_free) char *line = text_format("exampled %s", arguments);
	char *argv[16], *rest = line;
	int argc = 0, ends[2], status;
	ssize_t length;
	pid_t child;

	while ((argv[argc] = strtok_r(argc ? NULL : line, " ", &rest)))
		argc++;
	memset(seen->stages, 0, sizeof(seen->stages));
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		status = service_main(&service, argc, argv, NULL);
		fflush(NULL);
		_exit(status);
	}
	close(ends[1]);
	output[0] = '\0';
	for (size_t at = 0; (length = read(ends[0], output + at, size - at - 1)) > 0;) {
		at += (size_t)length;
		output[at] = '\0';
	}
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int seen_setup(void **state)
{
	(void)state;
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(seen, 0, sizeof(*seen));
	seen->instead = -1;
	return 0;
}

static int seen_teardown(void **state)
{
	(void)state;
	munmap(seen, sizeof(*seen));
	rmdir("/tmp/test_service.state");
	return 0;
}

static void test_the_stages_come_in_order_and_root_is_left_between_open_and_run(void **state)
{
	char output[4096];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(
		start("daemon", "--own=x --node n7", output, sizeof(output)), SERVICE_DONE);
	assert_string_equal(seen->stages, "ocliOr");
	assert_string_equal(seen->option, "x");
	assert_string_equal(seen->node, "n7");
	assert_int_equal(seen->user_at_open, 0);
	assert_true(seen->can_chown_at_open);
	assert_int_not_equal(seen->user_at_run, 0);
	assert_false(seen->can_chown_at_run);
	assert_non_null(strstr(output, "exampled 1.2 begins"));
}

static void test_check_reads_the_files_and_does_nothing_else(void **state)
{
	char output[4096];

	(void)state;
	assert_int_equal(start("", "-n", output, sizeof(output)), SERVICE_DONE);
	assert_string_equal(seen->stages, "c");
	seen->bad_files = true;
	assert_int_equal(start("", "--check", output, sizeof(output)), SERVICE_NO);
	assert_int_equal(start("", "", output, sizeof(output)), SERVICE_NO);
	assert_string_equal(seen->stages, "c");
}

static void test_something_else_than_serving(void **state)
{
	char output[4096];

	(void)state;
	seen->instead = 1;
	assert_int_equal(start("", "", output, sizeof(output)), 1);
	assert_string_equal(seen->stages, "cli");
}

static void test_what_keeps_it_from_serving_is_told(void **state)
{
	char output[4096];

	(void)state;
	seen->bad_open = true;
	assert_int_equal(start("", "", output, sizeof(output)), SERVICE_USAGE);
	assert_string_equal(seen->stages, "cliO");
	assert_non_null(strstr(output, "critical: the port is taken"));
	assert_int_equal(start("", "--bogus", output, sizeof(output)), SERVICE_USAGE);
	assert_string_equal(seen->stages, "");
	assert_int_equal(start("", "more", output, sizeof(output)), SERVICE_USAGE);
	assert_string_equal(output, "exampled: 'more' is too much; see exampled --help\n");
}

static void test_a_user_that_is_missing_matters_when_it_was_asked_for(void **state)
{
	char output[4096];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(start("no-such-user", "", output, sizeof(output)), SERVICE_DONE);
	assert_int_equal(seen->user_at_run, 0);
	assert_false(seen->can_chown_at_run);
	assert_non_null(strstr(output, "staying root"));
	assert_int_equal(
		start("daemon", "--user no-such-user", output, sizeof(output)), SERVICE_USAGE);
	assert_string_equal(seen->stages, "cliO");
	assert_non_null(strstr(output, "user 'no-such-user' does not exist"));
}

static void test_help_and_version(void **state)
{
	char output[4096];

	(void)state;
	assert_int_equal(start("", "--version", output, sizeof(output)), SERVICE_DONE);
	assert_string_equal(output, "exampled 1.2\n");
	assert_int_equal(start("", "-h", output, sizeof(output)), SERVICE_DONE);
	assert_non_null(strstr(output, "exampled [OPTION...]"));
	assert_non_null(strstr(output, "--own"));
	assert_non_null(strstr(output, "--ipc-name"));
	assert_string_equal(seen->stages, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, seen_setup, seen_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_the_stages_come_in_order_and_root_is_left_between_open_and_run),
		TEST(test_check_reads_the_files_and_does_nothing_else),
		TEST(test_something_else_than_serving),
		TEST(test_what_keeps_it_from_serving_is_told),
		TEST(test_a_user_that_is_missing_matters_when_it_was_asked_for),
		TEST(test_help_and_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
