/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks that need no more than a node's facts: what the engine relies on all along. */
#include <inttypes.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/check/named_checks.h"
#include "orchestrator/node/packager.h"

/* The bundle's packages must be of the kind that the nodes' package manager takes. */
void check_packages(struct check_context *context)
{
	const struct bundle *bundle = context->target->bundle;
	const struct profile *profile = context->nodes->cluster->profile;
	size_t wrong = 0;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i];

		if (package->package.format == packager_of(profile)->format)
			continue;
		wrong++;
		check_fix(checks_add(context->checks, CHECK_PACKAGES, PLAN_NO_NODE, CHECK_FAIL,
				  "%s is not for %s, the package_manager of profile %s",
				  package->file, profile_packager_name(profile->packager),
				  profile->name),
			"use the bundle that was made for these nodes");
	}
	if (!wrong)
		checks_add(context->checks, CHECK_PACKAGES, PLAN_NO_NODE, CHECK_PASS,
			"%zu packages for %s", bundle->package_count,
			profile_packager_name(profile->packager));
}

void check_reachable(struct check_context *context)
{
	const struct cluster *cluster = context->nodes->cluster;

	for (size_t i = 0; i < cluster->node_count; i++) {
		if (context->nodes->items[i].facts.boot)
			checks_add(context->checks, CHECK_REACHABLE, (int)i, CHECK_PASS,
				"ssh works, the host key is the known one");
		else
			check_fix(checks_add(context->checks, CHECK_REACHABLE, (int)i, CHECK_FAIL,
					  "%s", error_text(&context->errors[i])),
				"try it by hand from here: ssh %s true", cluster->nodes[i].address);
	}
}

void check_privilege(struct check_context *context, size_t node)
{
	const struct facts *facts = &context->nodes->items[node].facts;

	if (facts->user == 0)
		checks_add(context->checks, CHECK_PRIVILEGE, (int)node, CHECK_PASS,
			"commands run as root");
	else
		check_fix(checks_add(context->checks, CHECK_PRIVILEGE, (int)node, CHECK_FAIL,
				  "commands run as user id %" PRIu64 ", not as root", facts->user),
			"log in as root, or let the user run sudo there (sudo in the cluster file's ssh section)");
}

enum check_outcome check_unless_rollback(const struct check_context *context)
{
	return context->target->kind == PLAN_ROLLBACK ? CHECK_WARN : CHECK_FAIL;
}

void check_services(struct check_context *context, size_t node)
{
	const struct facts *facts = &context->nodes->items[node].facts;
	CLEANUP(cleanup_text) struct text text = {0};
	const char *missing = NULL;
	enum check_outcome outcome =
		facts_services_active(facts) ? CHECK_PASS : check_unless_rollback(context);
	struct check *check;

	for (size_t i = 0; i < facts->service_count; i++) {
		text_appendf(&text, "%s%s %s", i ? ", " : "", facts->services[i].name,
			facts->services[i].active ? "active" : "NOT ACTIVE");
		if (!facts->services[i].active && !missing)
			missing = facts->services[i].name;
	}
	check = checks_add(context->checks, CHECK_SERVICES, (int)node, outcome, "%s",
		facts->service_count ? text_string(&text) : "the node names none");
	if (outcome != CHECK_PASS)
		check_fix(check, "see why on %s: systemctl status %s",
			check_node_name(context, node), missing ?: "SERVICE");
}

void check_role(struct check_context *context, size_t node)
{
	const struct facts *facts = &context->nodes->items[node].facts;
	const char *source = facts_role_source(context->nodes->cluster->profile);
	struct check *check;
	char line[256];

	text_printable(line, sizeof(line), facts->role_line);
	if (facts->role != ROLE_UNKNOWN) {
		check = checks_add(context->checks, CHECK_ROLE, (int)node, CHECK_PASS,
			"%s since this boot (%s)", plan_role_name(facts->role), source);
	} else {
		check = checks_add(context->checks, CHECK_ROLE, (int)node,
			check_unless_rollback(context),
			"unknown: no role line from this boot in what %s says: %s%s%s", source,
			facts->role_trouble, line[0] ? ": " : "", line);
		check_fix(check, "see on %s why the cluster software tells no role",
			check_node_name(context, node));
	}
	check_evidence(check, source, facts->role_line);
}

/* A bundle must not take a node back: that is what a rollback is for. */
void check_versions(struct check_context *context, size_t node)
{
	const struct target *target = context->target;
	CLEANUP(cleanup_free) char *versions = nodes_versions(context->nodes, node);
	size_t installed = 0;

	for (size_t i = 0; i < target->bundle->package_count; i++) {
		const struct bundle_package *package = &target->bundle->packages[i];
		const struct facts_package *there =
			nodes_installed(context->nodes, node, package->package.name);

		if (!there)
			continue;
		installed++;
		if (target->kind != PLAN_ROLLBACK && package_compare_evr(package->package.format,
							     package->package.evr, there->evr) < 0)
			check_fix(
				checks_add(context->checks, CHECK_VERSIONS, (int)node, CHECK_FAIL,
					"%s in the bundle is older than the installed %s-%s; use a newer bundle",
					package->package.nevra, there->name, there->evr),
				"use a newer bundle, or `haupgrade rollback` to go back");
	}
	if (target->kind != PLAN_BOOTSTRAP && !installed)
		check_fix(
			checks_add(context->checks, CHECK_VERSIONS, (int)node, CHECK_FAIL,
				"none of the bundle's packages is installed; bootstrap comes first"),
			"haupgrade bootstrap %s %s", context->nodes->cluster->file,
			target->bundle->path);
	else if (target->kind == PLAN_BOOTSTRAP)
		checks_add(context->checks, CHECK_VERSIONS, (int)node, CHECK_PASS,
			"%zu of the bundle's packages installed", installed);
	else
		checks_add(context->checks, CHECK_VERSIONS, (int)node, CHECK_PASS, "%s", versions);
}

/*
 * The newest role line stays when the services that wrote it have died. In a rollback that is no
 * claim any more; in an upgrade such a node is in nobody's plan.
 */
static bool claims_primary(const struct check_context *context, size_t node)
{
	const struct node_view view = target_node_view(context->target, node);

	return view.role == ROLE_PRIMARY &&
	       (view.services_active || context->target->kind != PLAN_ROLLBACK);
}

void check_one_primary(struct check_context *context)
{
	CLEANUP(cleanup_text) struct text names = {0};
	size_t primaries = 0;

	for (size_t i = 0; i < context->nodes->cluster->node_count; i++)
		if (claims_primary(context, i))
			text_appendf(&names, "%s%s", primaries++ ? ", " : "",
				check_node_name(context, i));
	if (primaries == 1)
		checks_add(context->checks, CHECK_ONE_PRIMARY, PLAN_NO_NODE, CHECK_PASS, "%s",
			text_string(&names));
	else if (context->target->kind == PLAN_ROLLBACK && !target_is_served(context->target) &&
		 !primaries)
		check_fix(
			checks_add(context->checks, CHECK_ONE_PRIMARY, PLAN_NO_NODE, CHECK_WARN,
				"no node serves, so there is nobody to interrupt: the first node goes back though no other could take over, and the probe's budgets do not hold this rollback"),
			"haupgrade status %s", context->nodes->cluster->file);
	else
		check_fix(checks_add(context->checks, CHECK_ONE_PRIMARY, PLAN_NO_NODE,
				  primaries ? CHECK_FAIL : check_unless_rollback(context),
				  "%zu nodes are primary, exactly one must be%s%s", primaries,
				  primaries ? ": " : "", text_string(&names)),
			"haupgrade status %s", context->nodes->cluster->file);
}

void check_floating_ip(struct check_context *context)
{
	size_t holders = 0, wrong = 0;

	for (size_t i = 0; i < context->nodes->cluster->node_count; i++) {
		struct node_view view = target_node_view(context->target, i);

		holders += view.holds_floating_ip;
		wrong += view.holds_all != (target_role(context->target, i) == ROLE_PRIMARY);
	}
	if (holders == 1 && wrong == 0)
		checks_add(context->checks, CHECK_FLOATING_IP, PLAN_NO_NODE, CHECK_PASS,
			"held by the primary alone (%zu holder)", holders);
	else
		check_fix(
			checks_add(context->checks, CHECK_FLOATING_IP, PLAN_NO_NODE,
				holders > 1 ? CHECK_FAIL : check_unless_rollback(context),
				"%zu nodes hold floating IPs; the primary, and nobody else, must hold all of them",
				holders),
			"haupgrade status %s", context->nodes->cluster->file);
}

/* A probe that asks at the wrong place would watch over nothing. */
void check_service(struct check_context *context)
{
	enum { PAUSE_MS = 50 };
	const struct cluster_probe *given = &context->nodes->cluster->probe;
	struct probe *probe = context->wishes->probe;
	uint32_t rate = given->rate ? given->rate : 1;
	uint64_t until =
		clock_monotonic_ms() + given->timeout_ms + 1000 + (PROBE_ANSWERS + 1) * 1000 / rate;
	uint64_t since_us = clock_monotonic_us();
	struct tally_summary summary = {0};

	if (!probe) {
		checks_add(context->checks, CHECK_SERVICE, PLAN_NO_NODE, CHECK_UNLOOKED,
			"nobody asks: the cluster file has no probe");
		return;
	}
	while (!probe_answers(probe, since_us, NULL) && clock_monotonic_ms() < until &&
		!*context->nodes->cancel)
		clock_sleep_ms(PAUSE_MS);
	probe_snapshot(probe, &summary);
	if (!probe_answers(probe, since_us, NULL))
		check_fix(
			checks_add(context->checks, CHECK_SERVICE, PLAN_NO_NODE,
				check_unless_rollback(context),
				"the probe got no good answers from %s: %s; is the address in the probe block right?",
				given->url ? given->url : given->host,
				summary.last_error[0] ? summary.last_error : "no answer in time"),
			"see the probe block of %s", context->nodes->cluster->file);
	else
		checks_add(context->checks, CHECK_SERVICE, PLAN_NO_NODE, CHECK_PASS,
			"answers requests from outside (%" PRIu64 " so far, %" PRIu64 " failed)",
			summary.answered, summary.failed);
}
