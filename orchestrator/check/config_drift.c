/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the configuration files the same on all nodes? Pure. */
#include <string.h>

#include "orchestrator/check/named_checks.h"

/* A node whose file is there and another one's, or is missing. */
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

void check_config_drift(struct check_context *context)
{
	const struct file_list *files = &context->nodes->cluster->files;
	size_t first = 0, odd = 0, compared = 0, drifted = 0;

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
				  "%s %s", entry->target,
				  context->conditions[odd].digests[f][0]
					  ? context->conditions[first].digests[f][0]
						    ? "is not the same as on the first node"
						    : "is there, but not on the first node"
					  : "is missing, but is on the first node"),
			"see what differs: haupgrade propagate --check %s",
			context->nodes->cluster->file);
	}
	if (!drifted && compared)
		checks_add(context->checks, CHECK_CONFIG_DRIFT, PLAN_NO_NODE, CHECK_PASS,
			"%zu configuration files are the same on all nodes", compared);
	else if (!drifted)
		checks_add(context->checks, CHECK_CONFIG_DRIFT, PLAN_NO_NODE, CHECK_UNLOOKED,
			"the cluster has no files that are to be the same everywhere");
}
