/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of steps, and what every step has in common. */
#include "orchestrator/step/step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"

static step_act *const acts[STEP_KIND_COUNT] = {
	[STEP_UPLOAD] = step_upload,
	[STEP_STOP] = step_stop,
	[STEP_INSTALL] = step_install,
	[STEP_REBOOT] = step_reboot,
	[STEP_RETURN] = step_return,
	[STEP_SERVICES] = step_services,
	[STEP_ROLE] = step_role,
	[STEP_FAILOVER] = step_failover,
	[STEP_REHEARSE] = step_rehearse,
	[STEP_RESTORE] = step_restore,
	[STEP_PROPAGATE] = step_propagate,
	[STEP_START] = step_start,
	[STEP_FINAL] = step_final,
};

enum step_result step_run(struct run_context *run, const struct step *step, bool may_act,
	struct text *evidence, struct error *err)
{
	return acts[step->kind](run, step->node, may_act, evidence, err);
}

/* After these a role counts only if its line is a new one. */
static bool asks_for_a_new_role(enum step_kind kind)
{
	return kind == STEP_REBOOT || kind == STEP_START;
}

/*
 * The role line that does not count any more. Services that run already are not started, so they
 * write no new one: theirs counts.
 */
static const char *outdated_role(enum step_kind kind, const struct facts *facts)
{
	if (kind == STEP_START && facts_own_active(facts))
		return "";
	return facts->role_line ?: "";
}

/* "boot=IDENTITY role=LINE": the line comes last, it may hold anything. */
void step_intend(struct run_context *run, const struct step *step, struct text *detail)
{
	const struct facts *facts;
	struct step_node *node;

	if (!asks_for_a_new_role(step->kind))
		return;
	node = &run->state.nodes[step->node];
	facts = &run->nodes.items[step->node].facts;
	snprintf(node->boot_before, sizeof(node->boot_before), "%s", facts->boot ?: "");
	text_printable(
		node->role_before, sizeof(node->role_before), outdated_role(step->kind, facts));
	text_appendf(detail, "boot=%s role=%s", node->boot_before, node->role_before);
}

void step_recall(struct run_context *run, const struct step *step, const char *detail)
{
	struct step_node *node;
	const char *role;

	if (!asks_for_a_new_role(step->kind) || !text_starts_with(detail, "boot="))
		return;
	node = &run->state.nodes[step->node];
	detail += strlen("boot=");
	snprintf(node->boot_before, sizeof(node->boot_before), "%.*s", (int)strcspn(detail, " "),
		detail);
	role = strstr(detail, " role=");
	snprintf(node->role_before, sizeof(node->role_before), "%s",
		role ? role + strlen(" role=") : "");
}

void step_deadlines(const struct cluster *cluster, uint64_t deadlines_ms[STEP_KIND_COUNT])
{
	const struct profile_deadlines *given = &cluster->deadlines;

	/* These end by themselves: every remote command in them has its own deadline. */
	deadlines_ms[STEP_VERIFY] = 3600000;
	deadlines_ms[STEP_PREFLIGHT] = 600000;
	deadlines_ms[STEP_UPLOAD] = given->upload;
	deadlines_ms[STEP_STOP] = given->stop;
	deadlines_ms[STEP_INSTALL] = given->install;
	deadlines_ms[STEP_REBOOT] = given->down;
	deadlines_ms[STEP_RETURN] = given->up;
	deadlines_ms[STEP_SERVICES] = given->services;
	deadlines_ms[STEP_ROLE] = given->role;
	deadlines_ms[STEP_FAILOVER] = given->failover;
	deadlines_ms[STEP_REHEARSE] = given->failover;
	/* It may take two: one to be a backup again, one to have everything back. */
	deadlines_ms[STEP_RESTORE] = 2 * given->failover;
	deadlines_ms[STEP_PROPAGATE] = given->services;
	deadlines_ms[STEP_START] = given->services;
	deadlines_ms[STEP_FINAL] = given->services;
}
