/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which steps lead a cluster from here to the bundle's versions. */
#include "orchestrator/plan/plan.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name, *title;
} kinds[STEP_KIND_COUNT] = {
	[STEP_VERIFY] = {"verify", "verify the bundle"},
	[STEP_PREFLIGHT] = {"preflight", "preflight"},
	[STEP_UPLOAD] = {"upload", "upload the packages"},
	[STEP_STOP] = {"stop", "stop the services"},
	[STEP_INSTALL] = {"install", "install the packages"},
	[STEP_REBOOT] = {"reboot", "reboot, seen down"},
	[STEP_RETURN] = {"return", "up with a new boot identity"},
	[STEP_SERVICES] = {"services", "versions and services"},
	[STEP_ROLE] = {"role", "back as backup"},
	[STEP_FAILOVER] = {"failover", "fail over"},
	[STEP_REHEARSE] = {"rehearse", "rehearsal: fail over"},
	[STEP_RESTORE] = {"restore", "rehearsal: and back"},
	[STEP_PROPAGATE] = {"propagate", "propagate the files"},
	[STEP_START] = {"start", "start the services"},
	[STEP_FINAL] = {"final", "final check"},
};

const char *plan_kind_name(enum plan_kind kind)
{
	static const char *const names[] = {
		[PLAN_UPGRADE] = "upgrade",
		[PLAN_ROLLBACK] = "rollback",
		[PLAN_BOOTSTRAP] = "bootstrap",
	};

	return names[kind];
}

enum plan_kind plan_kind_of(const char *name)
{
	enum plan_kind kind = PLAN_UPGRADE;

	while (kind < PLAN_KIND_COUNT && strcmp(plan_kind_name(kind), name) != 0)
		kind++;
	return kind;
}

const char *plan_step_name(enum step_kind kind)
{
	return kind < STEP_KIND_COUNT ? kinds[kind].name : "unknown";
}

const char *plan_step_title(enum step_kind kind)
{
	return kind < STEP_KIND_COUNT ? kinds[kind].title : "unknown";
}

enum step_kind plan_step_kind(const char *name)
{
	unsigned int kind;

	for (kind = 0; kind < STEP_KIND_COUNT; kind++) {
		if (strcmp(kinds[kind].name, name) == 0)
			break;
	}
	return (enum step_kind)kind;
}

bool plan_step_moves_address(enum step_kind kind)
{
	return kind == STEP_FAILOVER || kind == STEP_REHEARSE || kind == STEP_RESTORE;
}

const char *plan_role_name(enum role role)
{
	switch (role) {
	case ROLE_PRIMARY:
		return "primary";
	case ROLE_BACKUP:
		return "backup";
	case ROLE_UNKNOWN:
		break;
	}
	return "unknown";
}

static void add(struct plan *plan, enum step_kind kind, int node)
{
	plan->steps[plan->count++] = (struct step){.kind = kind, .node = node};
}

static void add_node_upgrade(struct plan *plan, int node, enum step_kind last)
{
	unsigned int kind;

	for (kind = STEP_STOP; kind <= last; kind++)
		add(plan, (enum step_kind)kind, node);
}

static void add_nodes(struct plan *plan, const struct plan_node *nodes, size_t count,
	enum role role, enum step_kind last)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (nodes[i].needs_upgrade && nodes[i].role == role)
			add_node_upgrade(plan, (int)i, last);
	}
}

static bool has_broken_one(const struct plan_node *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (nodes[i].needs_upgrade && nodes[i].role == ROLE_UNKNOWN)
			return true;
	}
	return false;
}

/* *primary: PLAN_NO_NODE when nobody serves and the plan may begin nevertheless. */
static int primary_find(enum plan_kind kind, const struct plan_node *nodes, size_t count,
	int *primary, struct error *err)
{
	size_t i, primaries = 0, backups = 0;

	for (i = 0; i < count; i++) {
		if (nodes[i].role == ROLE_PRIMARY) {
			primaries++;
			*primary = (int)i;
		}
		backups += nodes[i].role == ROLE_BACKUP;
	}
	/* There is nobody to interrupt, and the way back is what may bring somebody. */
	if (kind == PLAN_ROLLBACK && primaries == 0 && has_broken_one(nodes, count))
		return 0;
	if (primaries != 1)
		return error_set(err, EINVAL,
			"%zu nodes are primary, exactly one must be: see haupgrade status",
			primaries);
	if (kind == PLAN_UPGRADE && primaries + backups != count)
		return error_set(err, EINVAL,
			"%zu nodes are neither primary nor backup: bring them back first",
			count - primaries - backups);
	return 0;
}

static int make_bootstrap(
	const struct plan_node *nodes, size_t count, struct plan *plan, struct error *err)
{
	struct plan made = {.node_count = count};
	bool served = false;

	if (count < 2 || count > PLAN_NODES_MAX)
		return error_set(
			err, EINVAL, "%zu nodes: a cluster needs 2 to %d", count, PLAN_NODES_MAX);
	for (size_t i = 0; i < count; i++)
		served |= nodes[i].role != ROLE_UNKNOWN;
	for (size_t i = 0; i < count && served; i++) {
		if (nodes[i].needs_upgrade)
			return error_set(err, EPERM,
				"node %zu lacks packages of the bundle, and another node serves already: a first installation touches no cluster that serves",
				i + 1);
	}
	if (!served) {
		add(&made, STEP_VERIFY, PLAN_NO_NODE);
		add(&made, STEP_PREFLIGHT, PLAN_NO_NODE);
		add(&made, STEP_UPLOAD, PLAN_NO_NODE);
		for (size_t i = 0; i < count; i++) {
			add(&made, STEP_STOP, (int)i);
			add(&made, STEP_INSTALL, (int)i);
		}
		add(&made, STEP_PROPAGATE, PLAN_NO_NODE);
	}
	for (size_t i = 0; i < count; i++)
		add(&made, STEP_START, (int)i);
	add(&made, STEP_FINAL, PLAN_NO_NODE);
	*plan = made;
	return 0;
}

int plan_make(enum plan_kind kind, const struct plan_node *nodes, size_t count, struct plan *plan,
	struct error *err)
{
	struct plan made = {.node_count = count};
	int primary = PLAN_NO_NODE, result;
	size_t i, work = 0;

	if (kind == PLAN_BOOTSTRAP)
		return make_bootstrap(nodes, count, plan, err);
	if (count < 2 || count > PLAN_NODES_MAX)
		return error_set(err, EINVAL, "%zu nodes: a rolling upgrade needs 2 to %d", count,
			PLAN_NODES_MAX);
	result = primary_find(kind, nodes, count, &primary, err);
	if (result < 0)
		return result;
	for (i = 0; i < count; i++)
		work += nodes[i].needs_upgrade;
	if (work) {
		add(&made, STEP_VERIFY, PLAN_NO_NODE);
		add(&made, STEP_PREFLIGHT, PLAN_NO_NODE);
		add(&made, STEP_UPLOAD, PLAN_NO_NODE);
		/*
		 * Only a rollback has such nodes: broken ones, on which nobody depends. Where
		 * nobody serves, any of them may come up as primary.
		 */
		add_nodes(&made, nodes, count, ROLE_UNKNOWN,
			primary == PLAN_NO_NODE ? STEP_SERVICES : STEP_ROLE);
		add_nodes(&made, nodes, count, ROLE_BACKUP, STEP_ROLE);
		if (primary != PLAN_NO_NODE && nodes[primary].needs_upgrade) {
			add(&made, STEP_FAILOVER, primary);
			add_node_upgrade(&made, primary, STEP_ROLE);
		}
		add(&made, STEP_FINAL, PLAN_NO_NODE);
	}
	*plan = made;
	return 0;
}

void plan_rehearse(struct plan *plan, int primary)
{
	size_t at = 0;

	while (at < plan->count && plan->steps[at].kind != STEP_UPLOAD)
		at++;
	if (at == plan->count || plan->count + 2 > PLAN_STEPS_MAX)
		return;
	memmove(&plan->steps[at + 2], &plan->steps[at],
		(plan->count - at) * sizeof(plan->steps[0]));
	plan->steps[at] = (struct step){.kind = STEP_REHEARSE, .node = primary};
	plan->steps[at + 1] = (struct step){.kind = STEP_RESTORE, .node = primary};
	plan->count += 2;
}
