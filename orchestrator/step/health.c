/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a node, is the whole cluster as it has to be? Nothing here acts. */
#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/step/step.h"

static void say_inactive(const struct run_context *run, const char *name,
	const struct facts_service *service, struct error *err)
{
	CLEANUP(cleanup_free) char *look = NULL;

	switch (service->kind) {
	case FACTS_OWN:
	case FACTS_EXTRA:
		look = service_look(run->nodes.cluster->profile->service_manager, service->name);
		error_set(err, EAGAIN, "%s: %s is not active; look there with: %s", name,
			service->name, look);
		return;
	case FACTS_HEALTH:
		error_set(err, EAGAIN,
			"%s: not healthy: the profile's command %s (healthy) does not end with exit status 0",
			name, service->name);
	}
}

/* Names the first thing that keeps the node from being upgraded and running. */
static bool node_is_well(const struct run_context *run, int node, struct error *err)
{
	const struct facts *facts = &run->nodes.items[node].facts;
	const char *name = run->nodes.cluster->nodes[node].name;
	size_t i;

	if (target_needs_upgrade(&run->target, (size_t)node)) {
		CLEANUP(cleanup_free) char *versions = nodes_versions(&run->nodes, (size_t)node);

		error_set(err, EAGAIN, "%s: installed are %s, not the bundle's versions", name,
			versions);
		return false;
	}
	if (facts->unbooted) {
		error_set(err, EAGAIN,
			"%s: it has not rebooted since the bundle's packages were installed", name);
		return false;
	}
	for (i = 0; i < facts->service_count; i++) {
		if (!facts->services[i].active)
			return say_inactive(run, name, &facts->services[i], err), false;
	}
	return true;
}

enum step_result step_services(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	CLEANUP(cleanup_free) char *versions = NULL;
	size_t i;

	(void)may_act;
	if (nodes_look(&run->nodes, node, err) < 0)
		return STEP_RETRY;
	if (!node_is_well(run, node, err))
		return STEP_WAIT;
	versions = nodes_versions(&run->nodes, (size_t)node);
	text_appendf(evidence, "%s; active:", versions);
	for (i = 0; i < run->nodes.items[node].facts.service_count; i++)
		text_appendf(evidence, " %s", run->nodes.items[node].facts.services[i].name);
	return STEP_DONE;
}

/* The second condition does not trust clocks: an old line may look newer than the boot. */
static bool has_new_role(
	const struct run_context *run, int node, const char *since, struct error *err)
{
	const struct facts *facts = &run->nodes.items[node].facts;
	char line[256];

	text_printable(line, sizeof(line), facts->role_line);
	if (facts->role != ROLE_UNKNOWN &&
		(!run->nodes.cluster->profile->role_log ||
			strcmp(line, run->state.nodes[node].role_before) != 0))
		return true;
	error_set(err, EAGAIN, "%s: no role line newer than its %s in %s%s%s%s%s",
		run->nodes.cluster->nodes[node].name, since,
		facts_role_source(run->nodes.cluster->profile), *facts->role_trouble ? "; " : "",
		facts->role_trouble, line[0] ? ": " : "", line);
	return false;
}

enum step_result step_role(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	const struct facts *facts = &run->nodes.items[node].facts;
	const char *name = run->nodes.cluster->nodes[node].name;
	char line[256];

	(void)may_act;
	if (nodes_look(&run->nodes, node, err) < 0)
		return STEP_RETRY;
	text_printable(line, sizeof(line), facts->role_line);
	if (!has_new_role(run, node, "boot", err))
		return STEP_WAIT;
	if (facts->role == ROLE_PRIMARY ||
		facts_count_addresses(facts, &run->nodes.cluster->floating_ips)) {
		error_set(err, EPERM,
			"%s is not back as backup: %s; the roles moved by themselves (begin anew with upgrade); its last role line: %s",
			name,
			facts->role == ROLE_PRIMARY ? "it came back as primary"
						    : "it holds a floating IP",
			line);
		return STEP_REFUSED;
	}
	text_append(evidence, line);
	return STEP_DONE;
}

static bool one_primary(const struct run_context *run, int *primary, struct error *err)
{
	size_t i, primaries = 0;

	for (i = 0; i < run->nodes.cluster->node_count; i++) {
		const struct node_view view = target_node_view(&run->target, i);

		if (view_serves(&view)) {
			primaries++;
			*primary = (int)i;
		} else if (!view_can_take_over(&view)) {
			error_set(err, EAGAIN, "%s: neither serves nor could take over (role %s)",
				run->nodes.cluster->nodes[i].name, plan_role_name(view.role));
			return false;
		}
	}
	if (primaries != 1)
		error_set(err, EAGAIN, "%zu nodes serve, exactly one must", primaries);
	return primaries == 1;
}

enum step_result step_final(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	uint64_t now_us = clock_monotonic_us();
	int primary = 0;
	size_t i;

	(void)node;
	(void)may_act;
	if (!run->state.final_since_us)
		run->state.final_since_us = now_us;
	nodes_ask_all(&run->nodes, PLAN_NO_NODE, errors);
	for (i = 0; i < run->nodes.cluster->node_count; i++) {
		if (!run->nodes.items[i].facts.boot) {
			error_move(err, &errors[i]);
			return STEP_RETRY;
		}
		if (!node_is_well(run, (int)i, err))
			return STEP_WAIT;
		if (run->target.kind == PLAN_BOOTSTRAP && !has_new_role(run, (int)i, "start", err))
			return STEP_WAIT;
	}
	if (!one_primary(run, &primary, err))
		return STEP_WAIT;
	if (run->probe && !probe_answers(run->probe, run->state.final_since_us, NULL)) {
		error_set(err, EAGAIN, "the floating IP does not answer from outside");
		return STEP_WAIT;
	}
	text_appendf(evidence,
		"all %zu nodes on the bundle's versions, services active; %s is primary%s",
		run->nodes.cluster->node_count, run->nodes.cluster->nodes[primary].name,
		run->probe ? ", the floating IP answers" : "");
	return STEP_DONE;
}
