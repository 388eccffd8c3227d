/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be installed on the nodes, and what each of them lacks of it. */
#include "orchestrator/node/target.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/node/packager.h"

void target_init(struct target *target, struct nodes *nodes, struct bundle *bundle)
{
	*target = (struct target){.nodes = nodes, .bundle = bundle};
}

void target_clear(struct target *target)
{
	for (size_t i = 0; i < CLUSTER_NODES_MAX; i++) {
		free(target->before[i]);
		free(target->goal[i]);
	}
	bundle_free(target->bundle);
	bundle_free(target->previous);
	*target = (struct target){0};
}

struct node_view target_node_view(const struct target *target, size_t node)
{
	const struct facts *facts = &target->nodes->items[node].facts;
	size_t held = facts_count_addresses(facts, &target->nodes->cluster->floating_ips);

	return (struct node_view){
		.name = target->nodes->cluster->nodes[node].name,
		.reachable = facts->boot != NULL,
		.services_active = facts_services_active(facts),
		.services_stopped = facts->boot != NULL && facts_own_stopped(facts),
		.upgraded = facts->package_count > 0 && !target_needs_upgrade(target, node),
		.unbooted = facts->unbooted,
		.holds_floating_ip = held > 0,
		.holds_all = held > 0 && held == target->nodes->cluster->floating_ips.count,
		.role = facts->role,
	};
}

void target_view(const struct target *target, struct cluster_view *view)
{
	*view = (struct cluster_view){.node_count = target->nodes->count};
	for (size_t i = 0; i < view->node_count; i++)
		view->nodes[i] = target_node_view(target, i);
}

bool target_is_served(const struct target *target)
{
	for (size_t i = 0; i < target->nodes->count; i++) {
		const struct node_view view = target_node_view(target, i);

		if (view_serves(&view))
			return true;
	}
	return false;
}

enum role target_role(const struct target *target, size_t node)
{
	const struct node_view view = target_node_view(target, node);

	return target->kind == PLAN_ROLLBACK ? view_role(&view) : view.role;
}

/*
 * Compares every installed instance: after an interrupted transaction there can be two. One that is
 * not whole is taken for an older one.
 */
static bool installed_any(const struct target *target, size_t node,
	const struct bundle_package *package, bool (*wanted)(int comparison))
{
	const struct facts *facts = &target->nodes->items[node].facts;
	size_t i;

	for (i = 0; i < facts->package_count; i++) {
		const struct facts_package *there = &facts->packages[i];

		if (strcmp(there->name, package->package.name) != 0)
			continue;
		if (there->state[0] || wanted(package_compare_evr(package->package.format,
					       package->package.evr, there->evr)))
			return true;
	}
	return false;
}

static bool is_newer(int comparison)
{
	return comparison > 0;
}

static bool is_other(int comparison)
{
	return comparison != 0;
}

/* Is a package of that name among these? */
static bool lists_package(const struct target *target, const char *word, const char *name)
{
	const struct packager *packager = packager_of(target->nodes->cluster->profile);

	while (word && *word) {
		size_t length = strcspn(word, " ");

		if (packager_label_has(packager, word, length, name))
			return true;
		word += length;
		word += strspn(word, " ");
	}
	return false;
}

/*
 * A package that was there before the run and is not any more: a transaction went wrong. In a first
 * installation none was there, and all must be.
 */
static bool is_lost(const struct target *target, size_t node, const struct bundle_package *package)
{
	const char *name = package->package.name;

	return (target->kind == PLAN_BOOTSTRAP ||
		       lists_package(target, target->before[node], name) ||
		       lists_package(target, target->goal[node], name)) &&
	       !nodes_installed(target->nodes, node, name);
}

bool target_wants(const struct target *target, size_t node, const struct bundle_package *package)
{
	return installed_any(target, node, package,
		       target->kind == PLAN_ROLLBACK ? is_other : is_newer) ||
	       is_lost(target, node, package);
}

bool target_needs_upgrade(const struct target *target, size_t node)
{
	size_t i;

	for (i = 0; target->bundle && i < target->bundle->package_count; i++) {
		const struct bundle_package *package = &target->bundle->packages[i];

		if (installed_any(target, node, package, is_other) ||
			is_lost(target, node, package))
			return true;
	}
	return false;
}

bool target_was_changed(const struct target *target, size_t node)
{
	CLEANUP(cleanup_free) char *now = NULL;

	if (!target->before[node] || !target->before[node][0] ||
		!target->nodes->items[node].facts.package_count)
		return false;
	now = nodes_versions(target->nodes, node);
	return strcmp(now, target->before[node]) != 0;
}

char *target_folder(const char *digest)
{
	return text_format("/var/lib/haupgrade/bundles/%.16s", digest);
}
