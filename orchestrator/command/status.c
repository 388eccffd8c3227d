/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade status: nodes, roles, versions, floating IPs, services. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "orchestrator/command/output.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/node/connections.h"
#include "orchestrator/node/target.h"

static char *services_words(const struct facts *facts)
{
	struct text text = {0};
	size_t i;

	for (i = 0; i < facts->service_count; i++)
		text_appendf(&text, "%s%s%s", i ? " " : "", facts->services[i].active ? "" : "!",
			facts->services[i].name);
	return text_take(&text);
}

/* How many there are, or why that is not known; "" when the profile has no way to ask. Owned. */
static char *connections_words(struct nodes *nodes, size_t node, struct text *lines)
{
	CLEANUP(error_release) struct error err = {0};
	uint64_t count = 0;

	if (!nodes->cluster->profile->connections.count)
		return text_copy("");
	if (connections_ask(&nodes->items[node].link, &count, lines, &err) < 0)
		return text_format("not known: %s", error_text(&err));
	return text_format("%llu", (unsigned long long)count);
}

static char *held_words(const struct nodes *nodes, size_t node)
{
	const struct word_list *ips = &nodes->cluster->floating_ips;
	struct text text = {0};
	size_t i;

	for (i = 0; i < ips->count; i++) {
		const struct word_list one = {&ips->items[i], 1};

		if (facts_count_addresses(&nodes->items[node].facts, &one))
			text_appendf(&text, "%s%s", text.length ? " " : "", ips->items[i]);
	}
	return text_take(&text);
}

/* What -v adds on the lines below a node. */
static void print_more(const struct settings *settings, const struct nodes *nodes, size_t i,
	const char *connections, const char *lines)
{
	const struct facts *facts = &nodes->items[i].facts;
	char line[512];

	text_printable(line, sizeof(line), facts->role_line);
	output_say(settings, "%-12s role line: %s%s%s%s\n", "", line[0] ? line : "none",
		*facts->role_trouble ? " (" : "", facts->role_trouble,
		*facts->role_trouble ? ")" : "");
	if (connections[0])
		output_say(settings, "%-12s connections: %s\n", "", connections);
	while (*lines) {
		const size_t length = strcspn(lines, "\n");
		CLEANUP(cleanup_free) char *one = text_format("%.*s", (int)length, lines);

		output_say(settings, "%-12s   %s\n", "", text_printable(line, sizeof(line), one));
		lines += length + (lines[length] == '\n');
	}
}

static void print_node(const struct settings *settings, const struct target *target, size_t i,
	const struct error *error)
{
	const struct node_view view = target_node_view(target, i);
	const struct facts *facts = &target->nodes->items[i].facts;
	CLEANUP(cleanup_free) char *versions = nodes_versions(target->nodes, i);
	CLEANUP(cleanup_free) char *services = services_words(facts);
	CLEANUP(cleanup_free) char *held = held_words(target->nodes, i);
	CLEANUP(cleanup_free) char *connections = text_copy("");
	CLEANUP(cleanup_text) struct text lines = {0};
	const char *name = target->nodes->cluster->nodes[i].name;
	CLEANUP(cleanup_free) char *trouble = text_printable_copy(error_text(error));

	if (settings->verbose && view.reachable) {
		free(connections);
		connections = connections_words(target->nodes, i, &lines);
	}
	if (settings->json) {
		output_event(json_pack(
			"{s:s, s:s, s:b, s:s, s:o, s:s, s:s, s:s, s:b, s:s, s:o, s:s}", "event",
			"node", "node", name, "reachable", view.reachable, "role",
			plan_role_name(view.role), "role_line", note_string(facts->role_line ?: ""),
			"role_trouble", facts->role_trouble ?: "", "floating_ips", held, "services",
			services, "services_active", view.services_active, "packages", versions,
			"connections", note_string(connections), "error", error_text(error)));
		return;
	}
	if (!view.reachable) {
		output_say(settings, "%-12s %s: %s\n", name,
			error->number == ECANCELED ? "not asked" : "not reachable", trouble);
		return;
	}
	output_say(settings, "%-12s %-8s floating IP: %-16s services: %s\n%-12s packages: %s\n",
		name, plan_role_name(view.role), held[0] ? held : "-", services, "", versions);
	if (settings->verbose)
		print_more(settings, target->nodes, i, connections, text_string(&lines));
	else if (view.role == ROLE_UNKNOWN)
		print_more(settings, target->nodes, i, "", "");
}

static int status(const struct settings *settings, const void *own, char **arguments, int count)
{
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(cleanup_nodes) struct nodes nodes = {0};
	struct target target;
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	size_t i, serving = 0, spare = 0;
	char words[256];
	int result = inputs_cluster(&settings->process, arguments[0], &cluster);

	(void)own;
	(void)count;
	if (result != EXIT_DONE)
		return result;
	nodes_init(&nodes, cluster, settings->process.interrupted);
	target_init(&target, &nodes, NULL);
	nodes_ask_all(&nodes, PLAN_NO_NODE, errors);
	for (i = 0; i < cluster->node_count; i++) {
		const struct node_view view = target_node_view(&target, i);

		serving += view_serves(&view);
		spare += view_can_take_over(&view);
		print_node(settings, &target, i, &errors[i]);
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
			.summary =
				"Nodes, roles, versions, floating IPs, services.\n"
				"A service with ! before its name is not active. -v adds the line that tells the role, and the connections.",
			.notes =
				"Exit status: 0 one primary and every other node can take over, 1 not so, 2 usage or environment.",
		},
	.minimum = 1,
	.maximum = 1,
	.run = status,
};
