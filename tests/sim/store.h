/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The states found so far, how each was first reached, and every way from one to another. */
#ifndef TESTS_SIM_STORE_H
#define TESTS_SIM_STORE_H

#include "tests/sim/world.h"

struct store;

/* NULL without memory. */
struct store *store_new(void);
void store_free(struct store *store);

/* How a state was first reached. Plain data. */
struct store_origin {
	uint32_t parent; /* its own number: the first state */
	uint8_t event;	 /* enum sim_event */
	int8_t node;
};

enum { STORE_NONE = UINT32_MAX, STORE_MAX = 1 << 28 };

/* The state's number; *fresh: it was not there. STORE_NONE without memory. */
uint32_t store_add(struct store *store, const struct sim_key *key,
	const struct store_origin *origin, bool *fresh);
uint32_t store_count(const struct store *store);
struct sim_key store_key(const struct store *store, uint32_t number);
struct store_origin store_origin(const struct store *store, uint32_t number);

/*
 * The state can be reached with that many misfortunes, by way of origin; false without memory. The
 * fewest count, and with them it is queued.
 */
bool store_reach(struct store *store, uint32_t number, unsigned int misfortunes,
	const struct store_origin *origin);
/* The fewest. */
unsigned int store_misfortunes(const struct store *store, uint32_t number);
/*
 * The next state that is reached with that many and is not expanded yet; STORE_NONE: none. Its ways
 * are to be added now. Asked with 0 until there is none, then with 1 if any is reached so, etc.
 */
bool store_is_reached(const struct store *store, unsigned int misfortunes);
uint32_t store_next(struct store *store, unsigned int misfortunes);
bool store_way(struct store *store, uint32_t to, enum sim_class class);
uint64_t store_ways(const struct store *store);
/* The ways out of a state, none when it was not expanded; *count of them. */
const uint32_t *store_out(const struct store *store, uint32_t number, size_t *count);
static inline uint32_t store_to(uint32_t way)
{
	return way & (STORE_MAX - 1);
}
static inline enum sim_class store_class(uint32_t way)
{
	return (enum sim_class)(way >> 28);
}

#endif
