/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of checks, and the order in which they are made. */
#include "orchestrator/check/preflight.h"

#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/check/named_checks.h"
#include "orchestrator/node/target.h"

/* When a check can be made. */
enum stage {
	STAGE_BEFORE,	 /* nothing needs to be known of the nodes */
	STAGE_ASKED,	 /* of every node that answered, or of what is known of all */
	STAGE_CONDITION, /* of every node whose condition is known */
	STAGE_COMPLETE,	 /* only when every node answered */
	/* Only when nothing failed: it would say nothing useful where plain facts are wrong. */
	STAGE_GOOD,
};

/* In the order they are shown; what takes long comes last. */
static const struct {
	enum check_kind kind;
	enum stage stage;
	bool fresh; /* also before a first installation */
	check_node *node;
	check_cluster *cluster;
} table[] = {
	{CHECK_PACKAGES, STAGE_BEFORE, true, NULL, check_packages},
	{CHECK_SIGNATURES, STAGE_BEFORE, false, NULL, check_signatures},
	{CHECK_PREVIOUS_RUN, STAGE_BEFORE, false, NULL, check_previous_run},
	{CHECK_REACHABLE, STAGE_ASKED, true, NULL, check_reachable},
	{CHECK_PRIVILEGE, STAGE_ASKED, true, check_privilege, NULL},
	{CHECK_CONDITION, STAGE_ASKED, true, check_condition, NULL},
	{CHECK_CLOCK_SKEW, STAGE_CONDITION, true, check_clock_skew, NULL},
	{CHECK_LEASE, STAGE_ASKED, false, NULL, check_lease},
	{CHECK_SERVICES, STAGE_ASKED, false, check_services, NULL},
	{CHECK_ROLE, STAGE_ASKED, false, check_role, NULL},
	{CHECK_VERSIONS, STAGE_ASKED, true, check_versions, NULL},
	{CHECK_ONE_PRIMARY, STAGE_COMPLETE, false, NULL, check_one_primary},
	{CHECK_FLOATING_IP, STAGE_COMPLETE, false, NULL, check_floating_ip},
	{CHECK_BACKUP_READY, STAGE_COMPLETE, false, NULL, check_backup_ready},
	{CHECK_SPACE_VAR, STAGE_CONDITION, true, check_space_var, NULL},
	{CHECK_SPACE_BOOT, STAGE_CONDITION, true, check_space_boot, NULL},
	{CHECK_SPACE_DATABASE, STAGE_CONDITION, true, check_space_database, NULL},
	{CHECK_PENDING_TRANSACTIONS, STAGE_CONDITION, false, check_pending_transactions, NULL},
	{CHECK_LEFTOVER_JOBS, STAGE_CONDITION, false, check_leftover_jobs, NULL},
	{CHECK_UNITS, STAGE_CONDITION, false, check_units, NULL},
	{CHECK_BOOT_SERVICES, STAGE_CONDITION, false, check_boot_services, NULL},
	{CHECK_REBOOT_PENDING, STAGE_CONDITION, false, check_reboot_pending, NULL},
	{CHECK_CONFIG_DRIFT, STAGE_COMPLETE, false, NULL, check_config_drift},
	{CHECK_SERVICE, STAGE_ASKED, false, NULL, check_service},
	{CHECK_TRANSACTION, STAGE_GOOD, true, NULL, check_transaction},
	{CHECK_WAY_BACK, STAGE_GOOD, false, NULL, check_way_back},
};

static bool is_due(const struct check_context *context, enum stage stage)
{
	switch (stage) {
	case STAGE_BEFORE:
	case STAGE_ASKED:
	case STAGE_CONDITION:
		return true;
	case STAGE_COMPLETE:
		for (size_t i = 0; i < context->nodes->cluster->node_count; i++)
			if (!context->nodes->items[i].facts.boot)
				return false;
		return true;
	case STAGE_GOOD:
		waiver_apply(context->checks, context->wishes->waivers);
		return checks_passed(context->checks);
	}
	return false;
}

static void make(struct check_context *context, size_t entry)
{
	if (table[entry].cluster)
		table[entry].cluster(context);
	for (size_t i = 0; table[entry].node && i < context->nodes->cluster->node_count; i++)
		if (context->nodes->items[i].facts.boot &&
			(table[entry].stage != STAGE_CONDITION || context->conditions[i].is_known))
			table[entry].node(context, i);
}

enum { CONDITION_DEADLINE_MS = 30000 };

static int ask_condition(
	const struct target *target, size_t node, struct condition *condition, struct error *err)
{
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free) char *folder = target_folder(target->bundle_digest), *line = NULL;
	struct session_command command = {.deadline_ms = CONDITION_DEADLINE_MS};
	const struct cluster *cluster = target->nodes->cluster;
	const char *name = cluster->nodes[node].name;
	uint64_t asked_us = clock_wall_us();
	int status = condition_command(cluster, folder, &line, err);

	if (status < 0)
		return status;
	command.line = line;
	status = link_expect(
		&target->nodes->items[node].link, "ask for its condition", &command, &result, err);
	if (status < 0)
		return status;
	status = condition_parse(
		result.output, result.output_length, cluster->files.count, condition, err);
	condition->asked_us = asked_us;
	condition->answered_us = clock_wall_us();
	return status < 0 ? error_prefix(err, "%s: its condition", name) : 0;
}

static int ask(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	struct check_context *context = data;
	int result;

	facts_clear(&nodes->items[node].facts);
	result = nodes_ask(nodes, (int)node, true, err);
	return result < 0 ? result
			  : ask_condition(context->target, node, &context->conditions[node], err);
}

static int verdict(const struct cluster *cluster, struct checks *checks,
	const struct waivers *waivers, struct error *err)
{
	const struct check *failed;

	waiver_apply(checks, waivers);
	failed = checks_first_failure(checks);
	if (!failed)
		return 0;
	return error_set(err, EPERM, "%s: %s: %s",
		failed->node == PLAN_NO_NODE ? cluster->name : cluster->nodes[failed->node].name,
		check_name(failed->kind), failed->text);
}

int preflight(const struct target *target, const struct preflight_wishes *wishes,
	struct checks *checks, struct error *err)
{
	static const struct preflight_wishes none;
	struct check_context context = {
		.nodes = target->nodes,
		.target = target,
		.wishes = wishes ? wishes : &none,
		.checks = checks,
	};

	nodes_each(target->nodes, ask, &context, context.errors, NULL);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if ((table[i].fresh || target->kind != PLAN_BOOTSTRAP) &&
			is_due(&context, table[i].stage))
			make(&context, i);
	for (size_t i = 0; i < target->nodes->count; i++)
		condition_clear(&context.conditions[i]);
	cluster_release_errors(&context.errors);
	return verdict(target->nodes->cluster, checks, context.wishes->waivers, err);
}
