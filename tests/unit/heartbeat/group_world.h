/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world of up to four nodes with a virtual clock, for test_group_simulation: the real membership,
 * sequence and group code, over a network that loses, doubles, delays and parts. */
#ifndef TESTS_UNIT_GROUP_WORLD_H
#define TESTS_UNIT_GROUP_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemons/heartbeat/group.h"
#include "daemons/heartbeat/membership.h"
#include "lib/cluster/sequence.h"

#define WORLD_NODES_MAX 4

struct world_config {
	unsigned int node_count;
	bool auto_failback;
	int preferred;
	uint64_t deadtime_ms; /* warntime is half of it, keepalive 100 ms, initdead 2 s */
	uint64_t drain_ms;
	uint64_t seed;
	bool talkative; /* print what the groups log */
};

struct world_node {
	bool alive;   /* the daemon runs */
	bool paused;  /* it is scheduled out (SIGSTOP): keeps its addresses, does nothing */
	bool holding; /* its kernel has the floating addresses */
	bool leaves_done;
	bool acquire_fails;
	bool acquire_due; /* the end of GROUP_ACQUIRE is still to be told */
	unsigned int connections;
	uint64_t generation, sequence, send_at, count_at;
	struct failover_group *group;
	struct membership *membership;
	struct sequence heard[WORLD_NODES_MAX];
	unsigned int primary_lines, backup_lines;
	int last_line; /* GROUP_PRIMARY, GROUP_BACKUP or -1 */
};

struct world;

struct world *world_new(const struct world_config *config);
void world_free(struct world *world);

uint64_t world_now(const struct world *world);
uint64_t world_random(struct world *world, uint64_t below);
struct world_node *world_node(struct world *world, unsigned int node);
/* The node's group, whose actions are that node's until the next step. */
struct failover_group *world_group(struct world *world, unsigned int node);

/* Percentages, and the longest delay of a message in ms. */
void world_network(struct world *world, unsigned int loss, unsigned int doubled, uint64_t delay_ms);
/* Whether messages go from one node to another. */
void world_connect(struct world *world, unsigned int from, unsigned int to, bool connected);
void world_heal(struct world *world);

void world_start(struct world *world, unsigned int node);
/* The machine fails: daemon and addresses are gone. */
void world_crash(struct world *world, unsigned int node);

/* One millisecond passes. */
void world_step(struct world *world);

/* How many nodes have the addresses; -1 for node: any. */
unsigned int world_holders(const struct world *world);
/* The one primary when it has the addresses and all others that run are backups; else -1. */
int world_settled(const struct world *world);
/* Steps until settled, or deadline_ms have passed (-1). */
int world_settle(struct world *world, uint64_t deadline_ms);
/* All that is known, for a failure's message. */
void world_print(const struct world *world);

#endif
