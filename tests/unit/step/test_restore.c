/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the second half of a rehearsal tells whom what. The nodes are what the test says they are.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "orchestrator/step/step.h"
#include "orchestrator/step/watch.h"

enum { NODES = 2 };

static struct {
	struct cluster cluster;
	struct cluster_node nodes[NODES];
	struct profile profile;
	struct run run;
	struct node run_nodes[NODES];
	struct node_view views[NODES];
	char *command;
	char told[256];
	unsigned moved;
	struct error error;
} world;

void nodes_ask_all(struct nodes *nodes, int skip, struct error *errors)
{
	(void)nodes, (void)skip, (void)errors;
}

struct node_view target_node_view(const struct target *target, size_t node)
{
	(void)target;
	return world.views[node];
}

int link_words(struct link *link, const char *what, const struct profile_list *argv,
	uint64_t deadline_ms, struct error *err)
{
	size_t node = (size_t)((struct node *)(void *)link - world.run_nodes);
	size_t used = strlen(world.told);

	(void)argv, (void)deadline_ms, (void)err;
	snprintf(world.told + used, sizeof(world.told) - used, "%s%s: %s", used ? ", " : "",
		world.nodes[node].name, what);
	return 0;
}

void watch_moved(struct watch *watch)
{
	(void)watch;
	world.moved++;
}

enum step_result step_answered(struct run *run, int node, struct text *evidence, struct error *err)
{
	(void)run, (void)node, (void)evidence, (void)err;
	return STEP_DONE;
}

static int set_up(void **state)
{
	static char command[] = "true", names[NODES][4] = {"one", "two"};

	(void)state;
	memset(&world, 0, sizeof(world));
	world.command = command;
	world.nodes[0].name = names[0];
	world.nodes[1].name = names[1];
	world.cluster.nodes = world.nodes;
	world.cluster.node_count = NODES;
	world.cluster.profile = &world.profile;
	world.run.nodes.cluster = &world.cluster;
	world.run.nodes.items = world.run_nodes;
	world.run.nodes.count = NODES;
	world.views[0] =
		(struct node_view){.reachable = true, .services_active = true, .role = ROLE_BACKUP};
	world.views[1] = (struct node_view){.reachable = true,
		.services_active = true,
		.holds_floating_ip = true,
		.holds_all = true,
		.role = ROLE_PRIMARY};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	error_release(&world.error);
	return 0;
}

static enum step_result restore(bool may_act)
{
	error_release(&world.error);
	return step_restore(&world.run, 0, may_act, NULL, &world.error);
}

static void who_serves_is_told_once(void **state)
{
	(void)state;
	assert_int_equal(restore(true), STEP_WAIT);
	assert_string_equal(world.told, "two: fail over");
	assert_int_equal(restore(true), STEP_WAIT);
	assert_string_equal(world.told, "two: fail over");
}

/* The node was not yet backup when the engine's guard last saw the cluster. */
static void after_a_wait_nobody_is_told_before_another_look(void **state)
{
	(void)state;
	world.views[0].role = ROLE_UNKNOWN;
	assert_int_equal(restore(true), STEP_WAIT);
	assert_string_equal(world.told, "");
	world.views[0].role = ROLE_BACKUP;
	assert_int_equal(restore(true), STEP_RETRY);
	assert_string_equal(world.told, "");
	assert_string_equal(error_text(&world.error),
		"the cluster is looked at once more before two is told to fail over");
	assert_int_equal(restore(true), STEP_WAIT);
	assert_string_equal(world.told, "two: fail over");
}

static void to_start_those_who_stopped_takes_another_look_too(void **state)
{
	struct node_view primary = world.views[1];

	(void)state;
	world.profile.failback = (struct profile_list){&world.command, 1};
	world.run.state.restore.told_back = 1;
	assert_int_equal(restore(true), STEP_WAIT);
	world.told[0] = '\0';
	world.views[0] = primary;
	world.views[1] = (struct node_view){.reachable = true};
	assert_int_equal(restore(true), STEP_RETRY);
	assert_string_equal(world.told, "");
	assert_int_equal(restore(true), STEP_WAIT);
	assert_string_equal(world.told, "two: take back");
}

/* The other one, which drains, does not wait for connections that are held from here. */
static void held_connections_are_let_go_when_it_has_the_address(void **state)
{
	(void)state;
	assert_int_equal(restore(true), STEP_WAIT);
	assert_int_equal(world.moved, 0);
	world.views[0].holds_floating_ip = true;
	assert_int_equal(restore(true), STEP_WAIT);
	assert_int_equal(world.moved, 1);
	world.views[0] = world.views[1];
	world.views[1] =
		(struct node_view){.reachable = true, .services_active = true, .role = ROLE_BACKUP};
	assert_int_equal(restore(false), STEP_DONE);
	assert_int_equal(world.moved, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_serves_is_told_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			after_a_wait_nobody_is_told_before_another_look, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			to_start_those_who_stopped_takes_another_look_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			held_connections_are_let_go_when_it_has_the_address, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
