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

enum { STORE_NONE = UINT32_MAX };

/* The state's number; *fresh: it was not there. STORE_NONE without memory. */
uint32_t store_add(struct store *store, const struct sim_key *key,
	const struct store_origin *origin, bool *fresh);
uint32_t store_count(const struct store *store);
struct sim_key store_key(const struct store *store, uint32_t number);
struct store_origin store_origin(const struct store *store, uint32_t number);

/* States are expanded in the order of their numbers: begin each, then add its ways. */
bool store_begin(struct store *store, uint32_t number);
bool store_way(struct store *store, uint32_t to, enum sim_class class);
uint64_t store_ways(const struct store *store);
/* The ways out of a state; *count of them. */
const uint32_t *store_out(const struct store *store, uint32_t number, size_t *count);
static inline uint32_t store_to(uint32_t way)
{
	return way & 0x1fffffffU;
}
static inline enum sim_class store_class(uint32_t way)
{
	return (enum sim_class)(way >> 29);
}

#endif
