/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes what a run that goes on, or back, takes from its journal, which may come from another
 * machine: plan, events, options, hooks, tokens. The first line is the plan and the options, those
 * after it are the journal's (tests/fuzz/lines.h).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "orchestrator/cluster/gate_settings.h"
#include "orchestrator/gate/hook.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/run_lease.h"
#include "orchestrator/run/run_options.h"
#include "tests/fuzz/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char file[] = "shop.conf", name1[] = "node1", name2[] = "node2", address1[] = "10.0.0.1",
	    address2[] = "10.0.0.2";
static struct cluster_node cluster_nodes[] = {
	{.name = name1, .address = address1}, {.name = name2, .address = address2}};
static const struct cluster cluster = {.file = file, .nodes = cluster_nodes, .node_count = 2};

static void must(bool held)
{
	if (!held)
		abort();
}

static void expect_sound(const struct plan *plan)
{
	must(plan->count <= PLAN_STEPS_MAX && plan->node_count == cluster.node_count);
	for (size_t i = 0; i < plan->count; i++)
		must(plan->steps[i].kind < STEP_KIND_COUNT && plan->steps[i].node >= PLAN_NO_NODE &&
			plan->steps[i].node < (int)cluster.node_count);
}

/* The nodes as they are mostly met: one serves with its old packages, one could take over. */
static void go_on(const struct run_context *run, const struct rewind_point *point)
{
	struct rewind_facts facts = {.view = {.node_count = 2,
					     .nodes = {{.reachable = true,
							       .services_active = true,
							       .holds_floating_ip = true,
							       .holds_all = true,
							       .role = ROLE_PRIMARY},
						     {.reachable = true,
							     .services_active = true,
							     .role = ROLE_BACKUP}}}};
	struct rewind rewind;
	CLEANUP(error_release) struct error err = {0};

	must(point->step <= run->plan.count && point->untouched <= run->plan.count);
	if (rewind_find(PLAN_UPGRADE, &run->plan, point, &facts, &rewind, &err) < 0)
		return;
	expect_sound(&rewind.plan);
	must(rewind.point.step < rewind.plan.count || !rewind.plan.count);
}

static void read_plan(const char *plan, const struct journal_line *lines, size_t count)
{
	struct run_context run = {.nodes = {.cluster = &cluster, .count = 2}};
	struct rewind_point point;
	CLEANUP(error_release) struct error err = {0};

	plan_record_is_bootstrap(plan);
	if (plan_record_read(plan, &run, &err) == 0) {
		expect_sound(&run.plan);
		if (plan_record_follow(&run, lines, count, &point, &err) == 0) {
			expect_sound(&run.plan);
			go_on(&run, &point);
		}
	}
	for (size_t i = 0; i < 2; i++)
		free(run.target.before[i]);
}

static void read_notes(const char *options, const struct journal_line *lines, size_t count)
{
	CLEANUP(run_lease_tokens_clear) struct run_lease_tokens tokens = {0};
	json_t *read = json_loads(options, 0, NULL);
	struct gate_options gates = {0};
	CLEANUP(error_release) struct error err = {0};

	run_options_read_gates(read, &gates, &err);
	json_decref(read);
	run_options_is_way_back(lines, count);
	hook_is_noted(lines, count, HOOK_PRE_NODE, name1);
	run_lease_tokens_read(lines, count, &tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_free) char *words = strndup((const char *)data, size);
	struct journal_line *lines = NULL;
	size_t count = 0;

	lines_read(words, &lines, &count);
	read_plan(words, lines, count);
	read_notes(words, lines, count);
	journal_lines_free(lines, count);
	return 0;
}
