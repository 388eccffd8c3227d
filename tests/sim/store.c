/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The states found so far: a hash set with open addressing over growing arrays. */
#include "tests/sim/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct store {
	struct sim_key *keys;
	struct store_origin *origins;
	uint64_t *begins;     /* where a state's ways begin */
	uint8_t *way_counts;  /* of each; NOT_EXPANDED */
	uint8_t *misfortunes; /* the fewest that lead to it */
	/* Those to expand, with an even and an odd number of misfortunes. */
	struct queue {
		uint32_t *numbers;
		size_t count, room;
	} queues[2];
	size_t queue_at; /* in the one whose turn it is */
	uint32_t count, room;
	uint32_t *slots; /* number plus one; 0: free */
	uint32_t slot_count;
	uint32_t *ways;
	uint64_t way_count, way_room;
	uint32_t expanding;
};

enum { NOT_EXPANDED = UINT8_MAX, NOT_REACHED = UINT8_MAX };

static bool grow(void *array, size_t count, size_t size)
{
	void **place = array;
	void *bigger = reallocarray(*place, count, size);

	if (bigger)
		*place = bigger;
	return bigger != NULL;
}

static uint64_t hash(const struct sim_key *key)
{
	uint64_t mixed = key->machines * 0x9e3779b97f4a7c15ULL ^ key->rest;

	mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93ULL;
	return mixed ^ (mixed >> 32);
}

static uint32_t *find_slot(const struct store *store, const struct sim_key *key)
{
	uint32_t mask = store->slot_count - 1, at = (uint32_t)hash(key) & mask;

	while (store->slots[at]) {
		const struct sim_key *there = &store->keys[store->slots[at] - 1];

		if (there->machines == key->machines && there->rest == key->rest)
			break;
		at = (at + 1) & mask;
	}
	return &store->slots[at];
}

static bool rehash(struct store *store, uint32_t slot_count)
{
	uint32_t i;

	free(store->slots);
	store->slots = calloc(slot_count, sizeof(*store->slots));
	if (!store->slots)
		return false;
	store->slot_count = slot_count;
	for (i = 0; i < store->count; i++)
		*find_slot(store, &store->keys[i]) = i + 1;
	return true;
}

static bool make_room(struct store *store)
{
	if (store->count < store->room)
		return true;
	store->room = store->room ? store->room * 2 : 1 << 16;
	return store->room <= STORE_MAX && grow(&store->keys, store->room, sizeof(*store->keys)) &&
	       grow(&store->origins, store->room, sizeof(*store->origins)) &&
	       grow(&store->begins, store->room + 1UL, sizeof(*store->begins)) &&
	       grow(&store->way_counts, store->room, 1) &&
	       grow(&store->misfortunes, store->room, 1) && rehash(store, store->room * 2);
}

struct store *store_new(void)
{
	return calloc(1, sizeof(struct store));
}

void store_free(struct store *store)
{
	if (!store)
		return;
	free(store->keys);
	free(store->origins);
	free(store->begins);
	free(store->way_counts);
	free(store->misfortunes);
	free(store->queues[0].numbers);
	free(store->queues[1].numbers);
	free(store->slots);
	free(store->ways);
	free(store);
}

uint32_t store_add(struct store *store, const struct sim_key *key,
	const struct store_origin *origin, bool *fresh)
{
	uint32_t *slot;

	if (!make_room(store))
		return STORE_NONE;
	slot = find_slot(store, key);
	*fresh = *slot == 0;
	if (*fresh) {
		store->keys[store->count] = *key;
		store->origins[store->count] = *origin;
		store->way_counts[store->count] = NOT_EXPANDED;
		store->misfortunes[store->count] = NOT_REACHED;
		*slot = ++store->count;
	}
	return *slot - 1;
}

uint32_t store_count(const struct store *store)
{
	return store->count;
}

struct sim_key store_key(const struct store *store, uint32_t number)
{
	return store->keys[number];
}

struct store_origin store_origin(const struct store *store, uint32_t number)
{
	return store->origins[number];
}

bool store_reach(struct store *store, uint32_t number, unsigned int misfortunes,
	const struct store_origin *origin)
{
	struct queue *queue = &store->queues[misfortunes & 1];

	if (store->misfortunes[number] <= misfortunes)
		return true;
	store->origins[number] = *origin;
	store->misfortunes[number] = (uint8_t)misfortunes;
	if (queue->count == queue->room) {
		queue->room = queue->room ? queue->room * 2 : 1 << 16;
		if (!grow(&queue->numbers, queue->room, sizeof(*queue->numbers)))
			return false;
	}
	queue->numbers[queue->count++] = number;
	return true;
}

unsigned int store_misfortunes(const struct store *store, uint32_t number)
{
	return store->misfortunes[number];
}

bool store_is_reached(const struct store *store, unsigned int misfortunes)
{
	return store->queues[misfortunes & 1].count > 0;
}

uint32_t store_next(struct store *store, unsigned int misfortunes)
{
	struct queue *queue = &store->queues[misfortunes & 1];

	while (store->queue_at < queue->count) {
		uint32_t number = queue->numbers[store->queue_at++];

		/* Since it was queued, a way with fewer misfortunes may have been found. */
		if (store->way_counts[number] != NOT_EXPANDED)
			continue;
		store->begins[number] = store->way_count;
		store->way_counts[number] = 0;
		store->expanding = number;
		return number;
	}
	queue->count = store->queue_at = 0;
	return STORE_NONE;
}

bool store_way(struct store *store, uint32_t to, enum sim_class class)
{
	if (store->way_count == store->way_room) {
		store->way_room = store->way_room ? store->way_room * 2 : 1 << 18;
		if (!grow(&store->ways, store->way_room, sizeof(*store->ways)))
			return false;
	}
	assert(store->way_counts[store->expanding] < NOT_EXPANDED - 1);
	store->way_counts[store->expanding]++;
	store->ways[store->way_count++] = to | (uint32_t) class << 28;
	return true;
}

uint64_t store_ways(const struct store *store)
{
	return store->way_count;
}

const uint32_t *store_out(const struct store *store, uint32_t number, size_t *count)
{
	*count = 0;
	if (store->way_counts[number] == NOT_EXPANDED)
		return NULL;
	*count = store->way_counts[number];
	return store->ways + store->begins[number];
}
