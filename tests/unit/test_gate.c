/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gates: what holds a step and in which words, what hooks are told, what is learned. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/gate/gate.h"
#include "orchestrator/gate/pause.h"
#include "orchestrator/journal/note.h"
#include "tests/unit/journal_fixture.h"

/* One test's world: a cluster "shop" of web1 and web2, web1 primary. */
struct world {
	char *folder;
	struct cluster *cluster;
	struct run run;
	struct journal *journal;
	struct gate_options options;
	volatile sig_atomic_t interrupted;
	struct gate *gate;
	int64_t run_id;
	int answer;	  /* of whoever is asked */
	char *question;	  /* the last */
	struct text told; /* "what name node good: text\n" */
};

static struct world world;

static const char *source_folder(void)
{
	return getenv("srcdir") ? getenv("srcdir") : ".";
}

static void load(const char *statements)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *path = text_format("%s/shop.conf", world.folder);
	CLEANUP(cleanup_free) char *profiles = text_format("%s/profiles", source_folder());
	CLEANUP(cleanup_free)
	char *text = text_format("cluster shop { profile = hacluster floating_ips = \"192.0.2.9\"\n"
				 "node web1 { address = \"192.0.2.1\" }\n"
				 "node web2 { address = \"192.0.2.2\" }\n%s\n}\n",
		statements);
	const struct plan_node nodes[] = {{ROLE_PRIMARY, true}, {ROLE_BACKUP, true}};
	struct error err = {0};

	assert_int_equal(file_write(path, text, strlen(text), 0600, &err), 0);
	if (cluster_load(path, profiles, &world.cluster, &problems, &err) < 0)
		fail_msg("%s", err.text);
	run_init(&world.run, world.cluster, NULL, &world.interrupted);
	assert_int_equal(plan_make(PLAN_UPGRADE, nodes, 2, &world.run.plan, &err), 0);
	world.run_id = journal_fixture_begin(world.journal);
}

static int setup(void **state)
{
	void *folder = NULL;

	(void)state;
	setenv("TZ", "UTC", 1);
	world = (struct world){.answer = 1};
	if (journal_fixture_folder(&folder) < 0)
		return -1;
	world.folder = folder;
	world.journal = journal_fixture_open(world.folder);
	return 0;
}

static int teardown(void **state)
{
	void *folder = world.folder;

	(void)state;
	gate_free(world.gate);
	run_clear(&world.run);
	cluster_free(world.cluster);
	journal_free(world.journal);
	free(world.question);
	text_clear(&world.told);
	return journal_fixture_remove(&folder);
}

static void told(void *data, const struct gate_news *news)
{
	(void)data;
	text_appendf(&world.told, "%s %s %s %d: %s\n", news->what, news->name, news->node,
		news->good, news->text);
}

static int ask(void *data, const char *question, bool (*given_up)(void *gate), void *gate)
{
	(void)data;
	free(world.question);
	world.question = text_copy(question);
	return given_up(gate) ? -ECANCELED : world.answer;
}

static int open_gate(bool somebody, struct error *err)
{
	const struct gate_setup gate_setup = {
		.run = &world.run,
		.journal = world.journal,
		.options = &world.options,
		.interrupted = &world.interrupted,
		.told = told,
		.ask = somebody ? ask : NULL,
	};

	gate_free(world.gate);
	world.gate = NULL;
	*err = (struct error){0};
	return gate_new(&gate_setup, &world.gate, err);
}

static void begin(bool somebody, size_t first_step, bool resumed)
{
	struct error err;
	const struct gate_run run = {world.run_id, "upgrade", first_step, resumed};

	if (open_gate(somebody, &err) < 0 || gate_begin(world.gate, &run, &err) < 0)
		fail_msg("%s", err.text);
}

static size_t index_of(enum step_kind kind, int node)
{
	for (size_t i = 0; i < world.run.plan.count; i++) {
		if (world.run.plan.steps[i].kind == kind && world.run.plan.steps[i].node == node)
			return i;
	}
	fail_msg("no step %s of node %d", plan_step_name(kind), node);
	return 0;
}

/* The gate's answer to that step, words in err. */
static enum gate_answer step_asked(enum step_kind kind, int node, struct error *err)
{
	struct drive_gate gate = gate_for_drive(world.gate);

	*err = (struct error){0};
	return gate.ask(gate.data, &world.run.plan.steps[index_of(kind, node)], err);
}

/* The answers to all steps of the plan from first on, until one is no. */
static size_t go_from(size_t first, struct error *err)
{
	struct drive_gate gate = gate_for_drive(world.gate);
	size_t i;

	*err = (struct error){0};
	for (i = first; i < world.run.plan.count; i++) {
		if (gate.ask(gate.data, &world.run.plan.steps[i], err) != GATE_GO)
			break;
	}
	return i;
}

static void test_nothing_given(void **state)
{
	struct error err;

	(void)state;
	load("");
	begin(false, 0, false);
	assert_int_equal(gate_may_begin(world.gate, 0, &err), 0);
	assert_int_equal(go_from(0, &err), world.run.plan.count);
	gate_end(world.gate, CAUSE_NONE, "");
	assert_string_equal(text_string(&world.told), "");
}

static void test_pause_names(void **state)
{
	static const char *const wrong[][2] = {
		{"web3", "pause after \"web3\": neither a step (haupgrade(8) lists them), nor a "
			 "node "
			 "of cluster shop, nor NODE:STEP"},
		{"web1:instal", "pause after \"web1:instal\": neither a step (haupgrade(8) lists "
				"them), nor "
				"a node of cluster shop, nor NODE:STEP"},
		{"web2:failover", "pause after \"web2:failover\": this run has no such step; "
				  "`haupgrade plan` "
				  "shows them"},
		{"stop", "pause after \"stop\": a run that stops there starts the services again; "
			 "pause after the step before it, or after install"},
		{"final", "pause after \"final\": the run is at its end then"},
	};
	struct error err;

	(void)state;
	load("");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		world.options.pause_count = 0;
		assert_int_equal(gate_options_pause(&world.options, wrong[i][0], &err), 0);
		assert_int_equal(open_gate(false, &err), -EINVAL);
		assert_string_equal(err.text, wrong[i][1]);
	}
	world.options.pause_count = 0;
	for (int i = 0; i < GATE_GIVEN_MAX; i++)
		assert_int_equal(gate_options_pause(&world.options, "upload", &err), 0);
	assert_int_equal(gate_options_pause(&world.options, "upload", &err), -E2BIG);
	assert_string_equal(err.text, "--pause-after: given more than 16 times");
}

static void test_pauses(void **state)
{
	struct error err;

	(void)state;
	load("pause_after = {upload, \"web1:install\"}");
	gate_options_pause(&world.options, "web2", &err);
	begin(false, 0, false);
	assert_int_equal(go_from(0, &err), index_of(STEP_STOP, 1));
	assert_string_equal(
		err.text, "paused after upload, as wanted; `haupgrade resume 1` goes on");
	/* The resumed run goes on behind it, to the next one. */
	begin(false, index_of(STEP_STOP, 1), true);
	assert_int_equal(go_from(index_of(STEP_STOP, 1), &err), index_of(STEP_FAILOVER, 0));
	assert_string_equal(
		err.text, "paused after web2: role, as wanted; `haupgrade resume 1` goes on");
	begin(false, index_of(STEP_FAILOVER, 0), true);
	assert_int_equal(go_from(index_of(STEP_FAILOVER, 0), &err), index_of(STEP_REBOOT, 0));
	assert_non_null(strstr(text_string(&world.told), "pause  web2 0: paused after upload"));
}

/* The plan was made anew since: a point that is gone is told, and the others hold. */
static void test_pauses_that_were_remembered(void **state)
{
	struct error err;

	(void)state;
	load("");
	gate_options_pause(&world.options, "web2:failover", &err);
	gate_options_pause(&world.options, "web2", &err);
	world.options.pauses_recalled = true;
	assert_int_equal(open_gate(false, &err), 0);
	assert_string_equal(err.text, "");
	assert_string_equal(text_string(&world.told),
		"pause   1: pause after \"web2:failover\": this run has no such step; "
		"`haupgrade plan` shows them: passed over\n");
	begin(false, index_of(STEP_STOP, 1), true);
	assert_int_equal(go_from(index_of(STEP_STOP, 1), &err), index_of(STEP_FAILOVER, 0));
	begin(false, index_of(STEP_FAILOVER, 0), true);
	assert_int_equal(go_from(index_of(STEP_FAILOVER, 0), &err), world.run.plan.count);
}

/* The cluster file was written for all plans; only a point that no plan could have is wrong. */
static void test_pauses_of_the_cluster_file_that_are_not_in_the_plan(void **state)
{
	const struct plan_node primary_done[] = {{ROLE_PRIMARY, false}, {ROLE_BACKUP, true}};
	struct error err = {0};

	(void)state;
	load("pause_after = {web1, failover, web2}");
	assert_int_equal(plan_make(PLAN_UPGRADE, primary_done, 2, &world.run.plan, &err), 0);
	begin(false, 0, false);
	assert_int_equal(go_from(0, &err), index_of(STEP_FINAL, PLAN_NO_NODE));
	assert_non_null(strstr(text_string(&world.told),
		"pause   1: pause after \"failover\": this run has no such step; `haupgrade plan` "
		"shows them: passed over\n"));
	cluster_free(world.cluster);
	run_clear(&world.run);
	load("pause_after = {web3}");
	assert_int_equal(open_gate(false, &err), -EINVAL);
	assert_non_null(strstr(err.text, "/shop.conf: pause after \"web3\": neither a step"));
}

/* "HH:MM-HH:MM" from so many minutes after now on. */
static const char *times(int from, int to)
{
	static char words[32];
	time_t now = time(NULL);
	struct tm first, last;
	time_t a = now + 60 * from, b = now + 60 * to;

	gmtime_r(&a, &first);
	gmtime_r(&b, &last);
	snprintf(words, sizeof(words), "%02d:%02d-%02d:%02d", first.tm_hour, first.tm_min,
		last.tm_hour, last.tm_min);
	return words;
}

static void test_windows(void **state)
{
	CLEANUP(cleanup_free) char *open = text_copy(times(-60, 600));
	CLEANUP(cleanup_free) char *closed = text_copy(times(60, 600));
	CLEANUP(cleanup_free) char *brief = text_copy(times(-60, 5));
	CLEANUP(cleanup_free) char *statement = text_format("window = \"%s\"", closed);
	struct error err;

	(void)state;
	load(statement);
	begin(false, 0, false);
	assert_int_equal(gate_may_begin(world.gate, 0, &err), -EAGAIN);
	assert_non_null(strstr(err.text, "the maintenance window is closed: it next opens "));
	assert_int_equal(step_asked(STEP_UPLOAD, PLAN_NO_NODE, &err), GATE_HOLD);
	/* A node that was begun is brought to its end. */
	assert_int_equal(step_asked(STEP_INSTALL, 1, &err), GATE_GO);
	assert_int_equal(step_asked(STEP_ROLE, 1, &err), GATE_GO);
	assert_int_equal(step_asked(STEP_FINAL, PLAN_NO_NODE, &err), GATE_GO);
	/* The command line's in its place. */
	assert_int_equal(gate_options_window(&world.options, open, &err), 0);
	begin(false, 0, false);
	assert_int_equal(gate_may_begin(world.gate, 0, &err), 0);
	assert_int_equal(go_from(0, &err), world.run.plan.count);
	/* 60 s + 5 m + 2 m + 10 m + 2 m + 2 m, the profile's deadlines, do not fit into 5 minutes.
	 */
	world.options.window_count = 0;
	assert_int_equal(gate_options_window(&world.options, brief, &err), 0);
	begin(false, 0, false);
	assert_int_equal(step_asked(STEP_UPLOAD, PLAN_NO_NODE, &err), GATE_GO);
	assert_int_equal(step_asked(STEP_STOP, 1, &err), GATE_HOLD);
	assert_non_null(strstr(err.text, " min, and 22 min may be needed: it next opens "));
	assert_int_equal(step_asked(STEP_FAILOVER, 0, &err), GATE_GO);
	assert_int_equal(gate_options_window(&world.options, "always", &err), 0);
	begin(false, 0, false);
	assert_int_equal(go_from(0, &err), world.run.plan.count);
	assert_int_equal(gate_options_window(&world.options, "at night", &err), -EINVAL);
}

/* Its windows and points are about upgrades: nobody waits till Saturday to be served again. */
static void test_a_rollback_is_held_by_its_command_line_alone(void **state)
{
	CLEANUP(cleanup_free) char *closed = text_copy(times(60, 600));
	CLEANUP(cleanup_free)
	char *statements = text_format("window = \"%s\" pause_after = {failover, web2}", closed);
	struct error err;

	(void)state;
	load(statements);
	world.run.back = true;
	begin(false, 0, false);
	assert_int_equal(gate_may_begin(world.gate, 0, &err), 0);
	assert_int_equal(go_from(0, &err), world.run.plan.count);
	assert_string_equal(text_string(&world.told), "");
	gate_options_window(&world.options, closed, &err);
	gate_options_pause(&world.options, "upload", &err);
	begin(false, 0, false);
	assert_int_equal(gate_may_begin(world.gate, 0, &err), -EAGAIN);
	world.options.window_count = 0;
	begin(false, 0, false);
	assert_int_equal(go_from(0, &err), index_of(STEP_STOP, 1));
}

static void test_approval_without_a_terminal(void **state)
{
	struct error err;

	(void)state;
	load("");
	world.options.approve = true;
	begin(false, 0, false);
	assert_int_equal(go_from(0, &err), index_of(STEP_STOP, 1));
	assert_string_equal(err.text, "web2: unknown, ; no probe; nobody can be asked here: "
				      "approve it by `haupgrade resume --approve 1`");
	/* That is the answer, for this node only. */
	begin(false, index_of(STEP_STOP, 1), true);
	assert_int_equal(go_from(index_of(STEP_STOP, 1), &err), index_of(STEP_FAILOVER, 0));
	assert_non_null(strstr(err.text, "web1: fail over from it: "));
	/* Not what was stopped in the middle of a node for another reason. */
	begin(false, index_of(STEP_INSTALL, 1), true);
	assert_int_equal(go_from(index_of(STEP_INSTALL, 1), &err), index_of(STEP_FAILOVER, 0));
	begin(false, index_of(STEP_FAILOVER, 0), true);
	assert_int_equal(go_from(index_of(STEP_FAILOVER, 0), &err), index_of(STEP_STOP, 0));
	/* A resume that does not say it is no answer, but the run wants one. */
	world.options.approve = false;
	world.options.approval_wanted = true;
	begin(false, index_of(STEP_STOP, 0), true);
	assert_int_equal(go_from(index_of(STEP_STOP, 0), &err), index_of(STEP_STOP, 0));
	assert_non_null(strstr(err.text, "approve it by `haupgrade resume --approve 1`"));
}

static void test_approval_at_a_terminal(void **state)
{
	struct error err;

	(void)state;
	load("");
	world.options.approve = true;
	begin(true, 0, false);
	assert_int_equal(go_from(0, &err), world.run.plan.count);
	assert_string_equal(world.question, "web1: unknown, ; no probe. Go on? [y/N] ");
	assert_non_null(
		strstr(text_string(&world.told), "approval  web2 1: given at the terminal\n"));
	world.answer = 0;
	begin(true, 0, false);
	assert_int_equal(step_asked(STEP_STOP, 1, &err), GATE_HOLD);
	assert_string_equal(
		err.text, "web2 was not approved; `haupgrade resume --approve 1` asks again");
	/* Somebody elsewhere wants the run to end: nobody has to come and answer. */
	assert_int_equal(
		journal_request(world.journal, world.run_id, "abort", "eve@hill", &err), 0);
	world.answer = 1;
	assert_int_equal(step_asked(STEP_FAILOVER, 0, &err), GATE_WAIT);
	assert_string_equal(err.text, "an abort is asked for");
}

static void test_a_signal_ends_the_question(void **state)
{
	struct error err = {0};

	(void)state;
	load("");
	world.options.approve = true;
	begin(true, 0, false);
	world.answer = -EINTR;
	assert_int_equal(step_asked(STEP_STOP, 1, &err), GATE_WAIT);
}

static char *read_file(const char *name)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", world.folder, name);
	char *content = NULL;

	assert_int_equal(file_read(path, 1 << 20, &content, NULL, NULL), 0);
	return content;
}

/* hooks { ... } each of which adds its event and node to "log" and its input to "facts". */
static char *all_hooks(const char *more)
{
	static const char *const names[] = {"pre_run", "post_run", "pre_node", "post_node"};
	struct text text = {0};

	text_append(&text, "hooks {\n");
	for (size_t i = 0; i < 4; i++)
		text_appendf(&text,
			"%s = {\"/bin/sh\", \"-c\", \"echo \\$HAUPGRADE_EVENT "
			"\\$HAUPGRADE_NODE >>%s/log; cat >%s/facts\"}\n",
			names[i], world.folder, world.folder);
	text_appendf(&text, "}\n%s", more);
	return text_take(&text);
}

static void test_hooks(void **state)
{
	CLEANUP(cleanup_free) char *statements = all_hooks("");
	CLEANUP(cleanup_free) char *log = NULL, *facts = NULL;
	struct error err;
	json_t *root;

	(void)state;
	load(statements);
	begin(false, 0, false);
	assert_int_equal(go_from(0, &err), world.run.plan.count);
	gate_end(world.gate, CAUSE_FAILURE, "it broke");
	log = read_file("log");
	assert_string_equal(log, "pre-run\npre-node web2\npost-node web2\npre-node web1\n"
				 "post-node web1\npost-run\n");
	facts = read_file("facts");
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
	CLEANUP(cleanup_free) char *statements = all_hooks("");
	CLEANUP(cleanup_free) char *log = NULL;
	struct error err;
	size_t failover;

	(void)state;
	load(statements);
	plan_rehearse(&world.run.plan, 0);
	failover = index_of(STEP_FAILOVER, 0);
	begin(false, 0, false);
	for (size_t i = 0; i < failover; i++)
		assert_int_equal(step_asked(world.run.plan.steps[i].kind,
					 world.run.plan.steps[i].node, &err),
			GATE_GO);
	log = read_file("log");
	assert_string_equal(log, "pre-run\npre-node web2\n");
	free(TAKE(log));
	assert_int_equal(go_from(failover, &err), world.run.plan.count);
	log = read_file("log");
	assert_string_equal(log, "pre-run\npre-node web2\npost-node web2\npre-node web1\n"
				 "post-node web1\n");
}

static void test_hooks_of_a_resumed_run(void **state)
{
	CLEANUP(cleanup_free) char *statements = all_hooks("");
	CLEANUP(cleanup_free) char *log = NULL;
	struct error err;
	size_t install, failover;

	(void)state;
	load(statements);
	install = index_of(STEP_INSTALL, 1);
	failover = index_of(STEP_FAILOVER, 0);
	begin(false, 0, false);
	assert_int_equal(step_asked(STEP_STOP, 1, &err), GATE_GO);
	/* Killed there. The node's hook has been, what ends it is made up for. */
	begin(false, failover, true);
	assert_int_equal(go_from(failover, &err), world.run.plan.count);
	begin(false, install, true);
	assert_int_equal(go_from(install, &err), world.run.plan.count);
	log = read_file("log");
	assert_string_equal(log, "pre-run\npre-node web2\npre-run\npost-node web2\npre-node web1\n"
				 "post-node web1\npre-run\n");
}

static void test_failing_hooks(void **state)
{
	struct error err;
	const struct gate_run run = {1, "upgrade", 0, false};

	(void)state;
	load("hooks { pre_run = {\"/bin/sh\", \"-c\", \"echo not today; exit 1\"}\n"
	     "pre_node = \"/bin/false\" post_node = \"/bin/false\" }");
	assert_int_equal(open_gate(false, &err), 0);
	assert_int_equal(gate_begin(world.gate, &run, &err), -ECHILD);
	assert_string_equal(err.text, "hook pre-run: /bin/sh: exit status 1: not today");
	assert_int_equal(step_asked(STEP_STOP, 1, &err), GATE_HOLD);
	assert_string_equal(err.text, "hook pre-node of web2: /bin/false: exit status 1");
	assert_int_equal(step_asked(STEP_FINAL, PLAN_NO_NODE, &err), GATE_GO);
	assert_string_equal(text_string(&world.told),
		"hook pre-run  0: /bin/sh: exit status 1: not today\n"
		"hook pre-node web2 0: /bin/false: exit status 1\n"
		"hook  web2 0: hook pre-node of web2: /bin/false: exit status 1\n"
		"hook post-node web1 0: /bin/false: exit status 1\n"
		"hook post-node web2 0: /bin/false: exit status 1\n");
}

static void test_notifications(void **state)
{
	CLEANUP(cleanup_free)
	char *sendmail = text_format("%s/sendmail", world.folder);
	CLEANUP(cleanup_free)
	char *script = text_format("#!/bin/sh\n{ echo \"$@\"; cat; } >%s/mail\n", world.folder);
	CLEANUP(cleanup_free)
	char *statements = text_format(
		"notify { on = {held, done} mail = \"ops@example.org\" sendmail = \"%s\"\n"
		"exec = {\"/bin/sh\", \"-c\", \"cat >>%s/exec\"}\n"
		"webhook = \"http://127.0.0.1:1/secret-token\" timeout = \"5s\" }",
		sendmail, world.folder);
	CLEANUP(cleanup_free) char *mail = NULL, *exec = NULL;
	struct error err;

	(void)state;
	assert_int_equal(file_write(sendmail, script, strlen(script), 0700, &err), 0);
	load(statements);
	begin(false, 0, false);
	assert_string_equal(text_string(&world.told), "");
	gate_end(world.gate, CAUSE_GATE, "paused\nBcc: somebody");
	mail = read_file("mail");
	assert_true(text_starts_with(mail, "-t -i\nTo: ops@example.org\n"
					   "Subject: haupgrade: run 1 of cluster shop is held\n"));
	assert_non_null(strstr(mail, "\npaused\\x0aBcc: somebody\n"));
	assert_non_null(strstr(mail, "\nweb1: not reachable, unknown, \n"));
	assert_non_null(strstr(mail, "\nhaupgrade resume 1 goes on with it.\n"));
	exec = read_file("exec");
	assert_non_null(strstr(exec, "\"event\":\"held\""));
	assert_string_equal(text_string(&world.told),
		"notification exec  1: \nnotification mail  1: \n"
		"notification webhook  0: webhook http://127.0.0.1:1: Couldn't connect to "
		"server\n");
}

/* A run in the journal with steps of that length. */
static void test_expectations(void **state)
{
	struct expect expect = {0};
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	struct plan plan = {.count = 3,
		.node_count = 2,
		.steps = {{STEP_UPLOAD, PLAN_NO_NODE}, {STEP_STOP, 1}, {STEP_INSTALL, 1}}};

	(void)state;
	for (unsigned int i = 0; i < STEP_KIND_COUNT; i++)
		deadlines_ms[i] = 1000 * (i + 1);
	assert_int_equal(expect_needed_ms(&expect, &plan, 0, deadlines_ms), 0);
	assert_int_equal(expect_needed_ms(&expect, &plan, 1, deadlines_ms),
		deadlines_ms[STEP_STOP] + deadlines_ms[STEP_INSTALL]);
	expect.any_ms[STEP_UPLOAD] = 100;
	expect.any_ms[STEP_STOP] = 10;
	expect.node_ms[STEP_STOP][1] = 20;
	expect.node_ms[STEP_INSTALL][1] = 1000000;
	assert_int_equal(expect_needed_ms(&expect, &plan, 0, deadlines_ms), 200);
	assert_int_equal(expect_step_ms(&expect, &plan.steps[1]), 20);
	assert_int_equal(
		expect_needed_ms(&expect, &plan, 1, deadlines_ms), 40 + deadlines_ms[STEP_INSTALL]);
}

static void test_learning(void **state)
{
	struct expect expect = {0};
	struct error err = {0};

	(void)state;
	load("");
	assert_int_equal(expect_learn(world.journal, world.cluster, &expect, &err), 0);
	assert_int_equal(expect.any_ms[STEP_INSTALL], 0);
	journal_fixture_add(world.journal, world.run_id, 4, JOURNAL_INTENDED, NULL);
	assert_int_equal(expect_learn(world.journal, world.cluster, &expect, &err), 0);
	assert_int_equal(expect.any_ms[STEP_INSTALL], 0);
	journal_fixture_add(world.journal, world.run_id, 4, JOURNAL_STEP_DONE, NULL);
	assert_int_equal(expect_learn(world.journal, world.cluster, &expect, &err), 0);
	assert_true(expect.any_ms[STEP_INSTALL] > 0);
	assert_int_equal(expect.node_ms[STEP_INSTALL][0], expect.any_ms[STEP_INSTALL]);
	assert_int_equal(expect.node_ms[STEP_INSTALL][1], 0);
}

/* Writes down that the newest line was written at that moment. */
static void date_line(uint64_t ms)
{
	CLEANUP(cleanup_free)
	char *words =
		text_format("UPDATE line SET wall_us = %llu WHERE id = (SELECT max(id) FROM line)",
			(unsigned long long)ms * 1000);

	journal_fixture_alter(world.folder, words);
}

static void add_step(enum journal_kind kind, uint64_t ms)
{
	journal_fixture_add(world.journal, world.run_id, 4, kind, NULL);
	date_line(ms);
}

static void add_state(enum journal_state state, uint64_t ms)
{
	assert_int_equal(journal_run_state(world.journal, world.run_id, state, NULL, NULL), 0);
	date_line(ms);
}

/* The time in which a gate held the step, or nobody worked on the run, is none of the step's. */
static void test_learning_after_a_hold(void **state)
{
	const uint64_t evening = 1000000, morning = evening + 12 * 3600000;
	struct expect expect = {0};
	struct error err = {0};

	(void)state;
	load("");
	add_step(JOURNAL_REFUSED, evening);
	add_state(JOURNAL_STOPPED, evening + 1);
	add_state(JOURNAL_RUNNING, morning);
	add_step(JOURNAL_INTENDED, morning + 1000);
	add_step(JOURNAL_INTENDED, morning + 2000);
	add_step(JOURNAL_STEP_DONE, morning + 4000);
	assert_int_equal(expect_learn(world.journal, world.cluster, &expect, &err), 0);
	assert_int_equal(expect.any_ms[STEP_INSTALL], 3001);
}

/* What an earlier process had begun was found done: how long it took nobody knows. */
static void test_learning_after_a_death(void **state)
{
	const uint64_t evening = 1000000, morning = evening + 12 * 3600000;
	struct expect expect = {0};
	struct error err = {0};

	(void)state;
	load("");
	add_step(JOURNAL_INTENDED, evening);
	add_state(JOURNAL_RUNNING, morning);
	add_step(JOURNAL_STEP_DONE, morning + 1000);
	assert_int_equal(expect_learn(world.journal, world.cluster, &expect, &err), 0);
	assert_int_equal(expect.any_ms[STEP_INSTALL], 0);
}

#define GATE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(test_nothing_given),
		GATE_TEST(test_pause_names),
		GATE_TEST(test_pauses),
		GATE_TEST(test_pauses_that_were_remembered),
		GATE_TEST(test_pauses_of_the_cluster_file_that_are_not_in_the_plan),
		GATE_TEST(test_a_rollback_is_held_by_its_command_line_alone),
		GATE_TEST(test_windows),
		GATE_TEST(test_approval_without_a_terminal),
		GATE_TEST(test_approval_at_a_terminal),
		GATE_TEST(test_a_signal_ends_the_question),
		GATE_TEST(test_hooks),
		GATE_TEST(test_hooks_and_a_rehearsal),
		GATE_TEST(test_hooks_of_a_resumed_run),
		GATE_TEST(test_failing_hooks),
		GATE_TEST(test_notifications),
		GATE_TEST(test_expectations),
		GATE_TEST(test_learning),
		GATE_TEST(test_learning_after_a_hold),
		GATE_TEST(test_learning_after_a_death),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
