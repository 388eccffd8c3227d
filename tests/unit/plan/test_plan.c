/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan: which steps, on which node, in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "orchestrator/plan/plan.h"

/* "verify preflight upload stop@1 ..." */
static char *words(const struct plan *plan)
{
	struct text text = {0};
	size_t i;

	for (i = 0; i < plan->count; i++) {
		text_appendf(&text, "%s%s", i ? " " : "", plan_step_name(plan->steps[i].kind));
		if (plan->steps[i].node != PLAN_NO_NODE)
			text_appendf(&text, "@%d", plan->steps[i].node);
	}
	return text_take(&text);
}

static void expect_kind(
	enum plan_kind kind, const struct plan_node *nodes, size_t count, const char *expected)
{
	CLEANUP(error_release) struct error err = {0};
	struct plan plan;
	char *got;

	assert_int_equal(plan_make(kind, nodes, count, &plan, &err), 0);
	got = words(&plan);
	assert_string_equal(got, expected);
	free(got);
}

static void expect_plan(const struct plan_node *nodes, size_t count, const char *expected)
{
	expect_kind(PLAN_UPGRADE, nodes, count, expected);
}

static void two_nodes_backup_first(void **state)
{
	const struct plan_node nodes[] = {{ROLE_PRIMARY, true}, {ROLE_BACKUP, true}};

	(void)state;
	expect_plan(nodes, 2,
		"verify preflight upload stop@1 install@1 reboot@1 return@1 services@1 role@1 failover@0 stop@0 install@0 reboot@0 return@0 services@0 role@0 final");
}

static void three_nodes_all_backups_then_primary(void **state)
{
	const struct plan_node nodes[] = {
		{ROLE_BACKUP, true}, {ROLE_PRIMARY, true}, {ROLE_BACKUP, true}};

	(void)state;
	expect_plan(nodes, 3,
		"verify preflight upload stop@0 install@0 reboot@0 return@0 services@0 role@0 stop@2 install@2 reboot@2 return@2 services@2 role@2 failover@1 stop@1 install@1 reboot@1 return@1 services@1 role@1 final");
}

static void upgraded_nodes_are_left_alone(void **state)
{
	const struct plan_node backup_done[] = {{ROLE_PRIMARY, true}, {ROLE_BACKUP, false}};
	const struct plan_node primary_done[] = {{ROLE_PRIMARY, false}, {ROLE_BACKUP, true}};

	(void)state;
	expect_plan(backup_done, 2,
		"verify preflight upload failover@0 stop@0 install@0 reboot@0 return@0 services@0 role@0 final");
	expect_plan(primary_done, 2,
		"verify preflight upload stop@1 install@1 reboot@1 return@1 services@1 role@1 final");
}

static void nothing_to_do_is_an_empty_plan(void **state)
{
	const struct plan_node nodes[] = {{ROLE_PRIMARY, false}, {ROLE_BACKUP, false}};

	(void)state;
	expect_plan(nodes, 2, "");
}

static void expect_refusal(const struct plan_node *nodes, size_t count, const char *message)
{
	CLEANUP(error_release) struct error err = {0};
	struct plan plan;

	assert_int_equal(plan_make(PLAN_UPGRADE, nodes, count, &plan, &err), -EINVAL);
	assert_non_null(strstr(error_text(&err), message));
}

static void roles_must_be_clear(void **state)
{
	const struct plan_node two[] = {{ROLE_PRIMARY, true}, {ROLE_PRIMARY, true}};
	const struct plan_node none[] = {{ROLE_BACKUP, true}, {ROLE_BACKUP, true}};
	const struct plan_node unknown[] = {{ROLE_PRIMARY, true}, {ROLE_UNKNOWN, true}};

	(void)state;
	expect_refusal(two, 2, "2 nodes are primary, exactly one must be");
	expect_refusal(none, 2, "0 nodes are primary, exactly one must be");
	expect_refusal(unknown, 2, "1 nodes are neither primary nor backup");
	expect_refusal(two, 1, "1 nodes: a rolling upgrade needs 2 to 16");
}

static void going_back_begins_with_who_does_not_serve(void **state)
{
	const struct plan_node broken[] = {
		{ROLE_PRIMARY, true}, {ROLE_BACKUP, true}, {ROLE_UNKNOWN, true}};
	const struct plan_node idle[] = {{ROLE_PRIMARY, false}, {ROLE_UNKNOWN, true}};

	(void)state;
	expect_kind(PLAN_ROLLBACK, broken, 3,
		"verify preflight upload stop@2 install@2 reboot@2 return@2 services@2 role@2 stop@1 install@1 reboot@1 return@1 services@1 role@1 failover@0 stop@0 install@0 reboot@0 return@0 services@0 role@0 final");
	expect_kind(PLAN_ROLLBACK, idle, 2,
		"verify preflight upload stop@1 install@1 reboot@1 return@1 services@1 role@1 final");
}

static void going_back_begins_where_nobody_serves(void **state)
{
	const struct plan_node nobody[] = {
		{ROLE_UNKNOWN, true}, {ROLE_BACKUP, true}, {ROLE_UNKNOWN, true}};
	const struct plan_node backups[] = {{ROLE_BACKUP, true}, {ROLE_BACKUP, true}};
	const struct plan_node well[] = {{ROLE_UNKNOWN, false}, {ROLE_BACKUP, true}};
	CLEANUP(error_release) struct error err = {0};
	struct plan plan;

	(void)state;
	/* Whoever comes up may become primary. */
	expect_kind(PLAN_ROLLBACK, nobody, 3,
		"verify preflight upload stop@0 install@0 reboot@0 return@0 services@0 stop@2 install@2 reboot@2 return@2 services@2 stop@1 install@1 reboot@1 return@1 services@1 role@1 final");
	/* Who could take over is not touched with nobody serving. */
	assert_int_equal(plan_make(PLAN_ROLLBACK, backups, 2, &plan, &err), -EINVAL);
	assert_string_equal(
		error_text(&err), "0 nodes are primary, exactly one must be: see haupgrade status");
	assert_int_equal(plan_make(PLAN_ROLLBACK, well, 2, &plan, &err), -EINVAL);
	expect_refusal(nobody, 3, "0 nodes are primary, exactly one must be");
}

static void expect_bootstrap(const struct plan_node *nodes, size_t count, const char *expected)
{
	CLEANUP(error_release) struct error err = {0};
	struct plan plan = {0};
	char *got;

	assert_int_equal(plan_make(PLAN_BOOTSTRAP, nodes, count, &plan, &err), 0);
	got = words(&plan);
	assert_string_equal(got, expected);
	free(got);
}

static void a_first_installation_starts_nobody_before_all_have_everything(void **state)
{
	const struct plan_node bare[] = {{ROLE_UNKNOWN, true}, {ROLE_UNKNOWN, true}};
	const struct plan_node ready[] = {{ROLE_UNKNOWN, false}, {ROLE_UNKNOWN, false}};
	static const char whole[] =
		"verify preflight upload stop@0 install@0 stop@1 install@1 propagate start@0 start@1 final";

	(void)state;
	expect_bootstrap(bare, 2, whole);
	/* Packages alone do not say that the files are there. */
	expect_bootstrap(ready, 2, whole);
}

static void a_first_installation_touches_nobody_who_serves(void **state)
{
	const struct plan_node begun[] = {{ROLE_UNKNOWN, false}, {ROLE_PRIMARY, false}};
	const struct plan_node partly[] = {{ROLE_UNKNOWN, true}, {ROLE_PRIMARY, false}};
	CLEANUP(error_release) struct error err = {0};
	struct plan plan = {.count = 7};

	(void)state;
	expect_bootstrap(begun, 2, "start@0 start@1 final");
	assert_int_equal(plan_make(PLAN_BOOTSTRAP, partly, 2, &plan, &err), -EPERM);
	assert_string_equal(error_text(&err),
		"node 1 lacks packages of the bundle, and another node serves already: a first installation touches no cluster that serves");
	assert_int_equal(plan.count, 7);
	assert_int_equal(plan_make(PLAN_BOOTSTRAP, begun, 1, &plan, &err), -EINVAL);
	assert_string_equal(error_text(&err), "1 nodes: a cluster needs 2 to 16");
}

static void a_rehearsal_comes_before_the_upload(void **state)
{
	const struct plan_node nodes[] = {{ROLE_BACKUP, true}, {ROLE_PRIMARY, true}};
	const struct plan_node idle[] = {{ROLE_BACKUP, false}, {ROLE_PRIMARY, false}};
	struct plan plan, nothing;
	CLEANUP(error_release) struct error err = {0};
	char *got;

	(void)state;
	assert_int_equal(plan_make(PLAN_UPGRADE, nodes, 2, &plan, &err), 0);
	plan_rehearse(&plan, 1);
	got = words(&plan);
	assert_string_equal(got,
		"verify preflight rehearse@1 restore@1 upload stop@0 install@0 reboot@0 return@0 services@0 role@0 failover@1 stop@1 install@1 reboot@1 return@1 services@1 role@1 final");
	free(got);
	assert_int_equal(plan_make(PLAN_UPGRADE, idle, 2, &nothing, &err), 0);
	plan_rehearse(&nothing, 1);
	assert_int_equal(nothing.count, 0);
	/* What watches the floating IP knows both halves for what they are. */
	for (size_t i = 0; i < plan.count; i++)
		assert_int_equal(plan_step_moves_address(plan.steps[i].kind),
			i == 2 || i == 3 || plan.steps[i].kind == STEP_FAILOVER);
}

static void names_lead_back_to_kinds(void **state)
{
	unsigned int kind;

	(void)state;
	for (kind = 0; kind < STEP_KIND_COUNT; kind++) {
		assert_int_equal(plan_step_kind(plan_step_name((enum step_kind)kind)), kind);
		assert_true(strlen(plan_step_title((enum step_kind)kind)) > 0);
	}
	assert_int_equal(plan_step_kind("dance"), STEP_KIND_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_nodes_backup_first),
		cmocka_unit_test(three_nodes_all_backups_then_primary),
		cmocka_unit_test(upgraded_nodes_are_left_alone),
		cmocka_unit_test(nothing_to_do_is_an_empty_plan),
		cmocka_unit_test(roles_must_be_clear),
		cmocka_unit_test(going_back_begins_with_who_does_not_serve),
		cmocka_unit_test(going_back_begins_where_nobody_serves),
		cmocka_unit_test(a_first_installation_starts_nobody_before_all_have_everything),
		cmocka_unit_test(a_first_installation_touches_nobody_who_serves),
		cmocka_unit_test(a_rehearsal_comes_before_the_upload),
		cmocka_unit_test(names_lead_back_to_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
