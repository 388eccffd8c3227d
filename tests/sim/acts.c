/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the steps' commands do to the machines, and how their evidence is looked for. */
#include "tests/sim/world.h"

/* Where the ways that an act can go are collected. */
struct ways {
	const struct sim_state *before;
	size_t node_count;
	const struct step *step;
	struct world_outcome *outcomes;
	size_t count;
};

static struct world_outcome *add(
	struct ways *ways, enum engine_event_kind answer, enum sim_event event)
{
	struct world_outcome *way = &ways->outcomes[ways->count++];

	*way = (struct world_outcome){.state = *ways->before, .answer = answer, .event = event};
	return way;
}

static void answer(struct ways *ways, enum engine_event_kind kind)
{
	add(ways, kind,
		kind == EVENT_DONE	? SIM_STEP_DONE
		: kind == EVENT_WAIT	? SIM_STEP_WAIT
		: kind == EVENT_REFUSED ? SIM_STEP_REFUSED
					: SIM_STEP_RETRY);
}

/* The command was not taken, or it failed: nothing has changed. */
static void fail(struct ways *ways, enum engine_event_kind kind)
{
	answer(ways, kind);
	ways->outcomes[ways->count - 1].misfortune = true;
	ways->outcomes[ways->count - 1].state.sent = false;
}

static const struct sim_node *node_of(const struct ways *ways)
{
	return &ways->before->nodes[ways->step->node];
}

static bool can_be_asked(const struct sim_node *node)
{
	return node->power == POWER_ON && !node->cut_off;
}

static bool runs(const struct sim_node *node)
{
	return node->power == POWER_ON && node->services == SERVICES_ON;
}

/* Bundle, preflight, upload: their own business, but preflight wants a cluster that is whole. */
static void prepare(struct ways *ways)
{
	size_t i;

	for (i = 0; i < ways->node_count; i++) {
		const struct sim_node *node = &ways->before->nodes[i];

		if (!can_be_asked(node) && ways->step->kind != STEP_VERIFY)
			return answer(ways,
				ways->step->kind == STEP_UPLOAD ? EVENT_RETRY : EVENT_REFUSED);
	}
	answer(ways, EVENT_DONE);
	fail(ways, EVENT_REFUSED);
}

static void stop(struct ways *ways, bool may_act)
{
	const struct sim_node *node = node_of(ways);
	struct world_outcome *way;
	struct sim_node *then;

	if (!can_be_asked(node))
		return answer(ways, EVENT_RETRY);
	if (node->services == SERVICES_OFF)
		return answer(ways, EVENT_DONE);
	if (!may_act)
		return answer(ways, EVENT_WAIT);
	way = add(ways, EVENT_DONE, SIM_STEP_DONE);
	then = &way->state.nodes[ways->step->node];
	then->services = SERVICES_OFF;
	then->holds = false;
	way->effect = true;
	/* The same, but the answer is lost. */
	ways->outcomes[ways->count++] = *way;
	way++;
	way->answer = EVENT_RETRY;
	way->event = SIM_ACT_LOST;
	way->misfortune = true;
	way = add(ways, EVENT_RETRY, SIM_ACT_HALF);
	then = &way->state.nodes[ways->step->node];
	then->services = SERVICES_PART;
	then->holds = false;
	way->effect = way->misfortune = true;
	/* Exit status 0 without effect, or no effect at all: there is no evidence either way. */
	fail(ways, EVENT_RETRY);
}

static void start_job(struct ways *ways)
{
	uint8_t target = world_target(ways->before->kind);
	struct world_outcome *way = add(ways, EVENT_DONE, SIM_STEP_DONE);

	way->state.nodes[ways->step->node].packages = target;
	way->state.nodes[ways->step->node].unbooted = true;
	way->effect = true;
	way = add(ways, EVENT_WAIT, SIM_STEP_WAIT);
	way->state.nodes[ways->step->node].job =
		target == PACKAGES_NEW ? JOB_OF_UPGRADE : JOB_OF_ROLLBACK;
	way->state.nodes[ways->step->node].unbooted = true;
	way->state.sent = way->effect = true;
	way = add(ways, EVENT_REFUSED, SIM_ACT_HALF);
	way->state.nodes[ways->step->node].packages = PACKAGES_HALF;
	way->state.nodes[ways->step->node].unbooted = true;
	way->effect = way->misfortune = true;
	fail(ways, EVENT_REFUSED);
	way = add(ways, EVENT_RETRY, SIM_ACT_LIE);
	way->state.nodes[ways->step->node].unbooted = true;
	way->misfortune = true;
}

static void install(struct ways *ways, bool may_act)
{
	const bool fresh = ways->before->kind == PLAN_BOOTSTRAP;
	const struct sim_node *node = node_of(ways);
	uint8_t target = world_target(ways->before->kind);

	if (!can_be_asked(node))
		return answer(ways, EVENT_RETRY);
	if (node->job) {
		/* One that runs is not started, but waited for as if this process had. */
		answer(ways, EVENT_WAIT);
		ways->outcomes[0].state.sent |= may_act;
		return;
	}
	if (node->packages == target)
		return answer(ways, EVENT_DONE);
	if (!may_act)
		return answer(ways, EVENT_WAIT);
	if (!ways->before->sent) {
		start_job(ways);
		/* Nobody ran anything older there: what is started is new. */
		for (size_t i = 0; i < ways->count && fresh; i++)
			ways->outcomes[i].state.nodes[ways->step->node].unbooted = false;
		return;
	}
	/* The job ended without effect, or half done: it is started anew, after another look. */
	answer(ways, EVENT_RETRY);
	ways->outcomes[0].state.sent = false;
}

/* What a knock at the node's door tells of its reboot. */
static void seen_down(struct ways *ways)
{
	const struct sim_node *node = node_of(ways);

	if (!can_be_asked(node) || ways->before->told_to_reboot != ways->step->node + 1)
		return answer(ways, EVENT_DONE);
	answer(ways, EVENT_WAIT);
}

static void reboot(struct ways *ways, bool may_act)
{
	const struct sim_node *node = node_of(ways);
	struct world_outcome *way;
	struct sim_node *then;

	if (!may_act || ways->before->sent)
		return seen_down(ways);
	if (!can_be_asked(node))
		return answer(ways, EVENT_RETRY);
	way = add(ways, EVENT_DONE, SIM_STEP_DONE);
	then = &way->state.nodes[ways->step->node];
	then->power = POWER_BOOTING;
	then->services = SERVICES_OFF;
	then->role = ROLE_UNKNOWN;
	then->holds = false;
	way->state.sent = way->effect = true;
	/* "Yes", but nothing happens. */
	way = add(ways, EVENT_WAIT, SIM_ACT_LIE);
	way->state.sent = way->effect = way->misfortune = true;
	fail(ways, EVENT_RETRY);
}

static void come_back(struct ways *ways)
{
	const struct sim_node *node = node_of(ways);

	answer(ways, can_be_asked(node) && ways->before->told_to_reboot != ways->step->node + 1
			     ? EVENT_DONE
			     : EVENT_WAIT);
}

static void services(struct ways *ways)
{
	const struct sim_node *node = node_of(ways);

	if (!can_be_asked(node))
		return answer(ways, EVENT_RETRY);
	answer(ways, node->packages == world_target(ways->before->kind) && runs(node) ? EVENT_DONE
										      : EVENT_WAIT);
}

static void role(struct ways *ways)
{
	const struct sim_node *node = node_of(ways);

	if (!can_be_asked(node))
		return answer(ways, EVENT_RETRY);
	if (node->role == ROLE_UNKNOWN)
		return answer(ways, EVENT_WAIT);
	answer(ways, node->role == ROLE_PRIMARY || node->holds ? EVENT_REFUSED : EVENT_DONE);
}

/* Has the floating IP moved to a node that says it is primary, and is upgraded if it has to be? */
static enum engine_event_kind moved(
	const struct sim_state *state, size_t node_count, const struct step *step)
{
	const struct sim_node *former = &state->nodes[step->node];
	size_t i;

	if (!can_be_asked(former))
		return EVENT_RETRY;
	if (former->holds || (former->role != ROLE_BACKUP && former->services == SERVICES_ON))
		return EVENT_WAIT;
	for (i = 0; i < node_count; i++) {
		const struct sim_node *node = &state->nodes[i];

		if ((int)i != step->node && can_be_asked(node) && runs(node) && node->holds &&
			node->role == ROLE_PRIMARY &&
			(step->kind == STEP_REHEARSE ||
				node->packages == world_target(state->kind)))
			return EVENT_DONE;
	}
	return EVENT_WAIT;
}

static bool has_moved(const struct ways *ways)
{
	bool elsewhere = false;

	for (size_t i = 0; i < ways->node_count; i++)
		elsewhere |= (int)i != ways->step->node && ways->before->nodes[i].holds &&
			     can_be_asked(&ways->before->nodes[i]);
	return elsewhere && can_be_asked(node_of(ways)) && !node_of(ways)->holds;
}

static void fail_over(struct ways *ways, bool may_act)
{
	const struct sim_node *node = node_of(ways);
	struct world_outcome *way;
	size_t i;

	/* Whoever sees that it has moved does not tell the node again. */
	if (!may_act || ways->before->sent || has_moved(ways)) {
		answer(ways, moved(ways->before, ways->node_count, ways->step));
		ways->outcomes[0].state.sent = ways->before->sent || may_act;
		return;
	}
	if (!can_be_asked(node))
		return answer(ways, EVENT_RETRY);
	for (i = 0; i < ways->node_count; i++) {
		const struct sim_node *other = &ways->before->nodes[i];

		/* The cluster software chooses, and not always well. */
		if ((int)i == ways->step->node || !node->holds || !runs(other) ||
			other->role != ROLE_BACKUP)
			continue;
		way = add(ways, EVENT_WAIT, SIM_STEP_WAIT);
		way->state.nodes[ways->step->node].holds = false;
		way->state.nodes[i].holds = true;
		way->state.sent = way->effect = true;
		/* The same, but its answer was lost, and nobody has seen it yet. */
		way = add(ways, EVENT_RETRY, SIM_ACT_LOST);
		way->state.nodes[ways->step->node].holds = false;
		way->state.nodes[i].holds = true;
		way->effect = way->misfortune = true;
	}
	/* No effect: there was nothing to give, nobody to take it, or it is not true. */
	way = add(ways, moved(ways->before, ways->node_count, ways->step), SIM_ACT_LIE);
	way->state.sent = way->effect = true;
	way->misfortune = ways->count > 1;
	fail(ways, EVENT_RETRY);
}

static bool all_run(const struct ways *ways)
{
	size_t i;

	for (i = 0; i < ways->node_count; i++) {
		if (!can_be_asked(&ways->before->nodes[i]) || !runs(&ways->before->nodes[i]))
			return false;
	}
	return true;
}

static int server_of(const struct ways *ways)
{
	size_t i;

	for (i = 0; i < ways->node_count; i++) {
		const struct sim_node *node = &ways->before->nodes[i];

		if (can_be_asked(node) && runs(node) && node->holds && node->role == ROLE_PRIMARY)
			return (int)i;
	}
	return PLAN_NO_NODE;
}

static void hand_over(struct ways *ways, size_t server)
{
	struct world_outcome *way;
	size_t i;

	for (i = 0; i < ways->node_count; i++) {
		const struct sim_node *other = &ways->before->nodes[i];

		if (i == server || !runs(other) || other->role != ROLE_BACKUP)
			continue;
		way = add(ways, EVENT_WAIT, SIM_STEP_WAIT);
		way->state.nodes[server].holds = false;
		way->state.nodes[i].holds = true;
		way->state.sent = way->effect = true;
	}
	way = add(ways, EVENT_WAIT, SIM_ACT_LIE);
	way->state.sent = way->effect = way->misfortune = true;
	fail(ways, EVENT_RETRY);
}

/* With a profile that has no way back of its own: whoever serves is told, once. */
static void restore(struct ways *ways, bool may_act)
{
	const struct sim_node *node = node_of(ways);
	int server = server_of(ways);
	size_t i;

	if (server == ways->step->node)
		answer(ways, all_run(ways) ? EVENT_DONE : EVENT_WAIT);
	else if (!can_be_asked(node))
		answer(ways, EVENT_RETRY);
	else if (!may_act || ways->before->sent || server == PLAN_NO_NODE || !runs(node) ||
		 node->role != ROLE_BACKUP || node->holds)
		answer(ways, EVENT_WAIT);
	else if (ways->before->waited)
		answer(ways, EVENT_RETRY);
	else
		hand_over(ways, (size_t)server);
	for (i = 0; i < ways->count; i++)
		ways->outcomes[i].state.waited = may_act && ways->outcomes[i].answer == EVENT_WAIT;
}

/* All nodes or none; what it takes to say so is its own business (tests/unit/files). */
static void propagate(struct ways *ways, bool may_act)
{
	struct world_outcome *way;

	for (size_t i = 0; i < ways->node_count; i++) {
		if (!can_be_asked(&ways->before->nodes[i]))
			return answer(ways, EVENT_RETRY);
		if (ways->before->nodes[i].packages != PACKAGES_NEW)
			return answer(ways, EVENT_REFUSED);
	}
	if (ways->before->configured)
		return answer(ways, EVENT_DONE);
	if (!may_act)
		return answer(ways, EVENT_WAIT);
	way = add(ways, EVENT_DONE, SIM_STEP_DONE);
	way->state.configured = way->effect = true;
	way->state.outdated = false;
	way = add(ways, EVENT_RETRY, SIM_ACT_LOST);
	way->state.configured = way->effect = way->misfortune = true;
	way->state.outdated = false;
	fail(ways, EVENT_REFUSED);
}

static struct world_outcome *add_start(
	struct ways *ways, enum engine_event_kind kind, enum sim_event event, uint8_t services)
{
	struct world_outcome *way = add(ways, kind, event);

	way->state.nodes[ways->step->node].services = services;
	way->state.nodes[ways->step->node].running = PACKAGES_NEW;
	way->effect = true;
	return way;
}

static void start(struct ways *ways, bool may_act)
{
	const struct sim_node *node = node_of(ways);
	struct world_outcome *way;

	if (!can_be_asked(node))
		return answer(ways, EVENT_RETRY);
	if (runs(node))
		return answer(ways, EVENT_DONE);
	if (!may_act || ways->before->sent)
		return answer(ways, EVENT_WAIT);
	if (!world_can_start(ways->before, node)) {
		/* It is told to, and does not come up. */
		way = add(ways, EVENT_WAIT, SIM_STEP_WAIT);
		way->state.sent = way->effect = true;
		return;
	}
	add_start(ways, EVENT_DONE, SIM_STEP_DONE, SERVICES_ON);
	add_start(ways, EVENT_RETRY, SIM_ACT_LOST, SERVICES_ON)->misfortune = true;
	add_start(ways, EVENT_RETRY, SIM_ACT_HALF, SERVICES_PART)->misfortune = true;
	way = add(ways, EVENT_WAIT, SIM_ACT_LIE);
	way->state.sent = way->effect = way->misfortune = true;
	fail(ways, EVENT_RETRY);
}

static void final(struct ways *ways)
{
	uint8_t target = world_target(ways->before->kind);
	size_t i, primaries = 0;

	for (i = 0; i < ways->node_count; i++) {
		const struct sim_node *node = &ways->before->nodes[i];

		if (!can_be_asked(node))
			return answer(ways, EVENT_RETRY);
		if (node->packages != target || node->unbooted || !runs(node))
			return answer(ways, EVENT_WAIT);
		if (node->holds != (node->role == ROLE_PRIMARY) || node->role == ROLE_UNKNOWN)
			return answer(ways, EVENT_WAIT);
		primaries += node->holds;
	}
	answer(ways, primaries == 1 ? EVENT_DONE : EVENT_WAIT);
}

size_t world_step(const struct sim_state *state, size_t node_count, const struct step *step,
	bool may_act, struct world_outcome outcomes[WORLD_OUTCOMES_MAX])
{
	struct ways ways = {state, node_count, step, outcomes, 0};

	switch (step->kind) {
	case STEP_VERIFY:
	case STEP_PREFLIGHT:
	case STEP_UPLOAD:
		prepare(&ways);
		break;
	case STEP_STOP:
		stop(&ways, may_act);
		break;
	case STEP_INSTALL:
		install(&ways, may_act);
		break;
	case STEP_REBOOT:
		reboot(&ways, may_act);
		break;
	case STEP_RETURN:
		come_back(&ways);
		break;
	case STEP_SERVICES:
		services(&ways);
		break;
	case STEP_ROLE:
		role(&ways);
		break;
	case STEP_FAILOVER:
	case STEP_REHEARSE:
		fail_over(&ways, may_act);
		break;
	case STEP_RESTORE:
		restore(&ways, may_act);
		break;
	case STEP_PROPAGATE:
		propagate(&ways, may_act);
		break;
	case STEP_START:
		start(&ways, may_act);
		break;
	case STEP_FINAL:
		final(&ways);
		break;
	case STEP_KIND_COUNT:
		break;
	}
	return ways.count;
}

size_t world_undo(const struct sim_state *state, const struct step *step,
	struct world_outcome outcomes[WORLD_OUTCOMES_MAX])
{
	struct ways ways = {state, 0, step, outcomes, 0};
	const struct sim_node *node = node_of(&ways);
	struct world_outcome *way;

	if (!can_be_asked(node))
		answer(&ways, EVENT_RETRY);
	else if (node->job)
		answer(&ways, EVENT_WAIT);
	else if (node->packages == world_target(state->kind) || node->packages == PACKAGES_HALF)
		answer(&ways, EVENT_REFUSED);
	else if (runs(node))
		answer(&ways, EVENT_DONE);
	else if (state->sent)
		answer(&ways, EVENT_WAIT);
	if (ways.count)
		return ways.count;
	way = add(&ways, EVENT_DONE, SIM_UNDONE);
	way->state.nodes[step->node].services = SERVICES_ON;
	/* Its packages are as before: unless an earlier run left it so, it need not reboot. */
	way->state.nodes[step->node].unbooted = node->running != node->packages;
	way->effect = true;
	way = add(&ways, EVENT_WAIT, SIM_ACT_LIE);
	way->state.sent = way->misfortune = true;
	fail(&ways, EVENT_RETRY);
	return ways.count;
}
