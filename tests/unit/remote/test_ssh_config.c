/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How ssh is asked about hosts: how often, as whom, and what is said when it gives no answer. */
#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"
#include "lib/program/child.h"
#include "orchestrator/remote/ssh_config.h"

static char folder[] = "/tmp/haupgrade-ssh-config.XXXXXX";
static char *config, *program, *path;

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chmod(folder, 0755) < 0)
		return -1;
	config = text_format("%s/config", folder);
	program = text_format("%s/ssh", folder);
	path = text_copy(getenv("PATH"));
	return 0;
}

static int teardown(void **state)
{
	CLEANUP(cleanup_free) char *remove = text_format("rm -rf %s", folder);

	(void)state;
	free(config);
	free(program);
	free(path);
	return system(remove);
}

static int restore_path(void **state)
{
	(void)state;
	return setenv("PATH", path, 1);
}

static void put(const char *bytes)
{
	assert_int_equal(file_write(config, bytes, strlen(bytes), 0644, NULL), 0);
}

/* An ssh that does what the script says, in front of the real one. */
static void put_ssh(const char *script)
{
	CLEANUP(cleanup_free) char *search = text_format("%s:%s", folder, path);
	CLEANUP(cleanup_free) char *whole = text_format("#!/bin/sh\n%s\n", script);

	assert_int_equal(file_write(program, whole, strlen(whole), 0755, NULL), 0);
	assert_int_equal(setenv("PATH", search, 1), 0);
}

static void expect_error(
	const char *file, const struct ssh_question *question, int number, const char *expected)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new(file);
	const struct ssh_config_answer *answer = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(ssh_config_host(ssh_config, question, &answer, &err), -number);
	if (!strstr(error_text(&err), expected))
		fail_msg("\"%s\" is not in \"%s\"", expected, error_text(&err));
	assert_null(answer);
}

static const struct ssh_question web1 = {.host = "web1", .user = "u"};

static void test_without_ssh_the_package_is_named(void **state)
{
	(void)state;
	assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
	expect_error("none", &web1, ENOENT,
		"cannot learn what ssh's configuration says of web1: there is no ssh on this machine; install OpenSSH's client (package openssh-client, or openssh-clients)");
}

static void test_ssh_has_its_say(void **state)
{
	CLEANUP(cleanup_free)
	char *expected = text_format(
		"ssh -G web1: %s: line 2: Bad configuration option: fort; %s: terminating, 1 bad configuration options; correct the ssh configuration, or give",
		config, config);

	(void)state;
	put("Host *\nFort 22\n");
	expect_error(config, &web1, EINVAL, expected);
	put("IdentityFile /k/%x\n");
	expect_error(config, &web1, EINVAL, "IdentityFile /k/%x: ssh -G web1: ");
	/* A name that looks like an option is none. */
	expect_error("none", &(struct ssh_question){.host = "-oProxyCommand=x", .user = "u"},
		EINVAL, "ssh -G -oProxyCommand=x: ");
}

static void test_a_configuration_that_is_not_there_or_not_ours(void **state)
{
	(void)state;
	expect_error("/nonexistent/config", &web1, ENOENT,
		"cannot open the ssh configuration /nonexistent/config: No such file or directory");
	put("");
	assert_int_equal(chmod(config, 0622), 0);
	expect_error(config, &web1, EINVAL,
		"others than its user may write it, so it is not used (chmod go-w)");
	assert_int_equal(unlink(config), 0);
}

static void test_odd_answers(void **state)
{
	(void)state;
	put_ssh("echo hostname a; echo user b; echo port 70000");
	expect_error("none", &web1, EINVAL,
		"ssh -G printed a value of port that haupgrade does not understand: \"70000\"");
	put_ssh("echo hostname a; echo port 22; echo user");
	expect_error("none", &web1, EINVAL,
		"ssh -G did not say where the host is: its answer has no user");
	put_ssh("seq 20000");
	expect_error("none", &web1, EINVAL, "ssh -G web1 printed more than 65536 bytes");
	put_ssh("echo oh; echo oh 1>&2; kill -9 $$");
	expect_error("none", &web1, EINVAL, "ssh -G web1: oh; correct the ssh configuration");
}

/* Whoever gives up waits for no command of Match exec. */
static void test_one_that_hangs_can_be_left(void **state)
{
	static const volatile sig_atomic_t cancelled = 1;
	const struct ssh_question question = {.host = "web1", .user = "u", .cancel = &cancelled};

	(void)state;
	put("Match exec \"sleep 1000\"\nUser x\n");
	expect_error(config, &question, ECANCELED, "cancelled while ssh was asked about web1");
}

/* At the deadline, too; and nothing of what hung is left. */
static void test_one_that_hangs_is_ended(void **state)
{
	const struct ssh_question question = {.host = "web1", .user = "u", .limit_ms = 300};
	CLEANUP(cleanup_free) char *mark = text_format("%s/mark", folder);
	CLEANUP(cleanup_free)
	char *words = text_format("Match exec \"exec 9>%s; flock 9; sleep 1000\"\nUser x\n", mark);
	CLEANUP(cleanup_free) char *wait = text_format("flock -w 20 %s true", mark);

	(void)state;
	put(words);
	expect_error(config, &question, EINVAL,
		"ssh -G web1 did not end within 0.3 s; does a command of Match exec in the ssh configuration hang, or a name server?");
	assert_int_equal(system(wait), 0);
}

static void test_a_question_is_asked_once(void **state)
{
	CLEANUP(cleanup_free) char *count = text_format("%s/count", folder);
	CLEANUP(cleanup_free)
	char *script = text_format("echo \"$@\" >>%s; PATH='%s' exec ssh \"$@\"", count, path);
	CLEANUP(cleanup_free) char *expected = NULL;
	CLEANUP(cleanup_free) char *content = NULL;
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new(config);
	const struct ssh_question other = {.host = "web1", .user = "u", .port = 5, .jump = "gate"};
	const struct ssh_config_answer *first = NULL, *second = NULL, *third = NULL;

	(void)state;
	put("");
	put_ssh(script);
	assert_int_equal(ssh_config_host(ssh_config, &web1, &first, NULL), 0);
	assert_int_equal(ssh_config_host(ssh_config, &other, &second, NULL), 0);
	assert_int_equal(ssh_config_host(ssh_config, &web1, &third, NULL), 0);
	assert_ptr_equal(first, third);
	assert_int_equal(second->port, 5);
	assert_string_equal(second->jump, "gate");
	assert_int_equal(file_read(count, 4096, &content, NULL, NULL), 0);
	expected = text_format("-GT -F %s -l u -- web1\n"
			       "-GT -F none -- localhost\n"
			       "-GT -F %s -l u -p 5 -J gate -- web1\n",
		config, config);
	assert_string_equal(content, expected);
}

/* What was written to the file in the folder, "" when nothing was. Owned. */
static char *written(const char *name)
{
	CLEANUP(cleanup_free) char *file = text_format("%s/%s", folder, name);
	char *content = NULL;

	return file_read(file, 65536, &content, NULL, NULL) < 0 ? text_copy("") : content;
}

static void await_written(const char *name, const char *expected)
{
	uint64_t deadline_ms = clock_monotonic_ms() + 60000;

	for (;;) {
		CLEANUP(cleanup_free) char *content = written(name);

		if (strcmp(content, expected) == 0)
			return;
		assert_true(clock_monotonic_ms() < deadline_ms);
		clock_sleep_ms(5);
	}
}

static void remove_written(const char *name)
{
	CLEANUP(cleanup_free) char *file = text_format("%s/%s", folder, name);

	unlink(file);
}

/* One who asks, in a thread of his own. */
struct asker {
	struct ssh_config *ssh_config;
	struct ssh_question question;
	volatile sig_atomic_t cancel;
	pthread_t thread;
	const struct ssh_config_answer *answer;
	struct error err;
	int result;
};

static void *ask_in_thread(void *argument)
{
	struct asker *asker = argument;

	asker->result =
		ssh_config_host(asker->ssh_config, &asker->question, &asker->answer, &asker->err);
	return NULL;
}

static void begin_asking(struct asker *asker, struct ssh_config *ssh_config, const char *host)
{
	*asker = (struct asker){.ssh_config = ssh_config, .question = {.host = host, .user = "u"}};
	asker->question.cancel = &asker->cancel;
	assert_int_equal(thread_start(&asker->thread, ask_in_thread, asker), 0);
}

static void end_asking(struct asker *asker, int expected)
{
	pthread_join(asker->thread, NULL);
	if (asker->result != expected)
		fail_msg("%d: %s", asker->result, error_text(&asker->err));
	error_release(&asker->err);
}

#define PRINT_ANSWER "echo hostname x; echo user u; echo port 22"
#define HOST "for host; do :; done\n"

/* Each of them ends only when the other one has been begun. */
static void test_different_hosts_are_asked_about_at_the_same_time(void **state)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new("none");
	CLEANUP(cleanup_free)
	char *script = text_format(HOST
		"cd %s; [ $host = localhost ] || : >begun-$host\n"
		"until [ $host = localhost ] || [ -e begun-web1 -a -e begun-web2 ]; do sleep 0.01; done\n" PRINT_ANSWER,
		folder);
	struct asker one, other;

	(void)state;
	put_ssh(script);
	begin_asking(&one, ssh_config, "web1");
	begin_asking(&other, ssh_config, "web2");
	end_asking(&one, 0);
	end_asking(&other, 0);
}

static void test_who_asks_what_another_asks_waits_for_his_answer(void **state)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new("none");
	CLEANUP(cleanup_free)
	char *script = text_format(HOST
		"cd %s; [ $host = localhost ] || {\n"
		"echo asked >>one; until [ -e go ]; do sleep 0.01; done; }\n" PRINT_ANSWER,
		folder);
	CLEANUP(cleanup_free) char *go = text_format("%s/go", folder);
	CLEANUP(cleanup_free) char *content = NULL;
	struct asker first, second;

	(void)state;
	put_ssh(script);
	begin_asking(&first, ssh_config, "web1");
	await_written("one", "asked\n");
	begin_asking(&second, ssh_config, "web1");
	assert_int_equal(file_write(go, "", 0, 0644, NULL), 0);
	end_asking(&first, 0);
	end_asking(&second, 0);
	assert_ptr_equal(first.answer, second.answer);
	content = written("one");
	assert_string_equal(content, "asked\n");
}

/* His giving up is nobody else's answer. */
static void test_who_gives_up_leaves_the_question_to_those_who_wait(void **state)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new("none");
	CLEANUP(cleanup_free)
	char *script = text_format(HOST "cd %s; [ $host = localhost ] || [ -s two ] || {\n"
					"echo asked >>two; exec sleep 1000; }\n" PRINT_ANSWER,
		folder);
	struct asker first, second;

	(void)state;
	put_ssh(script);
	begin_asking(&first, ssh_config, "web1");
	await_written("two", "asked\n");
	begin_asking(&second, ssh_config, "web1");
	first.cancel = 1;
	end_asking(&first, -ECANCELED);
	end_asking(&second, 0);
	assert_string_equal(second.answer->host_name, "x");
}

/* However often and whatever is asked of ssh for one host, it is all over at the limit, and that
 * there was no answer is not found out twice. */
static void test_that_ssh_hangs_or_refuses_is_remembered(void **state)
{
	static const struct {
		const char *script, *expected, *asked;
		uint64_t limit_ms; /* 0: it does not come to that */
	} cases[] = {
		{"exec sleep 1000",
			"ssh -G web1 did not end within 0.3 s; does a command of Match exec",
			"web1\n", 300},
		{"echo hostname x; echo user u; echo port 22; [ $host = localhost ] || echo identityfile %d/x; case $* in *ControlPath*) exec sleep 1000 ;; esac",
			"IdentityFile %d/x: ssh -G web1 did not end within 5 s",
			"web1\nlocalhost\nweb1\n", 5000},
		{"echo no >&2; exit 255", "ssh -G web1: no; correct the ssh configuration",
			"web1\n", 0},
		{"echo rubbish", "its answer has no hostname", "web1\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new("none");
		CLEANUP(cleanup_free)
		char *script =
			text_format(HOST "echo $host >>%s/three\n%s", folder, cases[i].script);
		CLEANUP(cleanup_free) char *content = NULL;
		const struct ssh_question question = {
			.host = "web1", .user = "u", .limit_ms = cases[i].limit_ms};

		put_ssh(script);
		remove_written("three");
		for (int again = 0; again < 3; again++) {
			CLEANUP(error_release) struct error err = {0};
			const struct ssh_config_answer *answer = NULL;

			assert_int_equal(
				ssh_config_host(ssh_config, &question, &answer, &err), -EINVAL);
			if (!strstr(error_text(&err), cases[i].expected))
				fail_msg("\"%s\"", error_text(&err));
			assert_null(answer);
		}
		content = written("three");
		assert_string_equal(content, cases[i].asked);
	}
}

/* It may be installed by now, or mended. */
static void test_what_says_nothing_of_ssh_is_not_remembered(void **state)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new("none");
	const struct ssh_config_answer *answer = NULL;

	(void)state;
	assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
	assert_int_equal(ssh_config_host(ssh_config, &web1, &answer, NULL), -ENOENT);
	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_int_equal(ssh_config_host(ssh_config, &web1, &answer, NULL), 0);
}

/* By how much the clock is put forward, and how long the latest run of ssh was given. */
static uint64_t forward_ms, forward_after_run_ms;
/* The run that this machine cannot start, counted from 1; 0: none. */
static int runs_until_failure;
static _Thread_local uint64_t given_ms;

uint64_t __real_clock_monotonic_ms(void);
uint64_t __wrap_clock_monotonic_ms(void);
int __real_child_run(const struct child_job *job, struct child_end *end, struct error *err);
int __wrap_child_run(const struct child_job *job, struct child_end *end, struct error *err);

uint64_t __wrap_clock_monotonic_ms(void)
{
	return __real_clock_monotonic_ms() + forward_ms;
}

int __wrap_child_run(const struct child_job *job, struct child_end *end, struct error *err)
{
	int result;

	if (runs_until_failure && --runs_until_failure == 0) {
		*end = (struct child_end){.output = text_copy(""), .errors = text_copy("")};
		return error_set(err, EAGAIN, "%s: cannot be started", job->argv[0]);
	}
	given_ms = job->timeout_ms;
	result = __real_child_run(job, end, err);
	if (forward_after_run_ms)
		forward_ms += forward_after_run_ms;
	return result;
}

static int set_right(void **state)
{
	runs_until_failure = 0;
	forward_ms = forward_after_run_ms = 0;
	return restore_path(state);
}

/* Every host needs ssh's defaults: they do not fail because one host took nearly all of its time.
 */
static void test_a_slow_host_takes_no_time_from_the_defaults(void **state)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new("none");
	const struct ssh_config_answer *answer = NULL;

	(void)state;
	put_ssh(PRINT_ANSWER);
	forward_after_run_ms = SSH_CONFIG_QUERY_LIMIT_MS;
	assert_int_equal(ssh_config_host(ssh_config, &web1, &answer, NULL), 0);
	/* The latest run was for the defaults. */
	assert_int_equal(forward_ms, 2 * SSH_CONFIG_QUERY_LIMIT_MS);
	assert_true(given_ms > SSH_CONFIG_QUERY_LIMIT_MS / 2);
}

/* However well the runs before it ended. */
static void test_a_run_that_cannot_be_started_is_not_remembered(void **state)
{
	(void)state;
	put_ssh(HOST PRINT_ANSWER
		"; [ $host = localhost ] || echo identityfile %d/x; echo controlpath /x");
	/* The host, the defaults, and what %d is. */
	for (int failing = 1; failing <= 3; failing++) {
		CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new("none");
		const struct ssh_config_answer *answer = NULL;
		CLEANUP(error_release) struct error err = {0};

		runs_until_failure = failing;
		assert_int_equal(ssh_config_host(ssh_config, &web1, &answer, &err), -EINVAL);
		assert_int_equal(runs_until_failure, 0);
		if (!strstr(error_text(&err), "cannot be started"))
			fail_msg("\"%s\"", error_text(&err));
		assert_int_equal(ssh_config_host(ssh_config, &web1, &answer, NULL), 0);
	}
}

static bool is_user(const char *file, const char *bytes, const char *expected)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new(file);
	const struct ssh_question question = {.host = "localhost", .default_user = "zoe"};
	const struct ssh_config_answer *answer = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (bytes)
		put(bytes);
	if (ssh_config_host(ssh_config, &question, &answer, &err) < 0) {
		print_error("%s\n", error_text(&err));
		return false;
	}
	if (strcmp(answer->user, expected) == 0)
		return true;
	print_error("\"%s\" is not \"%s\" with %s\n", answer->user, expected, bytes ?: file);
	return false;
}

/* Both print the same with ssh -G: that the local user's name is said, and that no name is. */
static void test_the_local_users_name_counts_where_it_is_said(void **state)
{
	const char *me = getpwuid(getuid())->pw_name;
	static const char *const before[] = {"", "Host local*\nPort 5\n", "Match all\n",
		"CanonicalizeHostname always\nCanonicalDomains example\nMatch canonical all\n"};

	(void)state;
	assert_true(is_user("none", NULL, "zoe"));
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		CLEANUP(cleanup_free) char *said = text_format("%sUser %s\n", before[i], me);

		assert_true(is_user(config, before[i], "zoe"));
		assert_true(is_user(config, said, me));
	}
	/* And where none is said, the default one is a user like any other. */
	assert_true(is_user(config, "Match user zoe\nPort 7\n", "zoe"));
	assert_true(is_user(config, "Match user zoe\nUser other\n", "zoe"));
	assert_true(is_user(config, "User ann\n", "ann"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_without_ssh_the_package_is_named, restore_path),
		cmocka_unit_test(test_ssh_has_its_say),
		cmocka_unit_test(test_a_configuration_that_is_not_there_or_not_ours),
		cmocka_unit_test_teardown(test_odd_answers, restore_path),
		cmocka_unit_test(test_one_that_hangs_can_be_left),
		cmocka_unit_test(test_one_that_hangs_is_ended),
		cmocka_unit_test_teardown(test_a_question_is_asked_once, restore_path),
		cmocka_unit_test_teardown(
			test_different_hosts_are_asked_about_at_the_same_time, restore_path),
		cmocka_unit_test_teardown(
			test_who_asks_what_another_asks_waits_for_his_answer, restore_path),
		cmocka_unit_test_teardown(
			test_who_gives_up_leaves_the_question_to_those_who_wait, restore_path),
		cmocka_unit_test_teardown(
			test_that_ssh_hangs_or_refuses_is_remembered, restore_path),
		cmocka_unit_test_teardown(
			test_what_says_nothing_of_ssh_is_not_remembered, restore_path),
		cmocka_unit_test_teardown(
			test_a_slow_host_takes_no_time_from_the_defaults, set_right),
		cmocka_unit_test_teardown(
			test_a_run_that_cannot_be_started_is_not_remembered, set_right),
		cmocka_unit_test(test_the_local_users_name_counts_where_it_is_said),
	};

	return cmocka_run_group_tests_name("ssh_config", tests, setup, teardown);
}
