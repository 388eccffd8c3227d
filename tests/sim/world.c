/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machines as the cluster software and fate move them. */
#include "tests/sim/world.h"

#include <string.h>

void world_begin(struct sim_state *state, size_t node_count)
{
	struct plan_node nodes[SIM_NODES_MAX];
	struct plan plan;
	size_t i;

	memset(state, 0, sizeof(*state));
	for (i = 0; i < node_count; i++) {
		nodes[i].role = i ? ROLE_BACKUP : ROLE_PRIMARY;
		nodes[i].needs_upgrade = true;
		state->nodes[i].services = SERVICES_ON;
		state->nodes[i].role = (uint8_t)nodes[i].role;
		state->nodes[i].holds = i == 0;
	}
	/* Cannot be refused: these nodes are as a plan wants them. */
	plan_make(PLAN_UPGRADE, nodes, node_count, &plan, NULL);
	plan_rehearse(&plan, 0);
	state->plan = sim_plan_number(plan.steps, plan.count, node_count);
}

void world_begin_bare(struct sim_state *state, size_t node_count)
{
	const struct plan_node nodes[SIM_NODES_MAX] = {
		{.needs_upgrade = true}, {.needs_upgrade = true}, {.needs_upgrade = true}};
	struct plan plan;

	memset(state, 0, sizeof(*state));
	state->kind = PLAN_BOOTSTRAP;
	plan_make(PLAN_BOOTSTRAP, nodes, node_count, &plan, NULL);
	state->plan = sim_plan_number(plan.steps, plan.count, node_count);
}

bool world_can_start(const struct sim_state *state, const struct sim_node *node)
{
	return node->packages != PACKAGES_HALF && !node->job &&
	       (state->kind != PLAN_BOOTSTRAP ||
		       (node->packages == PACKAGES_NEW && (state->configured || state->outdated)));
}

uint8_t world_target(uint8_t kind)
{
	return kind == PLAN_ROLLBACK ? PACKAGES_OLD : PACKAGES_NEW;
}

static bool runs(const struct sim_node *node)
{
	return node->power == POWER_ON && node->services == SERVICES_ON;
}

bool world_is_served(const struct sim_state *state, size_t node_count)
{
	size_t i;

	for (i = 0; i < node_count; i++) {
		if (runs(&state->nodes[i]) && state->nodes[i].holds)
			return true;
	}
	return false;
}

void world_view(
	const struct sim_state *state, size_t node_count, int skip, struct cluster_view *view)
{
	size_t i;

	memset(view, 0, sizeof(*view));
	view->node_count = node_count;
	view->lease_lost = state->lease_lost;
	view->probe_failed = state->budget_gone;
	view->kind = (enum plan_kind)state->kind;
	view->probe_answered = world_is_served(state, node_count);
	for (i = 0; i < node_count; i++) {
		const struct sim_node *node = &state->nodes[i];

		if ((int)i == skip || node->power != POWER_ON || node->cut_off)
			continue;
		view->nodes[i] = (struct node_view){
			.reachable = true,
			.services_active = node->services == SERVICES_ON,
			.services_stopped = node->services == SERVICES_OFF,
			.upgraded = node->packages == world_target(state->kind),
			.unbooted = node->unbooted,
			.holds_floating_ip = node->holds,
			.holds_all = node->holds,
			.role = (enum role)node->role,
		};
	}
}

static bool serves(const struct sim_node *node)
{
	return runs(node) && node->holds && node->role == ROLE_PRIMARY;
}

static bool is_spare(const struct sim_node *node)
{
	return runs(node) && !node->holds && node->role == ROLE_BACKUP;
}

static bool all_well(const struct sim_state *state, size_t node_count)
{
	uint8_t target = world_target(state->kind);
	size_t i, primaries = 0;

	for (i = 0; i < node_count; i++) {
		const struct sim_node *node = &state->nodes[i];

		if (node->packages != target || node->running != target)
			return false;
		if (!serves(node) && !is_spare(node))
			return false;
		primaries += serves(node);
	}
	return primaries == 1;
}

/* Going back, with every machine there to be asked: none has the address, and this one is not up.
 */
static bool nobody_to_interrupt(
	const struct sim_state *state, size_t node_count, const struct step *step)
{
	size_t i;

	for (i = 0; i < node_count; i++) {
		const struct sim_node *node = &state->nodes[i];

		if (node->power != POWER_ON || node->cut_off || node->holds)
			return false;
	}
	return state->kind == PLAN_ROLLBACK && step->node != PLAN_NO_NODE &&
	       !runs(&state->nodes[step->node]);
}

static bool nobody_serves(const struct sim_state *state, size_t node_count)
{
	for (size_t i = 0; i < node_count; i++) {
		const struct sim_node *node = &state->nodes[i];

		if (node->power != POWER_ON || node->cut_off || node->holds ||
			(node->services != SERVICES_OFF && node->role != ROLE_UNKNOWN))
			return false;
	}
	return true;
}

uint16_t world_look(const struct sim_state *state, size_t node_count, const struct step *step)
{
	uint8_t target = world_target(state->kind);
	uint16_t look = LOOK_REST_FIT;
	size_t i;

	for (i = 0; i < node_count; i++) {
		const struct sim_node *other = &state->nodes[i];

		if ((int)i == step->node)
			continue;
		if (other->cut_off || (!serves(other) && !is_spare(other)))
			look &= (uint16_t)~LOOK_REST_FIT;
		if (other->cut_off)
			continue;
		if (serves(other))
			look |= LOOK_OTHER_FIT;
		if ((serves(other) || is_spare(other)) &&
			(step->kind == STEP_REHEARSE || other->packages == target))
			look |= LOOK_SUCCESSOR;
	}
	if (nobody_to_interrupt(state, node_count, step))
		look |= LOOK_OTHER_FIT;
	if (step->node != PLAN_NO_NODE) {
		const struct sim_node *node = &state->nodes[step->node];

		if (!node->holds && (node->role != ROLE_PRIMARY || !runs(node)))
			look |= LOOK_NODE_FREE;
		if (node->services == SERVICES_OFF)
			look |= LOOK_SERVICES_OFF;
	}
	if (!state->lease_lost)
		look |= LOOK_LEASE;
	if (!state->budget_gone)
		look |= LOOK_BUDGET;
	if (all_well(state, node_count))
		look |= LOOK_ALL_WELL;
	if (world_is_served(state, node_count))
		look |= LOOK_SERVED;
	if (nobody_serves(state, node_count))
		look |= LOOK_NOBODY_SERVES;
	return look;
}

static void go_down(struct sim_node *node, uint8_t power)
{
	node->power = power;
	node->services = SERVICES_OFF;
	node->role = ROLE_UNKNOWN;
	node->holds = false;
}

static void come_up(struct sim_state *state, size_t index, bool good)
{
	struct sim_node *node = &state->nodes[index];

	go_down(node, POWER_ON);
	node->running = node->packages;
	node->unbooted = false;
	if (good && world_can_start(state, node))
		node->services = SERVICES_ON;
	if (state->told_to_reboot == index + 1)
		state->told_to_reboot = 0;
}

/* What the cluster software does by itself: one holder, and everybody says what he is. */
static bool agree(struct sim_state *state, size_t node_count, size_t index)
{
	struct sim_node *node = &state->nodes[index];
	bool held = false;
	size_t i;

	if (!runs(node))
		return false;
	for (i = 0; i < node_count; i++)
		held |= state->nodes[i].holds;
	if (node->holds && node->role != ROLE_PRIMARY) {
		node->role = ROLE_PRIMARY;
		return true;
	}
	if (!node->holds && !held) {
		node->holds = true;
		return true;
	}
	if (!node->holds && node->role != ROLE_BACKUP) {
		node->role = ROLE_BACKUP;
		return true;
	}
	return false;
}

static void change_power(const struct sim_state *state, size_t i, sim_emit *emit, void *data)
{
	struct sim_state next = *state;

	if (state->nodes[i].power != POWER_CUT) {
		/* The transaction it breaks off may be half done or not begun. */
		if (state->nodes[i].job) {
			next.nodes[i].packages = PACKAGES_HALF;
			next.nodes[i].job = JOB_NOT;
			go_down(&next.nodes[i], POWER_CUT);
			emit(data, &next, CLASS_FAULT, SIM_POWER_CUT, (int)i, true);
			next = *state;
			next.nodes[i].job = JOB_NOT;
		}
		go_down(&next.nodes[i], POWER_CUT);
		emit(data, &next, CLASS_FAULT, SIM_POWER_CUT, (int)i, true);
	}
	if (state->nodes[i].power == POWER_ON)
		return;
	next = *state;
	come_up(&next, i, true);
	if (state->nodes[i].power == POWER_CUT)
		emit(data, &next, CLASS_HEALING, SIM_POWER_BACK, (int)i, false);
	else
		emit(data, &next, CLASS_PROGRESS, SIM_BOOTED, (int)i, false);
	next = *state;
	come_up(&next, i, false);
	emit(data, &next, CLASS_FAULT,
		state->nodes[i].power == POWER_CUT ? SIM_POWER_BACK_BAD : SIM_BOOTED_BAD, (int)i,
		true);
}

static void change_services(
	const struct sim_state *state, size_t node_count, size_t i, sim_emit *emit, void *data)
{
	const struct sim_node *node = &state->nodes[i];
	struct sim_state next = *state;
	size_t k;

	if (node->power != POWER_ON)
		return;
	if (node->services == SERVICES_ON) {
		next.nodes[i].services = SERVICES_OFF;
		next.nodes[i].holds = false;
		emit(data, &next, CLASS_FAULT, SIM_SERVICES_DIE, (int)i, true);
	} else if (world_can_start(state, node)) {
		next.nodes[i].services = SERVICES_ON;
		if (state->kind == PLAN_BOOTSTRAP)
			next.nodes[i].running = node->packages;
		/* Who makes a first installation must not need anybody for it. */
		emit(data, &next, state->kind == PLAN_BOOTSTRAP ? CLASS_FAULT : CLASS_HEALING,
			SIM_SERVICES_START, (int)i, true);
	}
	if (runs(node) && !node->holds) {
		next = *state;
		for (k = 0; k < node_count; k++)
			next.nodes[k].holds = k == i;
		emit(data, &next, CLASS_FAULT, SIM_ROLES_MOVE, (int)i, true);
	}
	next = *state;
	if (agree(&next, node_count, i))
		emit(data, &next, CLASS_PROGRESS, SIM_AGREED, (int)i, false);
}

static bool nobody_runs(const struct sim_state *state, size_t node_count)
{
	size_t i;

	for (i = 0; i < node_count; i++) {
		if (runs(&state->nodes[i]))
			return false;
	}
	return true;
}

static void change_packages(
	const struct sim_state *state, size_t node_count, size_t i, sim_emit *emit, void *data)
{
	const struct sim_node *node = &state->nodes[i];
	struct sim_state next = *state;

	if (node->power != POWER_ON)
		return;
	if (node->job) {
		next.nodes[i].packages = node->job == JOB_OF_UPGRADE ? PACKAGES_NEW : PACKAGES_OLD;
		next.nodes[i].job = JOB_NOT;
		emit(data, &next, CLASS_PROGRESS, SIM_JOB_ENDED, (int)i, false);
		next.nodes[i].packages = PACKAGES_HALF;
		emit(data, &next, CLASS_FAULT, SIM_JOB_HALF, (int)i, true);
		return;
	}
	/* Somebody goes back by hand, and reboots if the new ones had been booted. */
	if (node->packages == PACKAGES_OLD ||
		(state->kind == PLAN_BOOTSTRAP && (state->configured || state->outdated)))
		return;
	next.nodes[i].packages = PACKAGES_OLD;
	if (node->running != PACKAGES_OLD)
		come_up(&next, i, true);
	/* Where half-installed nodes leave nobody to serve, only somebody's help mends that. */
	emit(data, &next,
		node->packages == PACKAGES_HALF && nobody_runs(state, node_count) ? CLASS_HEALING
										  : CLASS_FAULT,
		SIM_PREVIOUS_PACKAGES, (int)i, true);
}

void world_changes(const struct sim_state *state, size_t node_count, sim_emit *emit, void *data)
{
	size_t i;

	for (i = 0; i < node_count; i++) {
		struct sim_state next = *state;

		next.nodes[i].cut_off = !state->nodes[i].cut_off;
		if (state->nodes[i].cut_off)
			emit(data, &next, CLASS_HEALING, SIM_LINK_BACK, (int)i, false);
		else
			emit(data, &next, CLASS_FAULT, SIM_LINK_CUT, (int)i, true);
		change_power(state, i, emit, data);
		change_services(state, node_count, i, emit, data);
		change_packages(state, node_count, i, emit, data);
	}
}
