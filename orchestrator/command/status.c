/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade status: nodes, roles, versions, floating IPs, services. */
#include <stdio.h>

#include "orchestrator/command/output.h"
#include "orchestrator/step/run.h"

static char *services_words(const struct facts *facts)
{
	struct text text = {0};
	size_t i;

	for (i = 0; i < facts->service_count; i++)
		text_appendf(&text, "%s%s%s", i ? " " : "", facts->services[i].active ? "" : "!",
			facts->services[i].name);
	return text_take(&text);
}

static char *held_words(const struct run *run, size_t node)
{
	const struct profile_list *ips = &run->cluster->floating_ips;
	struct text text = {0};
	size_t i;

	for (i = 0; i < ips->count; i++) {
		const struct profile_list one = {&ips->items[i], 1};

		if (facts_count_addresses(&run->nodes[node].facts, &one))
			text_appendf(&text, "%s%s", text.length ? " " : "", ips->items[i]);
	}
	return text_take(&text);
}

static void print_node(
	const struct settings *settings, const struct run *run, size_t i, const struct error *error)
{
	const struct node_view view = run_node_view(run, i);
	CLEANUP(cleanup_free) char *versions = run_versions(run, i);
	CLEANUP(cleanup_free) char *services = services_words(&run->nodes[i].facts);
	CLEANUP(cleanup_free) char *held = held_words(run, i);
	const char *name = run->cluster->nodes[i].name;
	char trouble[ERROR_TEXT_MAX];

	if (settings->json) {
		output_event(json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:b, s:s, s:s}", "event",
			"node", "node", name, "reachable", view.reachable, "role",
			plan_role_name(view.role), "floating_ips", held, "services", services,
			"services_active", view.services_active, "packages", versions, "error",
			error->text));
		return;
	}
	if (!view.reachable)
		output_say(settings, "%-12s not reachable: %s\n", name,
			text_printable(trouble, sizeof(trouble), error->text));
	else
		output_say(settings,
			"%-12s %-8s floating IP: %-16s services: %s\n%-12s packages: %s\n", name,
			plan_role_name(view.role), held[0] ? held : "-", services, "", versions);
}

static int status(const struct settings *settings, char **arguments, int count)
{
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(cleanup_run) struct run run = {0};
	struct error errors[CLUSTER_NODES_MAX] = {0};
	size_t i, serving = 0, spare = 0;
	char words[256];
	int result = command_load_cluster(settings, arguments[0], &cluster);

	(void)count;
	if (result != EXIT_DONE)
		return result;
	run_init(&run, cluster, NULL, settings->interrupted);
	run_ask_all(&run, PLAN_NO_NODE, errors);
	for (i = 0; i < cluster->node_count; i++) {
		const struct node_view view = run_node_view(&run, i);

		serving += view_serves(&view);
		spare += view_can_take_over(&view);
		print_node(settings, &run, i, &errors[i]);
	}
	if (serving == 1 && serving + spare == cluster->node_count) {
		output_say(settings, "healthy: one primary, every other node can take over\n");
		return EXIT_DONE;
	}
	snprintf(words, sizeof(words),
		"cluster %s is NOT healthy: %zu of %zu nodes serve, %zu can take over",
		cluster->name, serving, cluster->node_count, spare);
	command_complain(settings, words);
	return EXIT_NO;
}

const struct command command_status = {
	.name = "status",
	.page =
		{
			.usage = "haupgrade status [OPTION...] CLUSTER",
			.summary = "Nodes, roles, versions, floating IPs, services.\n"
				   "A service with ! before its name is not active.",
			.notes = "Exit status: 0 one primary and every other node can take over, 1 "
				 "not "
				 "so, 2 usage or environment.",
		},
	.minimum = 1,
	.maximum = 1,
	.run = status,
};
