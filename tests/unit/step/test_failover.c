/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is told to hand over, how often, and what is believed. The nodes are what the test says they
 * are. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/node/connections.h"
#include "orchestrator/step/step.h"
#include "orchestrator/step/watch.h"

enum { NODES = 2 };

static const struct node_view primary = {.reachable = true,
	.services_active = true,
	.upgraded = true,
	.holds_floating_ip = true,
	.holds_all = true,
	.role = ROLE_PRIMARY};
static const struct node_view backup = {
	.reachable = true, .services_active = true, .upgraded = true, .role = ROLE_BACKUP};

static struct {
	struct cluster cluster;
	struct cluster_node nodes[NODES];
	struct profile profile;
	struct run run;
	struct node run_nodes[NODES];
	/* The nodes, and what haupgrade has seen of them. */
	struct node_view views[NODES], seen[NODES];
	/* Of the command to hand over. */
	int result;
	bool moves;
	unsigned told, let_go;
	struct text evidence;
	struct error error;
} world;

void nodes_ask_all(struct nodes *nodes, int skip, struct error *errors)
{
	static char boot[] = "0a:1", line[] = "its line";

	(void)skip, (void)errors;
	memcpy(world.seen, world.views, sizeof(world.seen));
	for (size_t i = 0; i < NODES; i++) {
		nodes->items[i].facts.boot = world.views[i].reachable ? boot : NULL;
		nodes->items[i].facts.role_line = line;
	}
}

struct node_view target_node_view(const struct target *target, size_t node)
{
	(void)target;
	return world.seen[node];
}

bool facts_own_active(const struct facts *facts)
{
	(void)facts;
	return true;
}

int link_words(struct link *link, const char *what, const struct profile_list *argv,
	uint64_t deadline_ms, struct error *err)
{
	(void)argv, (void)deadline_ms;
	assert_ptr_equal(link, &world.run_nodes[0].link);
	assert_string_equal(what, "fail over");
	world.told++;
	if (world.moves) {
		world.views[0] = backup;
		world.views[1] = primary;
	}
	return world.result ? error_set(err, -world.result, "it said no") : 0;
}

int connections_ask(struct link *link, uint64_t *count, struct text *words, struct error *err)
{
	(void)link, (void)count, (void)words, (void)err;
	return -ENOENT;
}

uint64_t probe_good_since(struct probe *probe, uint64_t since_us)
{
	(void)probe, (void)since_us;
	return 0;
}

void watch_moved(struct watch *watch)
{
	(void)watch;
	world.let_go++;
}

static int set_up(void **state)
{
	static char names[NODES][4] = {"one", "two"};

	(void)state;
	memset(&world, 0, sizeof(world));
	for (size_t i = 0; i < NODES; i++)
		world.nodes[i].name = names[i];
	world.cluster.nodes = world.nodes;
	world.cluster.node_count = NODES;
	world.cluster.profile = &world.profile;
	world.run.nodes.cluster = &world.cluster;
	world.run.nodes.items = world.run_nodes;
	world.run.nodes.count = NODES;
	world.views[0] = primary;
	world.views[1] = backup;
	world.moves = true;
	/* The look that let the step act. */
	nodes_ask_all(&world.run.nodes, PLAN_NO_NODE, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	error_release(&world.error);
	text_clear(&world.evidence);
	return 0;
}

static enum step_result fail_over(bool may_act)
{
	error_release(&world.error);
	text_clear(&world.evidence);
	return step_failover(&world.run, 0, may_act, &world.evidence, &world.error);
}

static void it_is_told_once_and_seen(void **state)
{
	(void)state;
	assert_int_equal(fail_over(false), STEP_WAIT);
	assert_int_equal(world.told, 0);
	assert_int_equal(fail_over(true), STEP_DONE);
	assert_int_equal(world.told, 1);
	assert_int_equal(world.let_go, 1);
	assert_string_equal(text_string(&world.evidence), "two holds the floating IP; its line");
}

static void a_command_that_complains_may_have_worked(void **state)
{
	(void)state;
	world.result = -EREMOTEIO;
	assert_int_equal(fail_over(true), STEP_DONE);
	assert_int_equal(world.told, 1);
}

static void one_without_effect_is_given_again(void **state)
{
	(void)state;
	world.result = -EREMOTEIO;
	world.moves = false;
	assert_int_equal(fail_over(true), STEP_RETRY);
	assert_string_equal(error_text(&world.error), "it said no");
	world.result = 0;
	world.moves = true;
	assert_int_equal(fail_over(true), STEP_DONE);
	assert_int_equal(world.told, 2);
}

/* It works, and nobody has seen that yet: the next look shows it, and the step is not acted on. */
static void a_lost_answer_is_no_reason_to_tell_it_again(void **state)
{
	(void)state;
	world.result = -ENOTCONN;
	world.moves = false;
	assert_int_equal(fail_over(true), STEP_RETRY);
	world.views[0] = backup;
	world.views[1] = primary;
	nodes_ask_all(&world.run.nodes, PLAN_NO_NODE, NULL);
	assert_int_equal(fail_over(true), STEP_DONE);
	assert_int_equal(world.told, 1);
}

/* Nobody has looked at the cluster as a whole since: that it holds it again is no reason. */
/* That it cannot be asked is no sign that it gave the address away. */
static void who_cannot_be_asked_is_told_later(void **state)
{
	(void)state;
	world.views[0] = (struct node_view){0};
	world.views[1] = primary;
	world.moves = false;
	world.result = -ENOTCONN;
	nodes_ask_all(&world.run.nodes, PLAN_NO_NODE, NULL);
	world.views[1] = backup;
	assert_int_equal(fail_over(true), STEP_RETRY);
	world.views[0] = primary;
	world.moves = true;
	world.result = 0;
	nodes_ask_all(&world.run.nodes, PLAN_NO_NODE, NULL);
	assert_int_equal(fail_over(true), STEP_DONE);
	assert_int_equal(world.told, 2);
}

static void who_takes_it_back_by_itself_is_not_told_again(void **state)
{
	const struct node_view starting = {.reachable = true, .holds_floating_ip = true};

	(void)state;
	world.views[0] = backup;
	world.views[1] = starting;
	nodes_ask_all(&world.run.nodes, PLAN_NO_NODE, NULL);
	assert_int_equal(fail_over(true), STEP_WAIT);
	world.views[0] = primary;
	world.views[1] = backup;
	assert_int_equal(fail_over(true), STEP_WAIT);
	assert_int_equal(fail_over(true), STEP_WAIT);
	assert_int_equal(world.told, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_is_told_once_and_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_command_that_complains_may_have_worked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			one_without_effect_is_given_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_lost_answer_is_no_reason_to_tell_it_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			who_cannot_be_asked_is_told_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			who_takes_it_back_by_itself_is_not_told_again, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("failover", tests, NULL, NULL);
}
