/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs on a node, whose scripts a local shell runs here in a temporary folder. */
#include "orchestrator/node/installation.h"

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
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/remote/quote.h"

/* A link whose node is a folder. */
struct fake_link {
	struct link link;
	char folder[32];
	const char *greeting, *farewell; /* of its login scripts; or NULL */
	unsigned asked;
};

static const struct job job = {.run = "shop-1", .step = "install"};

void session_result_clear(struct session_result *result)
{
	free(result->output);
	*result = (struct session_result){0};
}

/* Stands in for that of link.c. The end of the output is waited for, as ssh does. */
int link_script(struct link *link, const char *what, const char *script,
	const char *const *arguments, uint64_t deadline_ms, struct session_result *result,
	struct error *err)
{
	struct fake_link *fake = (struct fake_link *)link;
	CLEANUP(cleanup_free) char *folder = text_format("%s%s", fake->folder, arguments[0]);
	const char *moved[] = {folder, arguments[1], arguments[1] ? arguments[2] : NULL};
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(cleanup_text) struct text output = {0};
	char buffer[4096];
	size_t count;
	FILE *pipe;

	assert_true(deadline_ms > 0);
	fake->asked++;
	text_append(&output, fake->greeting ?: "");
	assert_int_equal(quote_script(script, moved, moved[2] ? 3 : 1, &line, err), 0);
	pipe = popen(line, "re");
	assert_non_null(pipe);
	while ((count = fread(buffer, 1, sizeof(buffer), pipe)) > 0)
		text_append_bytes(&output, buffer, count);
	if (pclose(pipe) != 0)
		return error_set(err, EREMOTEIO, "%s failed: %s", what, text_string(&output));
	text_append(&output, fake->farewell ?: "");
	if (result) {
		result->output_length = output.length;
		result->output = text_take(&output);
	}
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static char node_name[] = "node1";
static const struct cluster_node cluster_node = {.name = node_name};

static int make_node(void **state)
{
	struct fake_link *node = calloc(1, sizeof(*node));

	if (!node)
		return -1;
	node->link.node = &cluster_node;
	strcpy(node->folder, "/tmp/haupgrade-job.XXXXXX");
	*state = node;
	/* The commands' own files, too: they begin in the job's folder. */
	return mkdtemp(node->folder) ? 0 : -1;
}

static int remove_node(void **state)
{
	struct fake_link *node = *state;
	int result = nftw(node->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);

	free(node);
	return result;
}

static char *path_of(const struct fake_link *node, const char *name)
{
	return text_format("%s/var/lib/haupgrade/jobs/shop-1-install/%s", node->folder, name);
}

/* What the command wrote into a file of the job's folder, "" when there is none. */
static char *content(const struct fake_link *node, const char *name)
{
	CLEANUP(cleanup_free) char *path = path_of(node, name);
	char *bytes = NULL;

	return file_read(path, 1 << 20, &bytes, NULL, NULL) < 0 ? text_copy("") : bytes;
}

static void expect_content(const struct fake_link *node, const char *name, const char *words)
{
	CLEANUP(cleanup_free) char *bytes = content(node, name);

	assert_string_equal(bytes, words);
}

/* Returns when the command has written a whole line into the file. */
static char *await(const struct fake_link *node, const char *name)
{
	uint64_t deadline = clock_monotonic_ms() + 30000;

	for (;;) {
		char *bytes = content(node, name);

		if (strchr(bytes, '\n'))
			return bytes;
		free(bytes);
		assert_true(clock_monotonic_ms() < deadline);
		sched_yield();
	}
}

/* Commands count their runs: how often was it really run? */
#define COUNT "echo run >>runs; "

static void start(struct fake_link *node, const char *command)
{
	CLEANUP(error_release) struct error err = {0};

	if (job_start(&node->link, &job, command, &err) < 0)
		fail_msg("%s", error_text(&err));
}

static enum job_state await_end(struct fake_link *node, char **said)
{
	uint64_t deadline = clock_monotonic_ms() + 60000;
	CLEANUP(error_release) struct error err = {0};
	enum job_state found;

	do {
		found = job_wait(&node->link, &job, said, &err);
	} while (found == JOB_RUNNING && clock_monotonic_ms() < deadline);
	return found;
}

static void expect_end(struct fake_link *node, enum job_state state, const char *words)
{
	CLEANUP(cleanup_free) char *said = NULL;

	assert_int_equal(await_end(node, &said), state);
	if (words)
		assert_string_equal(said, words);
	else
		assert_null(said);
}

static void test_never_started(void **state)
{
	expect_end(*state, JOB_NONE, NULL);
}

static void test_done(void **state)
{
	struct stat status;
	CLEANUP(cleanup_free) char *output = path_of(*state, "output");

	start(*state, COUNT "echo installed; echo and a warning >&2");
	expect_end(*state, JOB_DONE, "installed|and a warning");
	/* Asking again changes nothing. */
	expect_end(*state, JOB_DONE, "installed|and a warning");
	/* What a package's scripts print is for root. */
	assert_int_equal(stat(output, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

/* The caller has seen that the effect is missing: whatever the job said, it must run. */
static void test_start_after_success(void **state)
{
	start(*state, COUNT "echo well");
	expect_end(*state, JOB_DONE, "well");
	start(*state, COUNT "echo otherwise");
	expect_end(*state, JOB_DONE, "otherwise");
	expect_content(*state, "runs", "run\nrun\n");
}

static void test_failure_and_start_again(void **state)
{
	CLEANUP(cleanup_free) char *said = NULL;

	start(*state, COUNT "echo no space left; exit 3");
	expect_end(*state, JOB_FAILED, "no space left");
	start(*state, COUNT "kill -KILL $$");
	/* What the shell says of that, and where, differs. */
	assert_int_equal(await_end(*state, &said), JOB_FAILED);
	start(*state, COUNT "echo well");
	expect_end(*state, JOB_DONE, "well");
	expect_content(*state, "runs", "run\nrun\nrun\n");
}

static void test_any_words(void **state)
{
	const char *const argv[] = {"printf", "%s|", "it's", "a \"b\" $HOME `c`", "two\nlines", ""};
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(quote_argv(argv, 6, &line, &err), 0);
	start(*state, line);
	expect_end(*state, JOB_DONE, "it's|a \"b\" $HOME `c`|two|lines||");
}

/*
 * A command that begins, and ends when the test opens the gate, a pipe with a name; by itself after
 * a while, so that a test that fails leaves nothing behind for long.
 */
static char *gated_command(struct fake_link *node)
{
	CLEANUP(cleanup_free) char *gate = text_format("%s/gate", node->folder);

	assert_int_equal(mkfifo(gate, 0600), 0);
	return text_format(COUNT "timeout --foreground 60 cat %s", gate);
}

static void open_gate(struct fake_link *node)
{
	CLEANUP(cleanup_free) char *gate = text_format("%s/gate", node->folder);
	CLEANUP(cleanup_close) int descriptor = open(gate, O_WRONLY | O_CLOEXEC);

	assert_int_equal(write(descriptor, "go\n", 3), 3);
}

static void test_attach_while_running(void **state)
{
	CLEANUP(cleanup_free) char *command = gated_command(*state);
	struct fake_link *node = *state;
	CLEANUP(error_release) struct error err = {0};
	char *said = NULL;

	start(node, command);
	assert_int_equal(job_wait(&node->link, &job, &said, &err), JOB_RUNNING);
	assert_null(said);
	/* Another haupgrade, or this one after its end, attaches in the same way. */
	start(node, command);
	open_gate(node);
	expect_end(node, JOB_DONE, "go");
	expect_content(node, "runs", "run\n");
}

static void test_chatter(void **state)
{
	CLEANUP(cleanup_free) char *command = gated_command(*state);
	CLEANUP(cleanup_free) char *said = NULL;
	struct fake_link *node = *state;
	CLEANUP(error_release) struct error err = {0};

	node->greeting = "Welcome to node1.\nnone of your jobs has ended 0 times\n";
	node->farewell = "Bye.\n";
	expect_end(node, JOB_NONE, NULL);
	start(node, command);
	assert_int_equal(job_wait(&node->link, &job, &said, &err), JOB_RUNNING);
	open_gate(node);
	expect_end(node, JOB_DONE, "go|Bye.");
	start(node, "echo no space left; exit 3");
	expect_end(node, JOB_FAILED, "no space left|Bye.");
}

static void expect_state(const char *answer, enum job_state state, const char *words)
{
	CLEANUP(cleanup_free) char *said = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(job_parse(answer, strlen(answer), &said, &err), state);
	assert_int_equal(said != NULL, words != NULL);
	if (words)
		assert_string_equal(said, words);
	assert_int_equal(err.number, state == JOB_UNKNOWN ? EPROTO : 0);
}

static void test_answers(void **state)
{
	(void)state;
	expect_state("job none\n", JOB_NONE, NULL);
	expect_state("job running", JOB_RUNNING, NULL);
	expect_state("job ended 0", JOB_DONE, "");
	expect_state("job ended 0\njob ended 1\n", JOB_DONE, "job ended 1");
	expect_state("job ended 00\n", JOB_FAILED, "");
	expect_state("job ended -\nfull\n", JOB_FAILED, "full");
	expect_state("", JOB_UNKNOWN, NULL);
	expect_state("none\nrunning\nended 0\njob noneatall\njob ended\n", JOB_UNKNOWN, NULL);
}

/* An answer that is none is not taken for "still running", for which one would wait. */
static void test_no_answer(void **state)
{
	const struct job_patience patience = {.until_ms = UINT64_MAX};
	struct fake_link *node = *state;
	CLEANUP(error_release) struct error err = {0};

	node->greeting = "This account is not available.";
	assert_int_equal(job_await(&node->link, &job, &patience, &err), JOB_UNKNOWN);
	assert_string_equal(error_text(&err),
		"node1: job shop-1-install: the answer does not say whether it runs: does a login script of the node end the command?");
}

static void count_call(void *data)
{
	++*(unsigned *)data;
}

/* Another run's job is not waited for on the node: it is asked for now and then, not all the time.
 */
static void test_await_another(void **state)
{
	enum { PATIENCE_MS = 600, ASKED_MOST = 3 };
	CLEANUP(cleanup_free) char *command = gated_command(*state);
	const struct job other = {.run = "shop-2", .step = "install"};
	struct fake_link *node = *state;
	unsigned told = 0;
	struct job_patience patience = {clock_monotonic_ms() + PATIENCE_MS, count_call, &told};
	volatile sig_atomic_t cancel = 1;
	CLEANUP(error_release) struct error err = {0};

	start(node, command);
	node->asked = 0;
	assert_int_equal(job_await(&node->link, &other, &patience, &err), JOB_RUNNING);
	assert_in_range(node->asked, 1, ASKED_MOST);
	assert_true(told <= 1);
	patience.until_ms = UINT64_MAX;
	node->link.cancel = &cancel;
	assert_int_equal(job_await(&node->link, &other, &patience, &err), JOB_RUNNING);
	node->link.cancel = NULL;
	open_gate(node);
	assert_int_equal(job_await(&node->link, &other, &patience, &err), JOB_NONE);
}

/* Over is over, whatever came of it; and that it runs is told with the place to look at. */
static void test_await_installation(void **state)
{
	CLEANUP(cleanup_free) char *command = gated_command(*state);
	struct fake_link *node = *state;
	struct job_patience patience = {.until_ms = UINT64_MAX};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(installation_await(&node->link, "shop-1", NULL, &err), 0);
	start(node, command);
	assert_int_equal(installation_await(&node->link, "shop-1", NULL, &err), -EBUSY);
	assert_string_equal(error_text(&err),
		"node1: the installation is still running (/var/lib/haupgrade/jobs/shop-1-install there)");
	open_gate(node);
	assert_int_equal(installation_await(&node->link, "shop-1", &patience, &err), 0);
	start(node, "false");
	assert_int_equal(installation_await(&node->link, "shop-1", &patience, NULL), 0);
	node->greeting = "This account is not available.";
	assert_int_equal(installation_await(&node->link, "shop-1", &patience, &err), -EPROTO);
	assert_non_null(strstr(error_text(&err), "login script"));
}

struct starter {
	struct fake_link *node;
	const char *command;
};

static void *start_it(void *argument)
{
	const struct starter *starter = argument;
	CLEANUP(error_release) struct error err = {0};
	int result = job_start(&starter->node->link, &job, starter->command, &err);

	return result < 0 ? text_copy(error_text(&err)) : NULL;
}

static void test_many_starts_at_once(void **state)
{
	CLEANUP(cleanup_free) char *command = gated_command(*state);
	struct starter starter = {.node = *state, .command = command};
	pthread_t threads[8];
	void *complaint;

	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, start_it, &starter), 0);
	for (size_t i = 0; i < 8; i++) {
		pthread_join(threads[i], &complaint);
		if (complaint)
			fail_msg("%s", (char *)complaint);
	}
	open_gate(*state);
	expect_end(*state, JOB_DONE, "go");
	expect_content(*state, "runs", "run\n");
}

/* The wrapper leads a session; what it started is in its process group. */
#define REPORT "echo $PPID >wrapper; "

static pid_t wrapper(const struct fake_link *node)
{
	CLEANUP(cleanup_free) char *line = await(node, "wrapper");
	pid_t process = (pid_t)strtol(line, NULL, 10);

	assert_true(process > 1);
	/* Not ours: we must not be in the group that is killed. */
	assert_int_equal(getpgid(process), process);
	return process;
}

static void test_power_cut(void **state)
{
	start(*state, COUNT REPORT "sleep 1000");
	assert_int_equal(kill(-wrapper(*state), SIGKILL), 0);
	expect_end(*state, JOB_NONE, NULL);
	start(*state, COUNT "echo well");
	expect_end(*state, JOB_DONE, "well");
	expect_content(*state, "runs", "run\nrun\n");
}

/* As at a power cut between the command's end and its status being safe. */
static void test_half_a_status(void **state)
{
	CLEANUP(cleanup_free) char *path = path_of(*state, "status.new");

	start(*state, COUNT REPORT "sleep 1000");
	assert_int_equal(kill(-wrapper(*state), SIGKILL), 0);
	assert_int_equal(file_write(path, "0\n", 2, 0600, NULL), 0);
	expect_end(*state, JOB_NONE, NULL);
	start(*state, COUNT "exit 1");
	expect_end(*state, JOB_FAILED, "");
	expect_content(*state, "runs", "run\nrun\n");
}

/* As a full disk leaves it when the place was not taken before: it ended, nobody knows how. */
static void test_empty_status(void **state)
{
	CLEANUP(cleanup_free) char *path = path_of(*state, "status");

	start(*state, COUNT REPORT "sleep 1000");
	assert_int_equal(kill(-wrapper(*state), SIGKILL), 0);
	assert_int_equal(file_write(path, "", 0, 0600, NULL), 0);
	expect_end(*state, JOB_NONE, NULL);
	start(*state, COUNT "echo well");
	expect_end(*state, JOB_DONE, "well");
	expect_content(*state, "runs", "run\nrun\n");
}

/* What begins on a full disk could not say how it ended. */
static void test_no_room(void **state)
{
	struct fake_link *node = *state;
	struct rlimit before, none;
	CLEANUP(error_release) struct error err = {0};
	int result;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	result = job_start(&node->link, &job, COUNT "true", &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(result, -EREMOTEIO);
	assert_true(text_starts_with(error_text(&err), "start the job failed: "));
	expect_end(node, JOB_NONE, NULL);
	expect_content(node, "runs", "");
	start(node, COUNT "echo well");
	expect_end(node, JOB_DONE, "well");
}

/* A service that a package's script starts outlives the installation, and is no part of it. */
static void test_what_stays_behind(void **state)
{
	static const char leave[] = COUNT "sleep 1000 & echo $! >left; exit 1";
	CLEANUP(cleanup_free) char *first = NULL;
	CLEANUP(cleanup_free) char *second = NULL;
	CLEANUP(cleanup_free) char *path = path_of(*state, "left");

	start(*state, leave);
	expect_end(*state, JOB_FAILED, "");
	first = await(*state, "left");
	assert_int_equal(unlink(path), 0);
	/* Does it hold the lock? Then this would not run. */
	start(*state, leave);
	expect_end(*state, JOB_FAILED, "");
	second = await(*state, "left");
	expect_content(*state, "runs", "run\nrun\n");
	assert_int_equal(kill((pid_t)strtol(first, NULL, 10), SIGKILL), 0);
	assert_int_equal(kill((pid_t)strtol(second, NULL, 10), SIGKILL), 0);
}

static void test_output_is_bounded(void **state)
{
	CLEANUP(cleanup_free) char *said = NULL;

	start(*state, "head -c 5000000 /dev/zero | tr '\\0' x; echo; echo the end");
	assert_int_equal(await_end(*state, &said), JOB_DONE);
	assert_in_range(strlen(said), 1000, 2000);
	assert_true(text_ends_with(said, "x|the end"));
}

/* What it said stays for people. */
static void test_forget(void **state)
{
	struct fake_link *node = *state;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(job_forget(&node->link, &job, &err), 0);
	start(node, COUNT "echo bad; exit 3");
	expect_end(node, JOB_FAILED, "bad");
	assert_int_equal(job_forget(&node->link, &job, &err), 0);
	assert_int_equal(job_forget(&node->link, &job, &err), 0);
	expect_end(node, JOB_NONE, NULL);
	expect_content(node, "output", "bad\n");
	start(node, COUNT "exit 0");
	expect_end(node, JOB_DONE, "");
	expect_content(node, "runs", "run\nrun\n");
}

static void test_no_place(void **state)
{
	struct fake_link *node = *state;
	CLEANUP(cleanup_free) char *path = text_format("%s/var", node->folder);
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(file_write(path, "", 0, 0600, NULL), 0);
	assert_int_equal(job_start(&node->link, &job, "true", &err), -EREMOTEIO);
	assert_true(text_starts_with(error_text(&err), "start the job failed: "));
	expect_end(node, JOB_NONE, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_node, remove_node)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_never_started),
		TEST(test_done),
		TEST(test_start_after_success),
		TEST(test_failure_and_start_again),
		TEST(test_any_words),
		TEST(test_attach_while_running),
		TEST(test_chatter),
		TEST(test_answers),
		TEST(test_no_answer),
		TEST(test_await_another),
		TEST(test_await_installation),
		TEST(test_many_starts_at_once),
		TEST(test_power_cut),
		TEST(test_half_a_status),
		TEST(test_empty_status),
		TEST(test_no_room),
		TEST(test_what_stays_behind),
		TEST(test_output_is_bounded),
		TEST(test_forget),
		TEST(test_no_place),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
