/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole clusters in a virtual world: losses, crashes and partitions end with exactly one holder. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/error.h"
#include "tests/unit/heartbeat/group_world.h"

#define DEADTIME 500

static struct world *world_make(unsigned int nodes, uint64_t seed)
{
	struct world_config config = {
		.node_count = nodes,
		.preferred = 0,
		.deadtime_ms = DEADTIME,
		.drain_ms = 1000,
		.seed = seed,
		.talkative = getenv("SIMULATION_TALK") != NULL,
	};
	struct world *world = world_new(&config);
	unsigned int i;

	for (i = 0; i < nodes; i++)
		world_start(world, i);
	return world;
}

static void check(struct world *world, bool good, const char *what)
{
	if (good)
		return;
	world_print(world);
	fprintf(stderr, "%s; again: SIMULATION_TALK=1 SIMULATION_SEED=...\n", what);
	fail();
}

/* Steps that long; with an unbroken holder demanded. */
static void run_held(struct world *world, uint64_t ms)
{
	uint64_t end = world_now(world) + ms;

	while (world_now(world) < end) {
		world_step(world);
		check(world, world_holders(world) >= 1, "a moment without holder");
	}
}

static void run(struct world *world, uint64_t ms)
{
	uint64_t end = world_now(world) + ms;

	while (world_now(world) < end)
		world_step(world);
}

/* n0 is primary, and all have heard so. */
static void begin(struct world *world)
{
	check(world, world_settle(world, 500) == 0, "n0 should be primary");
	run(world, 200);
}

static void test_preferred_takes_first(void **state)
{
	struct world *world = world_make(3, 1);

	(void)state;
	check(world, world_settle(world, 500) == 0, "n0 should be primary");
	assert_int_equal(world_node(world, 0)->primary_lines, 1);
	assert_int_equal(world_node(world, 1)->backup_lines, 1);
	run(world, 5000);
	/* A role that does not change is not told again. */
	assert_int_equal(world_node(world, 0)->primary_lines, 1);
	assert_int_equal(world_node(world, 1)->backup_lines, 1);
	world_free(world);
}

static void test_lonely_node_takes_after_initdead(void **state)
{
	struct world *world = world_make(2, 1);

	(void)state;
	world_crash(world, 0);
	run(world, 1900);
	assert_int_equal(world_holders(world), 0);
	check(world, world_settle(world, 200) == 1, "n1 should be primary after initdead");
	world_free(world);
}

static void test_primary_crash(void **state)
{
	struct world *world = world_make(3, 1);

	(void)state;
	begin(world);
	world_crash(world, 0);
	/* The last heartbeat may have been sent keepalive before the crash. */
	check(world, world_settle(world, DEADTIME + 50) == 1, "n1 should take over");
	world_start(world, 0);
	check(world, world_settle(world, 500) == 1, "n0 should come back as backup");
	run(world, 3000);
	assert_int_equal(world_settled(world), 1);
	world_free(world);
}

static void test_primary_restarts_within_deadtime(void **state)
{
	struct world *world = world_make(2, 1);

	(void)state;
	begin(world);
	world_crash(world, 0);
	world_start(world, 0);
	check(world, world_settle(world, 300) == 1, "n1 should take what n0 forgot");
	world_free(world);
}

static uint64_t ask(struct world *world, unsigned int node,
	int (*function)(struct failover_group *, uint64_t, uint64_t *, struct error *))
{
	CLEANUP(error_release) struct error err = {0};
	uint64_t number = 0;

	assert_int_equal(function(world_group(world, node), world_now(world), &number, &err), 0);
	return number;
}

static void assert_request(
	struct world *world, unsigned int node, enum group_request_state state, const char *reason)
{
	const struct group_request *request = group_request(world_group(world, node));

	assert_int_equal(request->state, state);
	assert_string_equal(request->reason, reason);
}

static void test_planned_switch_over(void **state)
{
	struct world *world = world_make(3, 1);

	(void)state;
	begin(world);
	world_node(world, 0)->connections = 5;
	ask(world, 0, group_standby);
	run_held(world, 2000);
	check(world, world_settled(world) == 1, "n1 should be primary");
	assert_request(world, 0, GROUP_REQUEST_DONE, "n1 serves now");
	ask(world, 2, group_takeover);
	run_held(world, 2000);
	check(world, world_settled(world) == 2, "n2 should be primary");
	assert_request(world, 2, GROUP_REQUEST_DONE, "holds the group now");
	ask(world, 2, group_takeover);
	assert_request(world, 2, GROUP_REQUEST_DONE, "already primary");
	ask(world, 0, group_standby);
	assert_request(world, 0, GROUP_REQUEST_DONE, "already backup");
	world_free(world);
}

static void test_drain_deadline(void **state)
{
	struct world *world = world_make(2, 1);

	(void)state;
	begin(world);
	world_node(world, 0)->connections = 1000000;
	ask(world, 0, group_standby);
	run_held(world, 900);
	assert_true(world_node(world, 0)->holding);
	run_held(world, 300);
	check(world, world_settled(world) == 1, "the drain deadline should release");
	world_free(world);
}

static void test_no_successor(void **state)
{
	struct world *world = world_make(2, 1);

	(void)state;
	begin(world);
	world_crash(world, 1);
	run_held(world, 1000);
	ask(world, 0, group_standby);
	assert_request(world, 0, GROUP_REQUEST_FAILED, "no other node is fit to serve: n1 is dead");
	run_held(world, 1000);
	assert_int_equal(world_settled(world), 0);
	world_free(world);
}

static void test_successor_cannot_take(void **state)
{
	struct world *world = world_make(2, 1);

	(void)state;
	begin(world);
	world_node(world, 1)->acquire_fails = true;
	ask(world, 0, group_standby);
	run_held(world, 500);
	check(world, world_settled(world) == 0, "n0 should keep the group");
	assert_request(world, 0, GROUP_REQUEST_FAILED, "n1 refuses: the test says so");
	ask(world, 1, group_takeover);
	assert_request(world, 1, GROUP_REQUEST_FAILED,
		"this node is not fit to serve: it could not take the addresses just now");
	world_free(world);
}

static void test_successor_silent(void **state)
{
	struct world_config config = {
		.node_count = 2, .preferred = 0, .deadtime_ms = 3000, .drain_ms = 1000, .seed = 1};
	struct world *world = world_new(&config);

	(void)state;
	world_start(world, 0);
	world_start(world, 1);
	begin(world);
	world_connect(world, 0, 1, false);
	ask(world, 0, group_standby);
	run_held(world, 1100);
	assert_request(world, 0, GROUP_REQUEST_FAILED, "n1 did not take it within 1000 ms");
	world_heal(world);
	run_held(world, 1000);
	check(world, world_settled(world) == 0, "n0 should have kept it");
	world_free(world);
}

/* A crash of either side at each millisecond of a switch-over. */
static void test_crash_at_each_moment(void **state)
{
	unsigned int victim;
	uint64_t moment;

	(void)state;
	for (victim = 0; victim < 2; victim++) {
		for (moment = 0; moment < 800; moment += 3) {
			struct world *world = world_make(2, moment + 1);

			world_network(world, 0, 0, 20);
			begin(world);
			world_node(world, 0)->connections = 3;
			ask(world, 0, group_standby);
			run_held(world, moment);
			world_crash(world, victim);
			check(world, world_settle(world, 2 * DEADTIME + 1500) == 1 - (int)victim,
				"the survivor should hold the group");
			world_start(world, victim);
			check(world, world_settle(world, 2000) == 1 - (int)victim,
				"the restarted node should be backup");
			world_free(world);
		}
	}
}

static void test_leave_hands_over(void **state)
{
	struct world *world = world_make(2, 1);

	(void)state;
	begin(world);
	group_leave(world_group(world, 0), world_now(world));
	run_held(world, 2000);
	assert_false(world_node(world, 0)->alive);
	check(world, world_settled(world) == 1, "n1 should have the group");
	group_leave(world_group(world, 1), world_now(world));
	run(world, 100);
	/* The last one turns off the light. */
	assert_false(world_node(world, 1)->alive);
	assert_int_equal(world_holders(world), 0);
	world_free(world);
}

static void test_partition_heals(void **state)
{
	struct world *world = world_make(3, 1);

	(void)state;
	begin(world);
	ask(world, 0, group_standby);
	check(world, world_settle(world, 3000) == 1, "n1 should hold the group");
	world_connect(world, 0, 1, false);
	world_connect(world, 1, 0, false);
	world_connect(world, 2, 1, false);
	world_connect(world, 1, 2, false);
	run_held(world, 1000);
	assert_int_equal(world_holders(world), 2);
	world_heal(world);
	check(world, world_settle(world, 500) == 0, "the earlier node should keep the group");
	world_free(world);
}

static void test_paused_primary(void **state)
{
	struct world *world = world_make(2, 1);

	(void)state;
	begin(world);
	world_node(world, 0)->paused = true;
	run_held(world, 1000);
	assert_true(world_node(world, 1)->holding);
	world_node(world, 0)->paused = false;
	check(world, world_settle(world, 1000) == 0, "one holder should be left");
	world_free(world);
}

static void test_auto_failback(void **state)
{
	struct world_config config = {
		.node_count = 2,
		.preferred = 1,
		.auto_failback = true,
		.deadtime_ms = DEADTIME,
		.drain_ms = 1000,
		.seed = 1,
	};
	struct world *world = world_new(&config);

	(void)state;
	world_start(world, 0);
	check(world, world_settle(world, 2500) == 0, "n0 is alone");
	world_start(world, 1);
	run_held(world, 3000);
	check(world, world_settled(world) == 1, "n1 should have asked for the group");
	/* The operator's word counts more. */
	ask(world, 1, group_standby);
	run_held(world, 10000);
	check(world, world_settled(world) == 0, "n0 should keep it");
	world_free(world);
}

/* Planned switch-overs over a bad network, without crashes: never a moment without holder. */
static void planned_only(uint64_t seed)
{
	struct world_config config = {
		.node_count = 2 + (unsigned int)(seed % 2),
		.preferred = (int)(seed % 3) - 1,
		.auto_failback = seed % 5 == 0,
		.deadtime_ms = 3000,
		.drain_ms = 500,
		.seed = seed,
		.talkative = getenv("SIMULATION_TALK") != NULL,
	};
	struct world *world = world_new(&config);
	unsigned int i;

	for (i = 0; i < config.node_count; i++)
		world_start(world, i);
	check(world, world_settle(world, 3000) >= 0, "should have settled");
	world_network(world, 20, 20, 120);
	for (i = 0; i < 20; i++) {
		unsigned int node = (unsigned int)world_random(world, config.node_count);
		CLEANUP(error_release) struct error err = {0};
		uint64_t number;

		world_node(world, node)->connections = (unsigned int)world_random(world, 8);
		world_node(world, node)->acquire_fails = world_random(world, 8) == 0;
		if (world_random(world, 2))
			group_standby(world_group(world, node), world_now(world), &number, &err);
		else
			group_takeover(world_group(world, node), world_now(world), &number, &err);
		run_held(world, world_random(world, 2500));
	}
	world_network(world, 0, 0, 20);
	run_held(world, 5000);
	check(world, world_settle(world, 10000) >= 0, "should end with one holder");
	world_free(world);
}

/* Something bad or something planned happens. */
static void event(struct world *world, unsigned int count)
{
	unsigned int node = (unsigned int)world_random(world, count);
	unsigned int other = (unsigned int)world_random(world, count);
	struct world_node *at = world_node(world, node);
	CLEANUP(error_release) struct error err = {0};
	uint64_t number;

	switch (world_random(world, 12)) {
	case 0:
	case 1:
		world_crash(world, node);
		break;
	case 2:
	case 3:
	case 4:
		world_start(world, node);
		break;
	case 5:
		world_connect(world, node, other, false);
		world_connect(world, other, node, world_random(world, 3) == 0);
		break;
	case 6:
		world_heal(world);
		break;
	case 7:
		world_network(
			world, (unsigned int)world_random(world, 50), 10, world_random(world, 200));
		break;
	case 8:
		at->paused = !at->paused;
		break;
	case 9:
		if (at->alive && !at->paused)
			group_leave(world_group(world, node), world_now(world));
		break;
	default:
		at->connections = (unsigned int)world_random(world, 20);
		if (!at->alive || at->paused)
			break;
		if (world_random(world, 2))
			group_standby(world_group(world, node), world_now(world), &number, &err);
		else
			group_takeover(world_group(world, node), world_now(world), &number, &err);
	}
}

/*
 * Those who live can all hear each other again. However many are down, silent ones are given up
 * after initdead, so that then somebody serves.
 */
static void calm_down(struct world *world, unsigned int count)
{
	unsigned int i, living = 0;

	world_heal(world);
	world_network(world, 0, 0, 10);
	for (i = 0; i < count; i++) {
		world_node(world, i)->paused = false;
		world_node(world, i)->connections = 0;
	}
	/* Those on their way out are let go. */
	run(world, 3000);
	for (i = 0; i < count; i++)
		living += world_node(world, i)->alive;
	if (living)
		check(world, world_settle(world, 2500) >= 0, "should have one holder when calm");
}

/* Anything may happen; afterwards the cluster comes to rest with exactly one holder. */
static void anything(uint64_t seed)
{
	unsigned int count = 2 + (unsigned int)(seed % 3), i;
	struct world *world = world_make(count, seed);
	uint64_t calm;
	int holder;

	for (i = 0; i < 40; i++) {
		event(world, count);
		run(world, world_random(world, 1500));
		if (i % 10 == 9)
			calm_down(world, count);
	}
	for (i = 0; i < count; i++)
		world_start(world, i);
	calm = world_now(world);
	holder = world_settle(world, 6000);
	check(world, holder >= 0, "should end with one holder");
	/* Rest is rest. */
	run_held(world, 3000);
	check(world, world_settled(world) == holder, "should stay at rest");
	assert_true(world_now(world) > calm);
	world_free(world);
}

static void many(void (*function)(uint64_t), const char *name)
{
	const char *seed_text = getenv("SIMULATION_SEED"), *runs_text = getenv("SIMULATION_RUNS");
	uint64_t first = seed_text ? strtoull(seed_text, NULL, 10) : 1;
	uint64_t runs = seed_text ? 1 : runs_text ? strtoull(runs_text, NULL, 10) : 150;
	uint64_t seed;

	printf("%s: seeds %" PRIu64 " to %" PRIu64 "\n", name, first, first + runs - 1);
	for (seed = first; seed < first + runs; seed++)
		function(seed);
}

static void test_planned_only(void **state)
{
	(void)state;
	many(planned_only, "planned switch-overs over a bad network");
}

static void test_anything(void **state)
{
	(void)state;
	many(anything, "anything");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_preferred_takes_first),
		cmocka_unit_test(test_lonely_node_takes_after_initdead),
		cmocka_unit_test(test_primary_crash),
		cmocka_unit_test(test_primary_restarts_within_deadtime),
		cmocka_unit_test(test_planned_switch_over),
		cmocka_unit_test(test_drain_deadline),
		cmocka_unit_test(test_no_successor),
		cmocka_unit_test(test_successor_cannot_take),
		cmocka_unit_test(test_successor_silent),
		cmocka_unit_test(test_crash_at_each_moment),
		cmocka_unit_test(test_leave_hands_over),
		cmocka_unit_test(test_partition_heals),
		cmocka_unit_test(test_paused_primary),
		cmocka_unit_test(test_auto_failback),
		cmocka_unit_test(test_planned_only),
		cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests_name("group simulation", tests, NULL, NULL);
}
