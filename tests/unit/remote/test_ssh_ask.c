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
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/remote/ssh_ask.h"

static char folder[] = "/tmp/haupgrade-ssh-ask.XXXXXX";
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
	CLEANUP(cleanup_ssh_ask) struct ssh_ask *ask = ssh_ask_new(file);
	const struct ssh_answer *answer = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(ssh_ask_host(ask, question, &answer, &err), -number);
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

static void test_a_question_is_asked_once(void **state)
{
	CLEANUP(cleanup_free) char *count = text_format("%s/count", folder);
	CLEANUP(cleanup_free)
	char *script = text_format("echo \"$@\" >>%s; PATH='%s' exec ssh \"$@\"", count, path);
	CLEANUP(cleanup_free) char *expected = NULL;
	CLEANUP(cleanup_free) char *content = NULL;
	CLEANUP(cleanup_ssh_ask) struct ssh_ask *ask = ssh_ask_new(config);
	const struct ssh_question other = {.host = "web1", .user = "u", .port = 5, .jump = "gate"};
	const struct ssh_answer *first = NULL, *second = NULL, *third = NULL;

	(void)state;
	put("");
	put_ssh(script);
	assert_int_equal(ssh_ask_host(ask, &web1, &first, NULL), 0);
	assert_int_equal(ssh_ask_host(ask, &other, &second, NULL), 0);
	assert_int_equal(ssh_ask_host(ask, &web1, &third, NULL), 0);
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

static bool is_user(const char *file, const char *bytes, const char *expected)
{
	CLEANUP(cleanup_ssh_ask) struct ssh_ask *ask = ssh_ask_new(file);
	const struct ssh_question question = {.host = "localhost", .default_user = "zoe"};
	const struct ssh_answer *answer = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (bytes)
		put(bytes);
	if (ssh_ask_host(ask, &question, &answer, &err) < 0) {
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
		cmocka_unit_test_teardown(test_a_question_is_asked_once, restore_path),
		cmocka_unit_test(test_the_local_users_name_counts_where_it_is_said),
	};

	return cmocka_run_group_tests_name("ssh_ask", tests, setup, teardown);
}
