/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world of nodes with a virtual clock. */
#include "tests/unit/heartbeat/group_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"

#define KEEPALIVE_MS 100
#define INITDEAD_MS 2000

struct packet {
	bool used;
	bool goodbye;
	uint64_t at;
	unsigned int from, to;
	uint64_t generation, sequence;
	struct group_statement statement;
};

struct world {
	struct world_config config;
	struct world_node nodes[WORLD_NODES_MAX];
	bool connected[WORLD_NODES_MAX][WORLD_NODES_MAX];
	unsigned int loss, doubled;
	uint64_t delay_ms;
	uint64_t now, random;
	struct packet packets[1024];
	size_t packet_top;   /* those from here on are unused */
	unsigned int acting; /* the node whose code runs */
};

static const char *const names[] = {"n0", "n1", "n2", "n3"};

uint64_t world_now(const struct world *world)
{
	return world->now;
}

struct world_node *world_node(struct world *world, unsigned int node)
{
	return &world->nodes[node];
}

struct failover_group *world_group(struct world *world, unsigned int node)
{
	world->acting = node;
	return world->nodes[node].group;
}

/* xorshift64*: the same on every machine. */
uint64_t world_random(struct world *world, uint64_t below)
{
	world->random ^= world->random >> 12;
	world->random ^= world->random << 25;
	world->random ^= world->random >> 27;
	return (world->random * UINT64_C(2685821657736338717) >> 11) % below;
}

static void packet_add(struct world *world, const struct packet *packet)
{
	size_t i;

	for (i = 0; i < sizeof(world->packets) / sizeof(world->packets[0]); i++) {
		if (world->packets[i].used)
			continue;
		world->packets[i] = *packet;
		world->packets[i].used = true;
		if (i >= world->packet_top)
			world->packet_top = i + 1;
		world->packets[i].at = world->now + 1 +
				       (world->delay_ms ? world_random(world, world->delay_ms) : 0);
		return;
	}
	fprintf(stderr, "the world's network is full\n");
	abort();
}

static void send_all(struct world *world, unsigned int from, bool goodbye)
{
	struct world_node *node = &world->nodes[from];
	struct packet packet = {
		.goodbye = goodbye,
		.from = from,
		.generation = node->generation,
		.sequence = ++node->sequence,
		.statement = *group_statement(node->group),
	};

	for (packet.to = 0; packet.to < world->config.node_count; packet.to++) {
		if (packet.to == from || !world->connected[from][packet.to])
			continue;
		if (world_random(world, 100) >= world->loss)
			packet_add(world, &packet);
		if (world_random(world, 100) < world->doubled)
			packet_add(world, &packet);
	}
}

static void on_action(const struct group_action *action, void *context)
{
	struct world *world = context;
	struct world_node *node = &world->nodes[world->acting];

	switch (action->kind) {
	case GROUP_ACQUIRE:
		if (!node->acquire_fails)
			node->holding = true;
		node->acquire_due = true;
		break;
	case GROUP_RELEASE:
		node->holding = false;
		break;
	case GROUP_STATE:
		/* Sent at the end of the turn, as the daemon does. */
		node->send_at = world->now;
		break;
	case GROUP_ROLE_LINE:
		node->last_line = action->node >= 0 ? GROUP_PRIMARY : GROUP_BACKUP;
		*(action->node >= 0 ? &node->primary_lines : &node->backup_lines) += 1;
		break;
	case GROUP_LOG:
		if (world->config.talkative)
			printf("%6" PRIu64 " %s %s\n", world->now, names[world->acting],
				action->text);
		break;
	case GROUP_LEAVE:
		node->leaves_done = true;
		break;
	case GROUP_ANNOUNCE:
	case GROUP_ANNOUNCE_STOP:
	case GROUP_FORWARD_STOP:
	case GROUP_SILENCE:
	case GROUP_UNSILENCE:
		break;
	}
}

static void on_member(const struct membership_event *event, void *context)
{
	struct world *world = context;

	if (event->kind == MEMBERSHIP_PEER)
		group_peer(
			world->nodes[world->acting].group, event->node, event->after, world->now);
}

void world_start(struct world *world, unsigned int index)
{
	struct world_node *node = &world->nodes[index];
	struct membership_config members = {
		.node_count = world->config.node_count,
		.self = index,
		.link_count = 1,
		.warntime_ms = world->config.deadtime_ms / 2,
		.deadtime_ms = world->config.deadtime_ms,
		.initdead_ms = INITDEAD_MS,
		.function = on_member,
		.context = world,
	};
	struct group_config group = {
		.node_count = world->config.node_count,
		.self = index,
		.names = names,
		.preferred = world->config.preferred,
		.auto_failback = world->config.auto_failback,
		.generation = node->generation + 1,
		.drain_ms = world->config.drain_ms,
		.answer_ms = 1000,
		.settle_ms = 200,
		.fresh_ms = 300,
		.retry_ms = 1000,
		.function = on_action,
		.context = world,
	};

	if (node->alive)
		return;
	world->acting = index;
	node->alive = true;
	node->paused = false;
	node->leaves_done = false;
	node->acquire_due = false;
	node->generation++;
	node->sequence = 0;
	node->send_at = world->now;
	node->last_line = -1;
	node->membership = membership_new(&members, world->now);
	node->group = group_new(&group, world->now);
	memset(node->heard, 0, sizeof(node->heard));
	group_fit(node->group, true, NULL, world->now);
}

static void node_end(struct world_node *node)
{
	group_free(node->group);
	membership_free(node->membership);
	node->group = NULL;
	node->membership = NULL;
	node->alive = false;
}

void world_crash(struct world *world, unsigned int index)
{
	struct world_node *node = &world->nodes[index];

	if (node->alive)
		node_end(node);
	node->holding = false;
}

struct world *world_new(const struct world_config *config)
{
	struct world *world = vector_resize(NULL, 1, sizeof(*world));

	memset(world, 0, sizeof(*world));
	world->config = *config;
	world->random = config->seed * 2 + 1;
	world->now = 1000;
	world_heal(world);
	return world;
}

void world_free(struct world *world)
{
	unsigned int i;

	for (i = 0; i < world->config.node_count; i++)
		if (world->nodes[i].alive)
			node_end(&world->nodes[i]);
	free(world);
}

void world_network(struct world *world, unsigned int loss, unsigned int doubled, uint64_t delay_ms)
{
	world->loss = loss;
	world->doubled = doubled;
	world->delay_ms = delay_ms;
}

void world_connect(struct world *world, unsigned int from, unsigned int to, bool connected)
{
	world->connected[from][to] = connected;
}

void world_heal(struct world *world)
{
	memset(world->connected, 1, sizeof(world->connected));
}

static void deliver(struct world *world, const struct packet *packet)
{
	struct world_node *node = &world->nodes[packet->to];
	enum sequence_verdict verdict;

	if (!node->alive || node->paused)
		return;
	world->acting = packet->to;
	verdict = sequence_check(&node->heard[packet->from], packet->generation, packet->sequence);
	if (verdict != SEQUENCE_NEW && verdict != SEQUENCE_NEW_GENERATION)
		return;
	if (packet->goodbye) {
		membership_gone(node->membership, packet->from, world->now);
		return;
	}
	membership_heard(node->membership, packet->from, 0, world->now);
	group_heard(node->group, packet->from, &packet->statement, world->now);
}

/* What the daemon's loop does in a turn. */
static void node_turn(struct world *world, unsigned int index)
{
	struct world_node *node = &world->nodes[index];
	const struct group_statement *self = group_statement(node->group);
	bool hurry;

	world->acting = index;
	membership_tick(node->membership, world->now);
	if (world->now >= group_next(node->group))
		group_tick(node->group, world->now);
	if (group_is_draining(node->group) && world->now >= node->count_at) {
		node->count_at = world->now + 50;
		if (node->connections && world_random(world, 4) == 0)
			node->connections--;
		group_connections(node->group, node->connections, world->now);
	}
	while (node->acquire_due) {
		node->acquire_due = false;
		group_acquired(
			node->group, node->acquire_fails ? -5 : 0, "the test says so", world->now);
	}
	hurry = self->role == GROUP_TAKING || self->role == GROUP_GIVING || self->want;
	if (hurry && node->send_at > world->now + 50)
		node->send_at = world->now + 50;
	if (world->now >= node->send_at) {
		node->send_at = world->now + KEEPALIVE_MS;
		send_all(world, index, false);
	}
	if (node->leaves_done) {
		int i;

		for (i = 0; i < 3; i++)
			send_all(world, index, true);
		node_end(node);
	}
}

void world_step(struct world *world)
{
	size_t i;

	world->now++;
	while (world->packet_top && !world->packets[world->packet_top - 1].used)
		world->packet_top--;
	for (i = 0; i < world->packet_top; i++) {
		struct packet packet;

		if (!world->packets[i].used || world->packets[i].at > world->now)
			continue;
		packet = world->packets[i];
		world->packets[i].used = false;
		deliver(world, &packet);
	}
	for (i = 0; i < world->config.node_count; i++)
		if (world->nodes[i].alive && !world->nodes[i].paused)
			node_turn(world, (unsigned int)i);
}

unsigned int world_holders(const struct world *world)
{
	unsigned int i, count = 0;

	for (i = 0; i < world->config.node_count; i++)
		count += world->nodes[i].holding;
	return count;
}

int world_settled(const struct world *world)
{
	int primary = -1;
	unsigned int i;

	for (i = 0; i < world->config.node_count; i++) {
		const struct world_node *node = &world->nodes[i];
		enum group_role role;

		if (!node->alive) {
			if (node->holding)
				return -1;
			continue;
		}
		role = group_statement(node->group)->role;
		if (role == GROUP_PRIMARY && node->holding && primary < 0 &&
			node->last_line == GROUP_PRIMARY)
			primary = (int)i;
		else if (role != GROUP_BACKUP || node->holding || node->last_line != GROUP_BACKUP)
			return -1;
	}
	return primary;
}

int world_settle(struct world *world, uint64_t deadline_ms)
{
	uint64_t deadline = world->now + deadline_ms;

	while (world_settled(world) < 0 && world->now < deadline)
		world_step(world);
	return world_settled(world);
}

void world_print(const struct world *world)
{
	unsigned int i;

	fprintf(stderr, "at %" PRIu64 " ms, seed %" PRIu64 ":\n", world->now, world->config.seed);
	for (i = 0; i < world->config.node_count; i++) {
		const struct world_node *node = &world->nodes[i];
		const struct group_statement *self =
			node->alive ? group_statement(node->group) : NULL;

		fprintf(stderr, "  %s: %s%s%s", names[i],
			self ? group_role_name(self->role) : "down", node->paused ? " paused" : "",
			node->holding ? " holding" : "");
		if (self)
			fprintf(stderr, " tenure %" PRIu64 " to %d from %d want %" PRIu64,
				self->tenure, self->to, self->from, self->want);
		fprintf(stderr, "\n");
	}
}
