/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One state of the explored whole, and how it is packed. */
#include "tests/sim/state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLANS_MAX = 4096 };

static struct plan *plans[PLANS_MAX];
static size_t plan_count;

uint16_t sim_plan_number(const struct step *steps, size_t count, size_t node_count)
{
	size_t i;

	for (i = 0; i < plan_count; i++) {
		if (plans[i]->count == count &&
			memcmp(plans[i]->steps, steps, count * sizeof(*steps)) == 0)
			return (uint16_t)i;
	}
	if (plan_count == PLANS_MAX || !(plans[plan_count] = calloc(1, sizeof(struct plan)))) {
		fputs("explore: no room for another plan\n", stderr);
		exit(2);
	}
	plans[plan_count]->node_count = node_count;
	plans[plan_count]->count = count;
	memcpy(plans[plan_count]->steps, steps, count * sizeof(*steps));
	return (uint16_t)plan_count++;
}

const struct plan *sim_plan(uint16_t number)
{
	return plans[number];
}

/* One field after the other, lowest bits first, into a word or out of it. */
struct bits {
	uint64_t word;
	unsigned int at;
};

static void put(struct bits *bits, uint64_t value, unsigned int width)
{
	assert(value >> width == 0);
	bits->word |= value << bits->at;
	bits->at += width;
}

static uint16_t take_wide(struct bits *bits, unsigned int width)
{
	uint64_t value = (bits->word >> bits->at) & ((1U << width) - 1);

	bits->at += width;
	return (uint16_t)value;
}

static uint8_t take(struct bits *bits, unsigned int width)
{
	return (uint8_t)take_wide(bits, width);
}

struct sim_key sim_pack(const struct sim_state *state)
{
	struct bits machines = {0}, rest = {0};
	size_t i;

	for (i = 0; i < SIM_NODES_MAX; i++) {
		const struct sim_node *node = &state->nodes[i];

		put(&machines, node->power, 2);
		put(&machines, node->cut_off, 1);
		put(&machines, node->packages, 2);
		put(&machines, node->running, 2);
		put(&machines, node->services, 2);
		put(&machines, node->role, 2);
		put(&machines, node->holds, 1);
		put(&machines, node->job, 2);
		put(&machines, node->unbooted, 1);
	}
	put(&machines, state->faulty, 1);
	put(&machines, state->kind, 2);
	put(&machines, state->run, 2);
	put(&machines, state->intended, 1);
	put(&machines, state->told_to_reboot, 2);
	put(&machines, state->at, 6);
	put(&machines, state->configured, 1);
	put(&machines, state->outdated, 1);
	for (i = 0; i < SIM_NODES_MAX; i++) {
		put(&rest, state->nodes[i].told_to_stop, 1);
		put(&rest, state->nodes[i].told_to_hand_over, 1);
	}
	put(&rest, state->plan, 12);
	put(&rest, state->alive, 1);
	put(&rest, state->engine, 4);
	put(&rest, state->step, 6);
	put(&rest, state->step_intended, 1);
	put(&rest, state->after_pause, 4);
	put(&rest, state->cause, 3);
	put(&rest, state->undone, 1);
	put(&rest, state->undo_asked, 1);
	put(&rest, state->abort_wanted, 1);
	put(&rest, state->time, 2);
	put(&rest, state->sent, 1);
	put(&rest, state->waited, 1);
	put(&rest, state->interrupted, 1);
	put(&rest, state->written, 1);
	put(&rest, state->look, 10);
	put(&rest, state->look_age, 2);
	put(&rest, state->lease_lost, 1);
	put(&rest, state->budget_gone, 1);
	return (struct sim_key){machines.word, rest.word};
}

void sim_unpack(const struct sim_key *key, struct sim_state *state)
{
	struct bits machines = {key->machines, 0}, rest = {key->rest, 0};
	size_t i;

	memset(state, 0, sizeof(*state));
	for (i = 0; i < SIM_NODES_MAX; i++) {
		struct sim_node *node = &state->nodes[i];

		node->power = take(&machines, 2);
		node->cut_off = take(&machines, 1);
		node->packages = take(&machines, 2);
		node->running = take(&machines, 2);
		node->services = take(&machines, 2);
		node->role = take(&machines, 2);
		node->holds = take(&machines, 1);
		node->job = take(&machines, 2);
		node->unbooted = take(&machines, 1);
	}
	state->faulty = take(&machines, 1);
	state->kind = take(&machines, 2);
	state->run = take(&machines, 2);
	state->intended = take(&machines, 1);
	state->told_to_reboot = take(&machines, 2);
	state->at = take(&machines, 6);
	state->configured = take(&machines, 1);
	state->outdated = take(&machines, 1);
	for (i = 0; i < SIM_NODES_MAX; i++) {
		state->nodes[i].told_to_stop = take(&rest, 1);
		state->nodes[i].told_to_hand_over = take(&rest, 1);
	}
	state->plan = take_wide(&rest, 12);
	state->alive = take(&rest, 1);
	state->engine = take(&rest, 4);
	state->step = take(&rest, 6);
	state->step_intended = take(&rest, 1);
	state->after_pause = take(&rest, 4);
	state->cause = take(&rest, 3);
	state->undone = take(&rest, 1);
	state->undo_asked = take(&rest, 1);
	state->abort_wanted = take(&rest, 1);
	state->time = take(&rest, 2);
	state->sent = take(&rest, 1);
	state->waited = take(&rest, 1);
	state->interrupted = take(&rest, 1);
	state->written = take(&rest, 1);
	state->look = take_wide(&rest, 10);
	state->look_age = take(&rest, 2);
	state->lease_lost = take(&rest, 1);
	state->budget_gone = take(&rest, 1);
}

/* Where the part of the plan begins that step belongs to: a node's STOP, or the step itself. */
static size_t part_begin(const struct plan *plan, size_t step)
{
	size_t begin = step;

	if (step >= plan->count || plan->steps[step].kind < STEP_STOP ||
		plan->steps[step].kind > STEP_ROLE)
		return step;
	while (begin > 0 && plan->steps[begin].kind != STEP_STOP &&
		plan->steps[begin - 1].node == plan->steps[step].node)
		begin--;
	return begin;
}

/* Nobody goes back behind the part that is under way: what was before it makes no difference. */
static void drop_past(struct sim_state *state)
{
	const struct plan *plan = sim_plan(state->plan);
	size_t begin = part_begin(plan, state->at);

	if (state->alive && part_begin(plan, state->step) < begin)
		begin = part_begin(plan, state->step);
	/* The last one stays: when all is done, that is looked at again. */
	if (begin >= plan->count)
		begin = plan->count - 1;
	if (!begin)
		return;
	state->plan = sim_plan_number(plan->steps + begin, plan->count - begin, plan->node_count);
	state->at = (uint8_t)(state->at - begin);
	if (state->alive)
		state->step = (uint8_t)(state->step - begin);
}

static void forget_process(struct sim_state *state)
{
	state->engine = state->step = state->after_pause = state->cause = state->time = 0;
	state->look = state->look_age = 0;
	state->step_intended = state->undone = state->undo_asked = state->abort_wanted =
		state->sent = state->waited = false;
	state->interrupted = state->written = state->lease_lost = state->budget_gone = false;
}

/* A look counts until the next one is asked for, and for what is still to be judged by it. */
static void forget_look(struct sim_state *state)
{
	enum engine_state engine = (enum engine_state)(
		state->engine == ENGINE_PAUSING ? state->after_pause : state->engine);
	const struct plan *plan = sim_plan(state->plan);
	bool final = state->step >= plan->count || plan->steps[state->step].kind == STEP_FINAL;

	if ((engine == ENGINE_INTENDING || engine == ENGINE_ACTING || engine == ENGINE_UNDOING) &&
		!state->sent)
		return;
	if (final && (engine == ENGINE_CONFIRMING || engine == ENGINE_DONE)) {
		state->look &= LOOK_ALL_WELL;
		return;
	}
	state->look = 0;
	state->look_age = 2;
}

/* Nobody aborts a run that has ended. */
static void forget_told(struct sim_state *state)
{
	for (size_t i = 0; i < SIM_NODES_MAX; i++)
		state->nodes[i].told_to_stop = state->nodes[i].told_to_hand_over = false;
}

void sim_settle(struct sim_state *state)
{
	if (!state->alive)
		forget_process(state);
	if (state->run == RUN_DONE || state->run == RUN_ABORTED)
		forget_told(state);
	/* One reason to start a node again is enough. */
	for (size_t i = 0; i < SIM_NODES_MAX; i++)
		state->nodes[i].told_to_hand_over &= !state->nodes[i].told_to_stop;
	if (state->run == RUN_DONE) {
		state->plan = 0;
		state->at = 0;
		state->intended = false;
		state->told_to_reboot = 0;
		return;
	}
	/* A first installation may go back to any of its nodes. */
	if (state->kind != PLAN_BOOTSTRAP)
		drop_past(state);
	if (state->engine != ENGINE_PAUSING)
		state->after_pause = 0;
	forget_look(state);
}
