/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks that need no more than a node's facts: what the engine relies on all along. */
#include <inttypes.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/check/look.h"
#include "orchestrator/node/packager.h"

/* The bundle's packages must be of the kind that the nodes' package manager takes. */
void look_packages(struct look *look)
{
	const struct bundle *bundle = look->target->bundle;
	const struct profile *profile = look->nodes->cluster->profile;
	size_t wrong = 0;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i];

		if (package->package.format == packager_of(profile)->format)
			continue;
		wrong++;
		check_fix(checks_add(look->checks, CHECK_PACKAGES, PLAN_NO_NODE, CHECK_FAIL,
				  "%s is not for %s, the package_manager of profile %s",
				  package->file, profile_packager_name(profile->packager),
				  profile->name),
			"use the bundle that was made for these nodes");
	}
	if (!wrong)
		checks_add(look->checks, CHECK_PACKAGES, PLAN_NO_NODE, CHECK_PASS,
			"%zu packages for %s", bundle->package_count,
			profile_packager_name(profile->packager));
}

void look_reachable(struct look *look)
{
	const struct cluster *cluster = look->nodes->cluster;

	for (size_t i = 0; i < cluster->node_count; i++) {
		if (look->nodes->items[i].facts.boot)
			checks_add(look->checks, CHECK_REACHABLE, (int)i, CHECK_PASS,
				"ssh works, the host key is the known one");
		else
			check_fix(checks_add(look->checks, CHECK_REACHABLE, (int)i, CHECK_FAIL,
					  "%s", error_text(&look->errors[i])),
				"try it by hand from here: ssh %s true", cluster->nodes[i].address);
	}
}

void look_privilege(struct look *look, size_t node)
{
	const struct facts *facts = &look->nodes->items[node].facts;

	if (facts->user == 0)
		checks_add(look->checks, CHECK_PRIVILEGE, (int)node, CHECK_PASS,
			"commands run as root");
	else
		check_fix(checks_add(look->checks, CHECK_PRIVILEGE, (int)node, CHECK_FAIL,
				  "commands run as user id %" PRIu64 ", not as root", facts->user),
			"log in as root, or let the user run sudo there (sudo in the cluster file's ssh section)");
}

enum check_outcome look_unless_rollback(const struct look *look)
{
	return look->target->kind == PLAN_ROLLBACK ? CHECK_WARN : CHECK_FAIL;
}

void look_services(struct look *look, size_t node)
{
	const struct facts *facts = &look->nodes->items[node].facts;
	CLEANUP(cleanup_text) struct text text = {0};
	const char *missing = NULL;
	enum check_outcome outcome =
		facts_services_active(facts) ? CHECK_PASS : look_unless_rollback(look);
	struct check *check;

	for (size_t i = 0; i < facts->service_count; i++) {
		text_appendf(&text, "%s%s %s", i ? ", " : "", facts->services[i].name,
			facts->services[i].active ? "active" : "NOT ACTIVE");
		if (!facts->services[i].active && !missing)
			missing = facts->services[i].name;
	}
	check = checks_add(look->checks, CHECK_SERVICES, (int)node, outcome, "%s",
		facts->service_count ? text_string(&text) : "the node names none");
	if (outcome != CHECK_PASS)
		check_fix(check, "see why on %s: systemctl status %s", look_name(look, node),
			missing ?: "SERVICE");
}

void look_role(struct look *look, size_t node)
{
	const struct facts *facts = &look->nodes->items[node].facts;
	const char *source = facts_role_source(look->nodes->cluster->profile);
	struct check *check;
	char line[256];

	text_printable(line, sizeof(line), facts->role_line);
	if (facts->role != ROLE_UNKNOWN) {
		check = checks_add(look->checks, CHECK_ROLE, (int)node, CHECK_PASS,
			"%s since this boot (%s)", plan_role_name(facts->role), source);
	} else {
		check = checks_add(look->checks, CHECK_ROLE, (int)node, look_unless_rollback(look),
			"unknown: no role line from this boot in what %s says: %s%s%s", source,
			facts->role_trouble, line[0] ? ": " : "", line);
		check_fix(check, "see on %s why the cluster software tells no role",
			look_name(look, node));
	}
	check_evidence(check, source, facts->role_line);
}

/* A bundle must not take a node back: that is what a rollback is for. */
void look_versions(struct look *look, size_t node)
{
	const struct target *target = look->target;
	CLEANUP(cleanup_free) char *versions = nodes_versions(look->nodes, node);
	size_t installed = 0;

	for (size_t i = 0; i < target->bundle->package_count; i++) {
		const struct bundle_package *package = &target->bundle->packages[i];
		const struct facts_package *there =
			nodes_installed(look->nodes, node, package->package.name);

		if (!there)
			continue;
		installed++;
		if (target->kind != PLAN_ROLLBACK && package_compare_evr(package->package.format,
							     package->package.evr, there->evr) < 0)
			check_fix(
				checks_add(look->checks, CHECK_VERSIONS, (int)node, CHECK_FAIL,
					"%s in the bundle is older than the installed %s-%s; use a newer bundle",
					package->package.nevra, there->name, there->evr),
				"use a newer bundle, or `haupgrade rollback` to go back");
	}
	if (target->kind != PLAN_BOOTSTRAP && !installed)
		check_fix(
			checks_add(look->checks, CHECK_VERSIONS, (int)node, CHECK_FAIL,
				"none of the bundle's packages is installed; bootstrap comes first"),
			"haupgrade bootstrap %s %s", look->nodes->cluster->file,
			target->bundle->path);
	else if (target->kind == PLAN_BOOTSTRAP)
		checks_add(look->checks, CHECK_VERSIONS, (int)node, CHECK_PASS,
			"%zu of the bundle's packages installed", installed);
	else
		checks_add(look->checks, CHECK_VERSIONS, (int)node, CHECK_PASS, "%s", versions);
}

/*
 * The newest role line stays when the services that wrote it have died. In a rollback that is no
 * claim any more; in an upgrade such a node is in nobody's plan.
 */
static bool claims_primary(const struct look *look, size_t node)
{
	const struct node_view view = target_node_view(look->target, node);

	return view.role == ROLE_PRIMARY &&
	       (view.services_active || look->target->kind != PLAN_ROLLBACK);
}

void look_one_primary(struct look *look)
{
	CLEANUP(cleanup_text) struct text names = {0};
	size_t primaries = 0;

	for (size_t i = 0; i < look->nodes->cluster->node_count; i++)
		if (claims_primary(look, i))
			text_appendf(&names, "%s%s", primaries++ ? ", " : "", look_name(look, i));
	if (primaries == 1)
		checks_add(look->checks, CHECK_ONE_PRIMARY, PLAN_NO_NODE, CHECK_PASS, "%s",
			text_string(&names));
	else if (look->target->kind == PLAN_ROLLBACK && !target_is_served(look->target) &&
		 !primaries)
		check_fix(
			checks_add(look->checks, CHECK_ONE_PRIMARY, PLAN_NO_NODE, CHECK_WARN,
				"no node serves, so there is nobody to interrupt: the first node goes back though no other could take over, and the probe's budgets do not hold this rollback"),
			"haupgrade status %s", look->nodes->cluster->file);
	else
		check_fix(checks_add(look->checks, CHECK_ONE_PRIMARY, PLAN_NO_NODE,
				  primaries ? CHECK_FAIL : look_unless_rollback(look),
				  "%zu nodes are primary, exactly one must be%s%s", primaries,
				  primaries ? ": " : "", text_string(&names)),
			"haupgrade status %s", look->nodes->cluster->file);
}

void look_floating_ip(struct look *look)
{
	size_t holders = 0, wrong = 0;

	for (size_t i = 0; i < look->nodes->cluster->node_count; i++) {
		struct node_view view = target_node_view(look->target, i);

		holders += view.holds_floating_ip;
		wrong += view.holds_all != (target_role(look->target, i) == ROLE_PRIMARY);
	}
	if (holders == 1 && wrong == 0)
		checks_add(look->checks, CHECK_FLOATING_IP, PLAN_NO_NODE, CHECK_PASS,
			"held by the primary alone (%zu holder)", holders);
	else
		check_fix(
			checks_add(look->checks, CHECK_FLOATING_IP, PLAN_NO_NODE,
				holders > 1 ? CHECK_FAIL : look_unless_rollback(look),
				"%zu nodes hold floating IPs; the primary, and nobody else, must hold all of them",
				holders),
			"haupgrade status %s", look->nodes->cluster->file);
}

/* A probe that asks at the wrong place would watch over nothing. */
void look_service(struct look *look)
{
	enum { PAUSE_MS = 50 };
	const struct cluster_probe *given = &look->nodes->cluster->probe;
	struct probe *probe = look->wishes->probe;
	uint32_t rate = given->rate ? given->rate : 1;
	uint64_t until =
		clock_monotonic_ms() + given->timeout_ms + 1000 + (PROBE_ANSWERS + 1) * 1000 / rate;
	uint64_t since_us = clock_monotonic_us();
	struct tally_summary summary = {0};

	if (!probe) {
		checks_add(look->checks, CHECK_SERVICE, PLAN_NO_NODE, CHECK_UNLOOKED,
			"nobody asks: the cluster file has no probe");
		return;
	}
	while (!probe_answers(probe, since_us, NULL) && clock_monotonic_ms() < until &&
		!*look->nodes->cancel)
		clock_sleep_ms(PAUSE_MS);
	probe_snapshot(probe, &summary);
	if (!probe_answers(probe, since_us, NULL))
		check_fix(
			checks_add(look->checks, CHECK_SERVICE, PLAN_NO_NODE,
				look_unless_rollback(look),
				"the probe got no good answers from %s: %s; is the address in the probe block right?",
				given->url ? given->url : given->host,
				summary.last_error[0] ? summary.last_error : "no answer in time"),
			"see the probe block of %s", look->nodes->cluster->file);
	else
		checks_add(look->checks, CHECK_SERVICE, PLAN_NO_NODE, CHECK_PASS,
			"answers requests from outside (%" PRIu64 " so far, %" PRIu64 " failed)",
			summary.answered, summary.failed);
}
