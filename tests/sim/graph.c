/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is true of the ways as a whole. */
#include "tests/sim/graph.h"

#include <stdio.h>
#include <stdlib.h>

static void *need(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory) {
		fputs("explore: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

static bool allowed(uint32_t way, unsigned int classes)
{
	return classes >> store_class(way) & 1;
}

/* One pass, backwards, for most ways lead forwards; true when anything was marked. */
static bool mark_once(const struct store *store, unsigned int classes, uint8_t *marked)
{
	bool any = false;
	uint32_t i = store_count(store);

	while (i-- > 0) {
		size_t count, k;
		const uint32_t *out;

		if (marked[i])
			continue;
		out = store_out(store, i, &count);
		for (k = 0; k < count && !marked[i]; k++) {
			if (allowed(out[k], classes) && marked[store_to(out[k])])
				marked[i] = any = true;
		}
	}
	return any;
}

/* A byte for each state: is it good? Owned. */
static uint8_t *mark_good(const struct store *store, bool (*good)(const struct sim_state *state))
{
	uint32_t count = store_count(store), i;
	uint8_t *marked = need(count, 1);
	struct sim_state state;

	for (i = 0; i < count; i++) {
		struct sim_key key = store_key(store, i);

		sim_unpack(&key, &state);
		marked[i] = good(&state);
	}
	return marked;
}

uint32_t graph_stuck(const struct store *store, bool (*good)(const struct sim_state *state),
	bool (*must)(const struct sim_state *state, unsigned int misfortunes), unsigned int classes)
{
	uint32_t count = store_count(store), i, stuck = STORE_NONE;
	uint8_t *marked = mark_good(store, good);
	struct sim_state state;

	while (mark_once(store, classes, marked))
		;
	for (i = 0; i < count && stuck == STORE_NONE; i++) {
		struct sim_key key = store_key(store, i);

		sim_unpack(&key, &state);
		if (!marked[i] && must(&state, store_misfortunes(store, i)))
			stuck = i;
	}
	free(marked);
	return stuck;
}

/* Takes away what nothing leads to, again and again: circles remain. */
uint32_t graph_circle(const struct store *store, unsigned int classes)
{
	uint32_t count = store_count(store), i, left = count, top = 0, circle = STORE_NONE;
	uint32_t *into = need(count, sizeof(*into));
	uint32_t *stack = need(count, sizeof(*stack));
	size_t ways, k;
	const uint32_t *out;

	for (i = 0; i < count; i++) {
		out = store_out(store, i, &ways);
		for (k = 0; k < ways; k++)
			into[store_to(out[k])] += allowed(out[k], classes);
	}
	for (i = 0; i < count; i++) {
		if (!into[i])
			stack[top++] = i;
	}
	while (top > 0) {
		out = store_out(store, stack[--top], &ways);
		left--;
		for (k = 0; k < ways; k++) {
			if (allowed(out[k], classes) && --into[store_to(out[k])] == 0)
				stack[top++] = store_to(out[k]);
		}
	}
	for (i = 0; i < count && left && circle == STORE_NONE; i++) {
		if (into[i])
			circle = i;
	}
	free(into);
	free(stack);
	return circle;
}

/* Do all of its ways lead to marked states? Also when it has none. */
static bool all_marked(
	const struct store *store, uint32_t number, unsigned int classes, const uint8_t *marked)
{
	size_t count, k;
	const uint32_t *out = store_out(store, number, &count);

	for (k = 0; k < count; k++) {
		if (allowed(out[k], classes) && !marked[store_to(out[k])])
			return false;
	}
	return true;
}

uint32_t graph_lingering(const struct store *store, bool (*good)(const struct sim_state *state),
	unsigned int classes)
{
	uint32_t count = store_count(store), i, lingering = STORE_NONE;
	uint8_t *marked = mark_good(store, good);
	bool any = true;

	while (any) {
		any = false;
		for (i = count; i-- > 0;) {
			if (!marked[i] && all_marked(store, i, classes, marked))
				marked[i] = any = true;
		}
	}
	for (i = 0; i < count && lingering == STORE_NONE; i++) {
		if (!marked[i])
			lingering = i;
	}
	free(marked);
	return lingering;
}
