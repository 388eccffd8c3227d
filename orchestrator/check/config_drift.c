/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the configuration files the same on all nodes? Pure. */
#include <string.h>

#include "orchestrator/check/named_checks.h"

/* A node whose file is not that of the first one whose condition is known, or is missing. */
static bool find_odd(const struct check_context *context, size_t file, size_t *first, size_t *odd)
{
	size_t count = context->nodes->cluster->node_count;
	bool found = false;

	for (size_t n = 0; n < count; n++) {
		const struct condition *condition = &context->conditions[n];

		if (!condition->is_known)
			continue;
		if (!found) {
			*first = n;
			found = true;
		} else if (strcmp(condition->digests[file],
				   context->conditions[*first].digests[file]) != 0) {
			*odd = n;
			return true;
		}
	}
	return false;
}

static const char *difference(const char *first, const char *odd)
{
	if (!odd[0])
		return "is missing, but is on";
	return first[0] ? "is not the same as on" : "is there, but not on";
}

/* How many there are. */
static size_t tell_unknown_nodes(struct check_context *context, size_t compared)
{
	size_t unknown = 0;

	for (size_t n = 0; n < context->nodes->cluster->node_count; n++) {
		if (context->conditions[n].is_known)
			continue;
		unknown++;
		checks_add(context->checks, CHECK_CONFIG_DRIFT, (int)n, CHECK_UNLOOKED,
			"whether its %zu configuration files are those of the other nodes was not looked at: the node's condition is not known",
			compared);
	}
	return unknown;
}

void check_config_drift(struct check_context *context)
{
	const struct file_list *files = &context->nodes->cluster->files;
	size_t first = 0, odd = 0, compared = 0, drifted = 0, unknown = 0;

	for (size_t f = 0; f < files->count; f++) {
		const struct file_entry *entry = &files->items[f];

		/* What is filled in for each node differs as it should: propagate compares it. */
		if (entry->is_template == FILE_YES)
			continue;
		compared++;
		if (!find_odd(context, f, &first, &odd))
			continue;
		drifted++;
		check_fix(checks_add(context->checks, CHECK_CONFIG_DRIFT, (int)odd, CHECK_WARN,
				  "%s %s %s", entry->target,
				  difference(context->conditions[first].digests[f],
					  context->conditions[odd].digests[f]),
				  check_node_name(context, first)),
			"see what differs: haupgrade propagate --check %s",
			context->nodes->cluster->file);
	}
	if (compared)
		unknown = tell_unknown_nodes(context, compared);
	if (!drifted && !unknown && compared)
		checks_add(context->checks, CHECK_CONFIG_DRIFT, PLAN_NO_NODE, CHECK_PASS,
			"%zu configuration files are the same on all nodes", compared);
	else if (!compared)
		checks_add(context->checks, CHECK_CONFIG_DRIFT, PLAN_NO_NODE, CHECK_UNLOOKED,
			"the cluster has no files that are to be the same everywhere");
}
