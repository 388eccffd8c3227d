/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the steps of a run share. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "orchestrator/node/nodes.h"

/* Whether the thread leaves ^C to the main one. */
static int look_at_signals(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	bool *blocked = data;
	sigset_t mask;

	(void)nodes;
	(void)err;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	blocked[node] = sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) &&
			sigismember(&mask, SIGHUP);
	return 0;
}

static void test_signals_stay_with_the_main_thread(void **state)
{
	static const struct cluster cluster = {.node_count = 3};
	struct nodes nodes = {.cluster = &cluster, .count = 3};
	bool blocked[3] = {false};

	(void)state;
	assert_int_equal(nodes_each(&nodes, look_at_signals, blocked, NULL, NULL), 0);
	for (size_t i = 0; i < 3; i++)
		assert_true(blocked[i]);
}

/* There is nobody to ask: only what was known can be an answer. */
static void test_a_look_is_used_once_and_soon(void **state)
{
	static char name[] = "one", nowhere[] = "192.0.2.1";
	static const volatile sig_atomic_t cancelled = 1;
	struct cluster_node node = {.name = name, .address = nowhere};
	struct profile profile = {0};
	const struct cluster cluster = {.nodes = &node, .node_count = 1, .profile = &profile};
	CLEANUP(cleanup_nodes) struct nodes nodes = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(pattern_make("primary", &profile.role_primary, NULL), 0);
	assert_int_equal(pattern_make("backup", &profile.role_backup, NULL), 0);
	nodes_init(&nodes, &cluster, &cancelled);
	nodes.items[0].looked_us = clock_monotonic_us();
	assert_int_equal(nodes_look(&nodes, 0, &err), 0);
	assert_int_equal(nodes_look(&nodes, 0, &err), -ECANCELED);
	nodes.items[0].looked_us = clock_monotonic_us() - NODES_FRESH_MS * 1000 - 1;
	assert_int_equal(nodes_look(&nodes, 0, &err), -ECANCELED);
	pattern_free(profile.role_primary);
	pattern_free(profile.role_backup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals_stay_with_the_main_thread),
		cmocka_unit_test(test_a_look_is_used_once_and_soon),
	};

	return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
