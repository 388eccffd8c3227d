/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a run a first installation. */
#include "orchestrator/run/first_installation.h"

#include "lib/base/vector.h"

/* Facts are asked of the profile's packages only; here all of the bundle's count. */
static void cover_bundle(struct cluster *cluster, const struct bundle *bundle)
{
	struct word_list *list = &cluster->profile->packages;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const char *name = bundle->packages[i].package.name;

		if (profile_has_package(cluster->profile, name))
			continue;
		/* The NULL behind the last moves on: the list is an argv too. */
		list->items = vector_resize(list->items, list->count + 2, sizeof(*list->items));
		list->items[list->count++] = text_copy(name);
		list->items[list->count] = NULL;
	}
}

enum outcome first_installation_arm(struct execution *execution)
{
	struct run_context *run = &execution->run;
	const enum outcome outcome =
		inputs_files(execution->process, execution->cluster, &execution->set);

	if (outcome != OUTCOME_DONE)
		return outcome;
	cover_bundle(execution->cluster, run->target.bundle);
	run->target.kind = PLAN_BOOTSTRAP;
	propagate_init(&execution->propagate, &run->nodes, execution->set);
	execution->propagate.listener = execution->teller->files;
	run->propagate = &execution->propagate;
	return OUTCOME_DONE;
}

struct execution_goal first_installation_goal(void)
{
	return (struct execution_goal){.kind = PLAN_BOOTSTRAP, .done = "the cluster serves"};
}
