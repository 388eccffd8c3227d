/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the steps of a run share. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "orchestrator/step/run.h"

/* Whether the thread leaves ^C to the main one. */
static int look_at_signals(struct run *run, size_t node, void *data, struct error *err)
{
	bool *blocked = data;
	sigset_t mask;

	(void)run;
	(void)err;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	blocked[node] = sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) &&
			sigismember(&mask, SIGHUP);
	return 0;
}

static void test_signals_stay_with_the_main_thread(void **state)
{
	static const struct cluster cluster = {.node_count = 3};
	struct run run = {.cluster = &cluster, .node_count = 3};
	bool blocked[3] = {false};

	(void)state;
	assert_int_equal(run_each_node(&run, look_at_signals, blocked, NULL, NULL), 0);
	for (size_t i = 0; i < 3; i++)
		assert_true(blocked[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals_stay_with_the_main_thread),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
