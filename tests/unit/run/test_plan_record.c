/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan in the journal: what was written is read back, and what could not be is not written. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/run/plan_record.h"

static char file[] = "/etc/shop.conf", name1[] = "web1", name2[] = "web2", address1[] = "192.0.2.1",
	    address2[] = "192.0.2.2";
static struct cluster_node cluster_nodes[] = {
	{.name = name1, .address = address1}, {.name = name2, .address = address2}};
static const struct cluster cluster = {.file = file, .nodes = cluster_nodes, .node_count = 2};

static void test_back_and_forth(void **state)
{
	char versions1[] = "web-1.0-1.x86_64", versions2[] = "";
	const struct run_context run = {
		.nodes = {.cluster = &cluster, .count = 2},
		.target = {.before = {versions1, versions2}},
		.plan = {.count = 2,
			.node_count = 2,
			.steps = {{STEP_VERIFY, PLAN_NO_NODE}, {STEP_INSTALL, 1}}},
	};
	struct run_context read = {.nodes = {.cluster = &cluster, .count = 2}};
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(plan_record_make(&run, &text, &err), 0);
	assert_int_equal(plan_record_read(text, &read, &err), 0);
	assert_int_equal(read.plan.count, 2);
	assert_int_equal(read.plan.steps[1].kind, STEP_INSTALL);
	assert_int_equal(read.plan.steps[1].node, 1);
	assert_string_equal(read.target.before[0], versions1);
	assert_string_equal(read.target.before[1], "");
	free(read.target.before[0]);
	free(read.target.before[1]);
}

/* It would have been written with a node too few, and no resume, abort or rollback could read it.
 */
static void test_no_utf_8(void **state)
{
	char versions[] = "caf\xe9-1.0-1.x86_64";
	const struct run_context run = {.nodes = {.cluster = &cluster, .count = 2},
		.target = {.before = {NULL, versions}},
		.plan = {.node_count = 2}};
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(plan_record_make(&run, &text, &err), -EILSEQ);
	assert_null(text);
	assert_string_equal(error_text(&err),
		"/etc/shop.conf: node 2 cannot be written into the journal: its name, its address or its packages (caf\\xe9-1.0-1.x86_64) are no UTF-8");
	assert_int_equal(plan_record_renewed(&run, 0, "x", &text, &err), -EILSEQ);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_back_and_forth),
		cmocka_unit_test(test_no_utf_8),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
