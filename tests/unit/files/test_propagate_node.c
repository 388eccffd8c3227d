/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What propagate tells one node to do, in which order, and how it reads what comes back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "orchestrator/files/propagate_node.h"
#include "orchestrator/files/script.h"
#include "orchestrator/node/job.h"
#include "tests/unit/step/fake_node.h"

#define DIGEST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static char first[] = "/etc/a", second[] = "/etc/b", web[] = "web", config[] = "config";
static char root_user[] = "root", mode[] = "640";
static struct file_entry entries[] = {
	{.target = first, .owner = root_user, .group = web, .mode = mode},
	{.target = second, .owner = root_user, .group = web, .mode = mode},
};
static struct wanted_content contents[2][FAKE_NODES];
static struct wanted_file files[] = {
	{.entry = &entries[0], .source = config, .contents = contents[0]},
	{.entry = &entries[1], .source = config, .contents = contents[1]},
};

static struct {
	struct wanted_files set;
	struct propagate propagate;
	struct survey surveys[FAKE_NODES];
	const char *answer;    /* of the next script */
	const char *refuses;   /* the act that ends with -EREMOTEIO */
	const char *no_upload; /* the path that cannot be written */
	/* The node's answers about the job, one a question; behind the last, that again. */
	const enum job_state *states;
	size_t state_count;
	const char *said;
	unsigned asked;
	uint64_t began_ms;
} world;

int __wrap_link_script(struct link *link, const char *what, const char *script,
	const char *const *arguments, uint64_t deadline_ms, struct session_result *result,
	struct error *err);
int __wrap_link_upload(struct link *link, const struct session_file *file, struct error *err);
int __wrap_job_start(struct link *link, const struct job *job, const char *line, struct error *err);
enum job_state __wrap_job_wait(
	struct link *link, const struct job *job, char **said, struct error *err);

/* fake.log says which words a script was given behind the transaction. */
int __wrap_link_script(struct link *link, const char *what, const char *script,
	const char *const *arguments, uint64_t deadline_ms, struct session_result *result,
	struct error *err)
{
	const char *const *words = arguments;

	(void)deadline_ms;
	text_appendf(&fake.log, "%s: %s", link->node->name, what);
	/* A check is the software's own program, and knows nothing of leases. */
	if (script != script_files_check) {
		assert_string_equal(words[0], SCRIPT_ROOT);
		assert_string_equal(words[1], "t1.demo");
		assert_string_equal(words[2], "tok");
		words += 3;
	}
	for (; *words; words++)
		text_appendf(&fake.log, " %s", *words);
	text_append(&fake.log, "\n");
	if (world.refuses && strcmp(what, world.refuses) == 0)
		return error_set(err, EREMOTEIO, "%s: no", link->node->name);
	if (result)
		*result = (struct session_result){.output = text_copy(world.answer),
			.errors = text_copy(""),
			.output_length = strlen(world.answer)};
	return 0;
}

int __wrap_link_upload(struct link *link, const struct session_file *file, struct error *err)
{
	(void)link;
	text_appendf(&fake.log, "upload %s\n", file->remote_path);
	assert_string_equal(file->sha256, DIGEST);
	/* Nobody but root reads it before it has its owner and mode. */
	assert_int_equal(file->mode, 0600);
	return world.no_upload && strcmp(file->remote_path, world.no_upload) == 0
		       ? error_set(err, EREMOTEIO, "no space there")
		       : 0;
}

int __wrap_job_start(struct link *link, const struct job *job, const char *line, struct error *err)
{
	(void)link, (void)err;
	assert_string_equal(job->run, "t1.demo");
	assert_non_null(strstr(line, "tok"));
	text_appendf(&fake.log, "start %s\n", job->step);
	return 0;
}

enum job_state __wrap_job_wait(
	struct link *link, const struct job *job, char **said, struct error *err)
{
	enum job_state state = *world.states;

	(void)job;
	world.asked++;
	if (world.state_count > 1) {
		world.states++;
		world.state_count--;
	}
	if (state == JOB_UNKNOWN)
		error_set(err, ECONNRESET, "%s: the connection was lost", link->node->name);
	if (state == JOB_DONE || state == JOB_FAILED)
		*said = text_copy(world.said);
	return state;
}

static int world_begin(void **state)
{
	fake_node_begin(state);
	memset(&world, 0, sizeof(world));
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < FAKE_NODES; n++)
			memcpy(contents[i][n].sha256, DIGEST, sizeof(DIGEST));
	world.set = (struct wanted_files){.cluster = &fake.cluster, .files = files, .count = 2};
	world.propagate = (struct propagate){.nodes = &fake.run.nodes,
		.set = &world.set,
		.token = "tok",
		.transaction = "t1.demo",
		.surveys = world.surveys};
	world.answer = world.said = "";
	world.began_ms = clock_monotonic_ms();
	return 0;
}

static int world_end(void **state)
{
	for (size_t i = 0; i < FAKE_NODES; i++)
		survey_clear(&world.surveys[i]);
	return fake_node_end(state);
}

static int run_act(nodes_act *act, size_t node)
{
	error_release(&fake.error);
	return act(&fake.run.nodes, node, &world.propagate, &fake.error);
}

static void expect_log(const char *expected)
{
	assert_string_equal(text_string(&fake.log), expected);
	text_clear(&fake.log);
}

static void test_files_are_uploaded_before_they_are_staged(void **state)
{
	(void)state;
	assert_int_equal(run_act(propagate_node_stage, 0), 0);
	expect_log("web1: make folders for the files /etc/a /etc/b\n"
		   "upload /var/lib/haupgrade/files/t1.demo/new/etc/a\n"
		   "upload /var/lib/haupgrade/files/t1.demo/new/etc/b\n"
		   "web1: stage the files root web 640 /etc/a root web 640 /etc/b\n");
	/* A set that lacks a file is none. */
	world.no_upload = "/var/lib/haupgrade/files/t1.demo/new/etc/a";
	assert_int_equal(run_act(propagate_node_stage, 0), -EREMOTEIO);
	expect_log("web1: make folders for the files /etc/a /etc/b\n"
		   "upload /var/lib/haupgrade/files/t1.demo/new/etc/a\n");
	world.refuses = "make folders for the files";
	assert_int_equal(run_act(propagate_node_stage, 0), -EREMOTEIO);
	expect_log("web1: make folders for the files /etc/a /etc/b\n");
}

static void test_a_look_replaces_what_was_seen_or_leaves_it(void **state)
{
	static char unit[] = "ha";
	static char *units[] = {unit};

	(void)state;
	fake.profile.services = (struct word_list){.items = units, .count = 1};
	world.answer =
		"now 100\ntransaction t1.demo staged\nabsent\nfolderless\nservice enabled - ha\nend\n";
	assert_int_equal(run_act(propagate_node_look, 1), 0);
	expect_log("web2: look at the files /etc/a /etc/b -- ha\n");
	assert_int_equal(survey_state_of(&world.surveys[1], "t1.demo"), SURVEY_STAGED);
	assert_int_equal(world.surveys[1].files[1].kind, SURVEY_FOLDERLESS);
	world.answer = "now 100\nabsent\n";
	assert_int_equal(run_act(propagate_node_look, 1), -EPROTO);
	assert_string_equal(
		error_text(&fake.error), "web2: its files: the answer is cut off before its end");
	assert_int_equal(survey_state_of(&world.surveys[1], "t1.demo"), SURVEY_STAGED);
	world.answer = "now 200\nabsent\nabsent\nservice disabled - ha\nend\n";
	assert_int_equal(run_act(propagate_node_look, 1), 0);
	assert_int_equal(world.surveys[1].transaction_count, 0);
	assert_int_equal(world.surveys[0].file_count, 0);
}

static void expect_verdict(const char *answer, int result, const char *words)
{
	world.answer = answer;
	assert_int_equal(run_act(propagate_node_check, 0), result);
	assert_string_equal(error_text(&fake.error), words);
}

static void test_the_softwares_own_check_decides(void **state)
{
	static char program[] = "checker", folder[] = "--in=%staged%/etc:%staged%",
		    name[] = "%node%", *words[] = {program, folder, name};

	(void)state;
	/* A profile without one accepts anything, and asks nobody. */
	expect_verdict("", 0, "");
	expect_log("");
	fake.profile.check = (struct word_list){.items = words, .count = 3};
	expect_verdict("status 0\n", 0, "");
	expect_log("web1: check the files checker --in=/var/lib/haupgrade/files/t1.demo/new/etc:"
		   "/var/lib/haupgrade/files/t1.demo/new web1\n");
	/* The last word counts, not what the check itself says of a status. */
	expect_verdict("status 1 of 7\nstatus 0\n", 0, "");
	expect_verdict("status 0\nline 3: oh\nstatus 2\n", -EREMOTEIO,
		"web1: its own check rejects the files (status 2): status 0|line 3: oh");
	/* It names the files as they will be. */
	expect_verdict("/var/lib/haupgrade/files/t1.demo/new/etc/a:3: bad\nstatus 1\n", -EREMOTEIO,
		"web1: its own check rejects the files (status 1): /etc/a:3: bad");
	expect_verdict("\033[1mred\nstatus 1\n", -EREMOTEIO,
		"web1: its own check rejects the files (status 1): \\x1b[1mred");
	expect_verdict("sh: 1: checker: not found\nstatus 127\n", -EREMOTEIO,
		"web1: there is no program checker to check the files with; is the software installed? (haupgrade bootstrap does it)");
	expect_verdict("status 124\n", -ETIMEDOUT,
		"web1: its own check of the files (checker) did not end within 45 s");
	expect_verdict("status 137\n", -ETIMEDOUT,
		"web1: its own check of the files (checker) did not end within 45 s");
	/* Cut off: nobody knows, so it is no yes. */
	expect_verdict("all is well\n", -EPROTO, "web1: no word about the end of the check");
}

static int commit(const enum job_state *states, size_t count, const char *said)
{
	world.states = states;
	world.state_count = count;
	world.said = said;
	world.asked = 0;
	world.began_ms = clock_monotonic_ms();
	return run_act(propagate_node_commit, 0);
}

static void test_a_commit_is_waited_for_to_its_end(void **state)
{
	static const enum job_state done = JOB_DONE, failed = JOB_FAILED,
				    lost[] = {JOB_RUNNING, JOB_UNKNOWN, JOB_RUNNING, JOB_DONE},
				    dead[] = {JOB_RUNNING, JOB_NONE};

	(void)state;
	assert_int_equal(commit(&done, 1, ""), 0);
	expect_log("start commit\n");
	/* Its own end counts, whatever becomes of the connection meanwhile. */
	assert_int_equal(commit(lost, 4, ""), 0);
	assert_int_equal(world.asked, 4);
	assert_int_equal(commit(&failed, 1, "/etc/b: read-only"), -EREMOTEIO);
	assert_string_equal(error_text(&fake.error), "web1: /etc/b: read-only");
	assert_int_equal(commit(dead, 2, ""), -EREMOTEIO);
	assert_string_equal(error_text(&fake.error),
		"web1: was switched off or restarted while its files were being replaced");
}

static void test_a_commit_is_not_waited_for_for_ever(void **state)
{
	static const enum job_state silent = JOB_UNKNOWN, endless = JOB_RUNNING;
	uint64_t waited_ms;

	(void)state;
	assert_int_equal(commit(&silent, 1, ""), -ETIMEDOUT);
	assert_string_equal(error_text(&fake.error), "web1: the connection was lost");
	waited_ms = clock_monotonic_ms() - world.began_ms;
	assert_in_range(waited_ms, 20000, 30000);
	/* One that answers is given longer. */
	assert_int_equal(commit(&endless, 1, ""), -ETIMEDOUT);
	assert_string_equal(error_text(&fake.error), "web1: its files are still being replaced");
	waited_ms = clock_monotonic_ms() - world.began_ms;
	assert_in_range(waited_ms, 120000, 130000);
}

/* Each transaction has a job of its own, so that nobody takes one's end for another's. */
static void test_each_revert_is_a_job_of_its_own(void **state)
{
	static const enum job_state done = JOB_DONE;
	struct propagate_node_other older = {
		.propagate = &world.propagate, .transaction = "t0.demo"};
	struct propagate_node_other own = {.propagate = &world.propagate, .transaction = "t1.demo"};

	(void)state;
	world.states = &done;
	world.state_count = 1;
	world.said = "/etc/a is another's by now";
	assert_int_equal(propagate_node_revert(&fake.run.nodes, 1, &older, &fake.error), 0);
	assert_string_equal(older.said[1], "/etc/a is another's by now");
	assert_null(older.said[0]);
	assert_int_equal(propagate_node_revert(&fake.run.nodes, 0, &own, &fake.error), 0);
	expect_log("start revert-t0.demo\nstart revert-t1.demo\n");
	assert_int_equal(propagate_node_settle(&fake.run.nodes, 0, &older, &fake.error), 0);
	expect_log("web1: settle the files t0.demo\n");
	free(older.said[1]);
	free(own.said[0]);
}

static void test_only_what_does_not_start_at_boot_is_told_to(void **state)
{
	(void)state;
	world.answer = "now 1\nabsent\nabsent\nservice enabled - a\nservice enabled - b\nend\n";
	assert_int_equal(
		survey_parse(world.answer, strlen(world.answer), 2, 2, &world.surveys[0], NULL), 0);
	assert_int_equal(run_act(propagate_node_enable, 0), 0);
	expect_log("");
	world.answer = "now 1\nabsent\nabsent\nservice enabled - a\nservice masked - b\nend\n";
	assert_int_equal(
		survey_parse(world.answer, strlen(world.answer), 2, 2, &world.surveys[1], NULL), 0);
	assert_int_equal(run_act(propagate_node_enable, 1), 0);
	expect_log("web2: enable the services at boot b\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
	const struct CMUnitTest tests[] = {
		TEST(test_files_are_uploaded_before_they_are_staged),
		TEST(test_a_look_replaces_what_was_seen_or_leaves_it),
		TEST(test_the_softwares_own_check_decides),
		TEST(test_a_commit_is_waited_for_to_its_end),
		TEST(test_a_commit_is_not_waited_for_for_ever),
		TEST(test_each_revert_is_a_job_of_its_own),
		TEST(test_only_what_does_not_start_at_boot_is_told_to),
	};

	return cmocka_run_group_tests_name("propagate_node", tests, NULL, NULL);
}
