/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gates: what hooks are told and when, and who is notified of a run's end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <jansson.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "tests/unit/gate/gate_fixture.h"

static char *read_file(const struct gate_fixture *world, const char *name)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", world->folder, name);
	char *content = NULL;

	assert_int_equal(file_read(path, 1 << 20, &content, NULL, NULL), 0);
	return content;
}

/* hooks { ... } each of which adds its event and node to "log" and its input to "facts". */
static char *all_hooks(const struct gate_fixture *world, const char *more)
{
	static const char *const names[] = {"pre_run", "post_run", "pre_node", "post_node"};
	struct text text = {0};

	text_append(&text, "hooks {\n");
	for (size_t i = 0; i < 4; i++)
		text_appendf(&text,
			"%s = {\"/bin/sh\", \"-c\", \"echo \\$HAUPGRADE_EVENT \\$HAUPGRADE_NODE >>%s/log; cat >%s/facts\"}\n",
			names[i], world->folder, world->folder);
	text_appendf(&text, "}\n%s", more);
	return text_take(&text);
}

static void test_hooks(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(cleanup_free) char *statements = all_hooks(world, "");
	CLEANUP(cleanup_free) char *log = NULL, *facts = NULL;
	CLEANUP(error_release) struct error err = {0};
	json_t *root;

	gate_fixture_load(world, statements);
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_fixture_go(world, 0, &err), world->run.plan.count);
	gate_end(world->gate, CAUSE_FAILURE, "it broke");
	log = read_file(world, "log");
	assert_string_equal(log, "pre-run\npre-node web2\npost-node web2\npre-node web1\n"
				 "post-node web1\npost-run\n");
	facts = read_file(world, "facts");
	root = json_loads(facts, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(root, "version")), 1);
	assert_string_equal(json_string_value(json_object_get(root, "event")), "post-run");
	assert_string_equal(json_string_value(json_object_get(root, "cluster")), "shop");
	assert_string_equal(json_string_value(json_object_get(root, "result")), "stopped");
	assert_string_equal(json_string_value(json_object_get(root, "cause")), "failure");
	assert_string_equal(json_string_value(json_object_get(root, "reason")), "it broke");
	assert_int_equal(json_array_size(json_object_get(root, "nodes")), 2);
	assert_true(json_is_null(json_object_get(root, "probe")));
	json_decref(root);
}

/* A rehearsal is not the node's turn: what silences its alerts would have run out by then. */
static void test_hooks_and_a_rehearsal(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(cleanup_free) char *statements = all_hooks(world, "");
	CLEANUP(cleanup_free) char *log = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t failover;

	gate_fixture_load(world, statements);
	plan_rehearse(&world->run.plan, 0);
	failover = gate_fixture_index(world, STEP_FAILOVER, 0);
	gate_fixture_begin(world, false, 0, false);
	for (size_t i = 0; i < failover; i++)
		assert_int_equal(gate_fixture_ask(world, world->run.plan.steps[i].kind,
					 world->run.plan.steps[i].node, &err),
			GATE_GO);
	log = read_file(world, "log");
	assert_string_equal(log, "pre-run\npre-node web2\n");
	free(TAKE(log));
	assert_int_equal(gate_fixture_go(world, failover, &err), world->run.plan.count);
	log = read_file(world, "log");
	assert_string_equal(log, "pre-run\npre-node web2\npost-node web2\npre-node web1\n"
				 "post-node web1\n");
}

static void test_hooks_of_a_resumed_run(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(cleanup_free) char *statements = all_hooks(world, "");
	CLEANUP(cleanup_free) char *log = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t install, failover;

	gate_fixture_load(world, statements);
	install = gate_fixture_index(world, STEP_INSTALL, 1);
	failover = gate_fixture_index(world, STEP_FAILOVER, 0);
	gate_fixture_begin(world, false, 0, false);
	assert_int_equal(gate_fixture_ask(world, STEP_STOP, 1, &err), GATE_GO);
	/* Killed there. The node's hook has been, what ends it is made up for. */
	gate_fixture_begin(world, false, failover, true);
	assert_int_equal(gate_fixture_go(world, failover, &err), world->run.plan.count);
	gate_fixture_begin(world, false, install, true);
	assert_int_equal(gate_fixture_go(world, install, &err), world->run.plan.count);
	log = read_file(world, "log");
	assert_string_equal(log, "pre-run\npre-node web2\npre-run\npost-node web2\npre-node web1\n"
				 "post-node web1\npre-run\n");
}

static void test_failing_hooks(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(error_release) struct error err = {0};
	const struct gate_run run = {1, "upgrade", 0, false};

	gate_fixture_load(world,
		"hooks { pre_run = {\"/bin/sh\", \"-c\", \"echo not today; exit 1\"}\n"
		"pre_node = \"/bin/false\" post_node = \"/bin/false\" }");
	assert_int_equal(gate_fixture_open(world, false, &err), 0);
	assert_int_equal(gate_begin(world->gate, &run, &err), -ECHILD);
	assert_string_equal(error_text(&err), "hook pre-run: /bin/sh: exit status 1: not today");
	assert_int_equal(gate_fixture_ask(world, STEP_STOP, 1, &err), GATE_HOLD);
	assert_string_equal(error_text(&err), "hook pre-node of web2: /bin/false: exit status 1");
	assert_int_equal(gate_fixture_ask(world, STEP_FINAL, PLAN_NO_NODE, &err), GATE_GO);
	assert_string_equal(text_string(&world->told),
		"hook pre-run  0: /bin/sh: exit status 1: not today\n"
		"hook pre-node web2 0: /bin/false: exit status 1\n"
		"hook  web2 0: hook pre-node of web2: /bin/false: exit status 1\n"
		"hook post-node web1 0: /bin/false: exit status 1\n"
		"hook post-node web2 0: /bin/false: exit status 1\n");
}

static void test_notifications(void **state)
{
	struct gate_fixture *world = *state;
	CLEANUP(cleanup_free)
	char *sendmail = text_format("%s/sendmail", world->folder);
	CLEANUP(cleanup_free)
	char *script = text_format("#!/bin/sh\n{ echo \"$@\"; cat; } >%s/mail\n", world->folder);
	CLEANUP(cleanup_free)
	char *statements = text_format(
		"notify { on = {held, done} mail = \"ops@example.org\" sendmail = \"%s\"\n"
		"exec = {\"/bin/sh\", \"-c\", \"cat >>%s/exec\"}\n"
		"webhook = \"http://127.0.0.1:1/secret-token\" timeout = \"5s\" }",
		sendmail, world->folder);
	CLEANUP(cleanup_free) char *mail = NULL, *exec = NULL, *told = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(file_write(sendmail, script, strlen(script), 0700, &err), 0);
	gate_fixture_load(world, statements);
	gate_fixture_begin(world, false, 0, false);
	assert_string_equal(text_string(&world->told), "");
	gate_end(world->gate, CAUSE_GATE, "paused\nBcc: somebody");
	mail = read_file(world, "mail");
	assert_true(text_starts_with(mail, "-t -i\nTo: ops@example.org\n"
					   "Subject: haupgrade: run 1 of cluster shop is held\n"));
	assert_non_null(strstr(mail, "\npaused\\x0aBcc: somebody\n"));
	assert_non_null(strstr(mail, "\nweb1: not reachable, unknown, \n"));
	assert_non_null(strstr(mail, "\nhaupgrade resume 1 goes on with it.\n"));
	exec = read_file(world, "exec");
	assert_non_null(strstr(exec, "\"event\":\"held\""));
	/* libcurl's words changed with its versions. */
	told = text_format("notification exec  1: \nnotification mail  1: \n"
			   "notification webhook  0: webhook http://127.0.0.1:1: %s\n",
		curl_easy_strerror(CURLE_COULDNT_CONNECT));
	assert_string_equal(text_string(&world->told), told);
}

#define GATE_TEST(function) \
	cmocka_unit_test_setup_teardown(function, gate_fixture_set_up, gate_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(test_hooks),
		GATE_TEST(test_hooks_and_a_rehearsal),
		GATE_TEST(test_hooks_of_a_resumed_run),
		GATE_TEST(test_failing_hooks),
		GATE_TEST(test_notifications),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
