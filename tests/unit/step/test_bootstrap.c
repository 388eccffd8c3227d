/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a first installation alone: when a node is started, and when the files are there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "orchestrator/step/step.h"
#include "tests/unit/step/fake_node.h"

/* How the set of files is on the nodes. */
static struct {
	struct wanted_files set;
	struct propagate propagate;
	int look, run; /* results */
	const char *wants, *token;
	unsigned looks, runs;
} files;

int __wrap_propagate_look(struct propagate *propagate, struct error *errors, struct error *err);
int __wrap_propagate_run(struct propagate *propagate, struct error *err);
void __wrap_propagate_wants(const struct propagate *propagate, struct text *wants);

int __wrap_propagate_look(struct propagate *propagate, struct error *errors, struct error *err)
{
	(void)propagate, (void)errors;
	files.looks++;
	return files.look ? error_set(err, -files.look, "no look") : 0;
}

int __wrap_propagate_run(struct propagate *propagate, struct error *err)
{
	files.runs++;
	files.token = propagate->token;
	return files.run ? error_set(err, -files.run, "no run") : 0;
}

void __wrap_propagate_wants(const struct propagate *propagate, struct text *wants)
{
	(void)propagate;
	text_append(wants, files.wants);
}

static int set_up(void **state)
{
	files = (typeof(files)){.set = {.count = 3}, .wants = ""};
	files.propagate.set = &files.set;
	fake_node_begin(state);
	fake.run.propagate = &files.propagate;
	return 0;
}

/* What the step comes to, and its evidence or what it says is missing. */
static void expect(step_act *step, bool may_act, enum step_result result, const char *words)
{
	CLEANUP(cleanup_text) struct text evidence = {0};

	error_release(&fake.error);
	assert_int_equal(step(&fake.run, 0, may_act, &evidence, &fake.error), result);
	assert_string_equal(
		result == STEP_DONE ? text_string(&evidence) : error_text(&fake.error), words);
}

#define RUNS "a-1-1.noarch; active: ha"
#define STOPPED "web1: ha is not active; look there with: systemctl status ha; journalctl -b -u ha"
#define FILES "3 files on every node, checked there, services start at boot"

static void a_node_is_started_and_seen_running(void **state)
{
	(void)state;
	expect(step_start, true, STEP_DONE, RUNS);
	assert_string_equal(text_string(&fake.log), "start web1; ");
}

static void a_node_that_is_slow_is_told_only_once(void **state)
{
	(void)state;
	fake.nodes[0].starts = false;
	expect(step_start, true, STEP_WAIT, STOPPED);
	expect(step_start, true, STEP_WAIT, STOPPED);
	assert_string_equal(text_string(&fake.log), "start web1; ");
}

static void a_node_that_runs_is_not_told(void **state)
{
	(void)state;
	fake.nodes[0].runs = true;
	expect(step_start, true, STEP_DONE, RUNS);
	assert_string_equal(text_string(&fake.log), "");
}

static void who_may_only_look_starts_nobody(void **state)
{
	(void)state;
	expect(step_start, false, STEP_WAIT, STOPPED);
	assert_string_equal(text_string(&fake.log), "");
}

static void a_complaint_about_the_start_is_no_trouble(void **state)
{
	(void)state;
	fake.nodes[0].told_to_start = -EREMOTEIO;
	expect(step_start, true, STEP_DONE, RUNS);
}

static void a_start_that_was_lost_on_the_way_is_told_again(void **state)
{
	(void)state;
	fake.nodes[0].told_to_start = -ENOTCONN;
	fake.nodes[0].starts = false;
	expect(step_start, true, STEP_RETRY, "it complains");
	fake.nodes[0].told_to_start = 0;
	fake.nodes[0].starts = true;
	expect(step_start, true, STEP_DONE, RUNS);
	assert_string_equal(text_string(&fake.log), "start web1; start web1; ");
}

static void a_node_that_is_away_is_asked_again(void **state)
{
	(void)state;
	fake.nodes[0].trouble = -ETIMEDOUT;
	expect(step_start, true, STEP_RETRY, "web1: away");
	assert_string_equal(text_string(&fake.log), "");
}

static void files_are_brought_under_the_lease(void **state)
{
	(void)state;
	expect(step_propagate, true, STEP_DONE, FILES);
	assert_int_equal(files.runs, 1);
	assert_string_equal(files.token, "the token");
}

static void without_a_lease_no_token_is_used(void **state)
{
	(void)state;
	fake.run.lease = NULL;
	files.propagate.token = "of before";
	expect(step_propagate, true, STEP_DONE, FILES);
	assert_null(files.token);
}

static void who_may_only_look_brings_no_files(void **state)
{
	(void)state;
	expect(step_propagate, false, STEP_DONE, FILES);
	files.wants = "web2 lacks one";
	expect(step_propagate, false, STEP_WAIT, "web2 lacks one");
	files.look = -ETIMEDOUT;
	expect(step_propagate, false, STEP_RETRY, "no look");
	assert_int_equal(files.looks, 3);
	assert_int_equal(files.runs, 0);
}

static void trouble_of_the_link_is_tried_again_and_a_refusal_is_not(void **state)
{
	(void)state;
	files.run = -ENOTCONN;
	expect(step_propagate, true, STEP_RETRY, "no run");
	files.run = -EPERM;
	expect(step_propagate, true, STEP_REFUSED, "no run");
	files.run = -EREMOTEIO;
	expect(step_propagate, true, STEP_REFUSED, "no run");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fake_node_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_node_is_started_and_seen_running),
		TEST(a_node_that_is_slow_is_told_only_once),
		TEST(a_node_that_runs_is_not_told),
		TEST(who_may_only_look_starts_nobody),
		TEST(a_complaint_about_the_start_is_no_trouble),
		TEST(a_start_that_was_lost_on_the_way_is_told_again),
		TEST(a_node_that_is_away_is_asked_again),
		TEST(files_are_brought_under_the_lease),
		TEST(without_a_lease_no_token_is_used),
		TEST(who_may_only_look_brings_no_files),
		TEST(trouble_of_the_link_is_tried_again_and_a_refusal_is_not),
	};

	return cmocka_run_group_tests_name("bootstrap", tests, NULL, NULL);
}
