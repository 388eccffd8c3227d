/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts what a run stopped on a node and nobody will start any more. */
#include "orchestrator/run/start_again.h"

#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/node/installation.h"
#include "orchestrator/node/start.h"
#include "orchestrator/step/step.h"

enum { INSTALLATION_MS = 60000, LOOK_MS = 500 };

static int await_installation(struct run *run, int node, struct error *err)
{
	const struct job_patience patience = {.until_ms = clock_monotonic_ms() + INSTALLATION_MS};
	int result = installation_await(&run->nodes.items[node].link, run->job, &patience, err);

	return result == -EBUSY
		       ? error_set(err, EBUSY, "%s, so the services stay stopped", error_text(err))
		       : result;
}

/* One in a state of its own, two instances of one, or none at all. */
static int check_packages(const struct run *run, int node, struct error *err)
{
	const struct facts *facts = &run->nodes.items[node].facts;
	const char *name = run->nodes.cluster->nodes[node].name;

	for (size_t i = 0; i < facts->package_count; i++) {
		const struct facts_package *package = &facts->packages[i];

		if (package->state[0])
			return error_set(err, EBADMSG,
				"%s: package %s is %s, so the services stay stopped", name,
				package->name, package->state);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(facts->packages[j].name, package->name) == 0 &&
				strcmp(facts->packages[j].arch, package->arch) == 0)
				return error_set(err, EBADMSG,
					"%s: package %s is installed twice, as after an interrupted installation, so the services stay stopped",
					name, package->name);
		}
	}
	if (!facts->package_count)
		return error_set(err, EBADMSG,
			"%s: none of the profile's packages is installed, so the services stay stopped",
			name);
	return 0;
}

static int await_services(struct run *run, int node, struct error *err)
{
	uint64_t until_ms = clock_monotonic_ms() + run->nodes.cluster->deadlines.services;

	for (;;) {
		int result = nodes_ask(&run->nodes, node, true, err);

		if (result < 0 && !link_may_recover(result))
			return result;
		if (result == 0 && facts_own_active(&run->nodes.items[node].facts))
			return 1;
		if (*run->nodes.cancel)
			return error_set(err, ECANCELED, "%s: cancelled",
				run->nodes.cluster->nodes[node].name);
		if (clock_monotonic_ms() > until_ms)
			return error_set(err, ETIME,
				"%s: the services were told to start, but do not run after %llu s; look at their logs there",
				run->nodes.cluster->nodes[node].name,
				(unsigned long long)run->nodes.cluster->deadlines.services / 1000);
		clock_sleep_ms(LOOK_MS);
	}
}

/* Not only as far as is known. */
static bool is_as_before(const struct run *run, size_t node)
{
	const char *versions = run->target.before[node];

	return versions && versions[0] && run->nodes.items[node].facts.package_count &&
	       !target_was_changed(&run->target, node);
}

int start_again_node(struct run *run, int node, struct error *err)
{
	int result = nodes_ask(&run->nodes, node, true, err);

	/* Some of them may run: a stop that was interrupted, a fail-over that stops but one. */
	if (result == 0 && facts_own_active(&run->nodes.items[node].facts))
		return 0;
	if (result == 0)
		result = await_installation(run, node, err);
	/* What it changed is in facts asked for after it. */
	if (result == 0)
		result = nodes_ask(&run->nodes, node, true, err);
	if (result == 0)
		result = check_packages(run, node, err);
	if (result == 0 && is_as_before(run, (size_t)node))
		result = step_unmark(run, node, err);
	if (result < 0)
		return result;
	run_note_start(run, node, "the run that stopped them has ended");
	result = node_start(
		&run->nodes.items[node].link, run->nodes.cluster->deadlines.services, err);
	/* One that runs already may complain: whether they run decides. */
	return result < 0 && result != -EREMOTEIO ? result : await_services(run, node, err);
}
