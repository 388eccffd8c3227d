/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is taken for a reboot, and how the node is waited for. The node is what the test says it is.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "orchestrator/step/step.h"

#define BEFORE "0a:1"
#define AFTER "0a:2"

static struct {
	struct cluster cluster;
	struct cluster_node node;
	struct profile profile;
	struct run run;
	struct node run_node;
	int dial; /* its result */
	int facts;
	const char *boot; /* the node's, if it answers */
	uint64_t knock_ms;
	unsigned told, closed;
	struct text evidence;
	struct error error;
} world;

void link_close(struct link *link)
{
	(void)link;
	world.closed++;
}

int link_dial(struct link *link, uint64_t timeout_ms, struct error *err)
{
	(void)link, (void)err;
	/* A connection that is still there tells nothing of the machine. */
	assert_int_not_equal(world.closed, 0);
	world.closed = 0;
	world.knock_ms = timeout_ms;
	return world.dial;
}

int link_words(struct link *link, const char *what, const struct profile_list *argv,
	uint64_t deadline_ms, struct error *err)
{
	(void)link, (void)argv, (void)deadline_ms, (void)err;
	assert_string_equal(what, "reboot");
	world.told++;
	return -ENOTCONN;
}

bool session_is_unreachable(int result)
{
	return result == -ETIMEDOUT || result == -ECONNREFUSED || result == -ENOTCONN;
}

int nodes_ask(struct nodes *nodes, int node, bool with_packages, struct error *err)
{
	(void)node, (void)with_packages, (void)err;
	if (world.facts == 0) {
		free(nodes->items[0].facts.boot);
		nodes->items[0].facts.boot = text_copy(world.boot);
	}
	return world.facts;
}

void facts_clear(struct facts *facts)
{
	free(facts->boot);
	*facts = (struct facts){0};
}

static int set_up(void **state)
{
	static char name[] = "one";

	(void)state;
	memset(&world, 0, sizeof(world));
	world.node.name = name;
	world.cluster.nodes = &world.node;
	world.cluster.node_count = 1;
	world.cluster.profile = &world.profile;
	world.run.nodes.cluster = &world.cluster;
	world.run.nodes.items = &world.run_node;
	world.run.nodes.count = 1;
	world.boot = BEFORE;
	snprintf(world.run.state.nodes[0].boot_before, sizeof(world.run.state.nodes[0].boot_before),
		BEFORE);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	error_release(&world.error);
	text_clear(&world.evidence);
	facts_clear(&world.run_node.facts);
	return 0;
}

static enum step_result act(step_act *step, bool may_act)
{
	error_release(&world.error);
	text_clear(&world.evidence);
	return step(&world.run, 0, may_act, &world.evidence, &world.error);
}

static void it_is_told_once_and_seen_down(void **state)
{
	(void)state;
	assert_int_equal(act(step_reboot, true), STEP_WAIT);
	assert_int_equal(act(step_reboot, true), STEP_WAIT);
	assert_int_equal(world.told, 1);
	assert_string_equal(error_text(&world.error),
		"one: told to reboot, still up with the same boot identity");
	world.dial = -ETIMEDOUT;
	assert_int_equal(act(step_reboot, true), STEP_DONE);
	assert_string_equal(
		text_string(&world.evidence), "no longer answers, boot=" BEFORE " before");
	assert_null(world.run_node.facts.boot);
}

static void nobody_is_told_without_knowing_what_was_before(void **state)
{
	(void)state;
	world.run.state.nodes[0].boot_before[0] = '\0';
	assert_int_equal(act(step_reboot, true), STEP_REFUSED);
	assert_int_equal(act(step_reboot, false), STEP_WAIT);
	assert_int_equal(world.told, 0);
}

/* Somebody listens there; that it is the machine, and how it is, nobody knows yet. */
static void a_port_that_is_open_is_no_answer(void **state)
{
	(void)state;
	world.facts = -EPROTO;
	assert_int_equal(act(step_reboot, true), STEP_WAIT);
	assert_int_equal(act(step_return, true), STEP_WAIT);
}

static void it_is_back_with_another_boot_identity_only(void **state)
{
	(void)state;
	assert_int_equal(act(step_return, true), STEP_WAIT);
	world.boot = AFTER;
	assert_int_equal(act(step_return, true), STEP_DONE);
	assert_string_equal(text_string(&world.evidence), "boot identity " AFTER ", was " BEFORE);
}

static uint64_t knock_after(uint64_t waited_ms)
{
	world.run.state.nodes[0].awaited_ms = clock_monotonic_ms() - waited_ms;
	assert_int_equal(act(step_return, true), STEP_WAIT);
	return world.knock_ms;
}

static void knocks_grow_with_the_time_waited_for(void **state)
{
	(void)state;
	world.dial = -ETIMEDOUT;
	assert_int_equal(act(step_return, true), STEP_WAIT);
	assert_int_equal(world.knock_ms, 100);
	assert_int_not_equal(world.run.state.nodes[0].awaited_ms, 0);
	assert_in_range(knock_after(16000), 500, 1000);
	assert_int_equal(knock_after(3600000), 1000);
	world.dial = 0;
	world.boot = AFTER;
	assert_int_equal(act(step_return, true), STEP_DONE);
	assert_int_equal(world.run.state.nodes[0].awaited_ms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_is_told_once_and_seen_down, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			nobody_is_told_without_knowing_what_was_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_port_that_is_open_is_no_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			it_is_back_with_another_boot_identity_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			knocks_grow_with_the_time_waited_for, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("reboot", tests, NULL, NULL);
}
