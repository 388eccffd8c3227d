/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which peers are alive. */
#include "daemons/heartbeat/membership.h"

#include "lib/base/vector.h"

struct link_state {
	bool heard, up;
	uint64_t heard_at;
};

struct peer {
	enum membership_state state;
	bool heard;
	uint64_t heard_at; /* until heard: when the waiting began */
	struct link_state links[HA_CF_LINKS_MAX];
};

struct membership {
	struct membership_config config;
	uint64_t started_at;
	struct peer peers[HA_CF_NODES_MAX];
};

const char *membership_state_name(enum membership_state state)
{
	static const char *const names[] = {
		[MEMBERSHIP_UNKNOWN] = "unknown",
		[MEMBERSHIP_UP] = "up",
		[MEMBERSHIP_LATE] = "late",
		[MEMBERSHIP_DEAD] = "dead",
		[MEMBERSHIP_GONE] = "gone",
	};

	return names[state];
}

struct membership *membership_new(const struct membership_config *config, uint64_t now_ms)
{
	struct membership *membership = vector_resize(NULL, 1, sizeof(*membership));

	*membership = (struct membership){.config = *config, .started_at = now_ms};
	membership->peers[config->self].state = MEMBERSHIP_UP;
	return membership;
}

void membership_free(struct membership *membership)
{
	free(membership);
}

/* The only place where a peer's state changes. */
static void state_change(struct membership *membership, unsigned int node,
	enum membership_state state, uint64_t now_ms)
{
	struct peer *peer = &membership->peers[node];
	struct membership_event event = {
		.kind = MEMBERSHIP_PEER,
		.node = node,
		.link = -1,
		.before = peer->state,
		.after = state,
		.silent_ms = now_ms - (peer->heard ? peer->heard_at : membership->started_at),
	};

	if (peer->state == state)
		return;
	peer->state = state;
	membership->config.function(&event, membership->config.context);
}

static void link_change(struct membership *membership, unsigned int node, unsigned int link,
	bool up, uint64_t now_ms)
{
	struct peer *peer = &membership->peers[node];
	struct link_state *state = &peer->links[link];
	struct membership_event event = {
		.kind = up ? MEMBERSHIP_LINK_UP : MEMBERSHIP_LINK_DEAD,
		.node = node,
		.link = (int)link,
		.before = peer->state,
		.after = peer->state,
		.silent_ms = now_ms - state->heard_at,
	};

	if (state->up == up)
		return;
	state->up = up;
	membership->config.function(&event, membership->config.context);
}

void membership_link_heard(
	struct membership *membership, unsigned int node, unsigned int link, uint64_t now_ms)
{
	struct link_state *state = &membership->peers[node].links[link];

	state->heard_at = now_ms;
	state->heard = true;
	link_change(membership, node, link, true, now_ms);
}

void membership_heard(
	struct membership *membership, unsigned int node, unsigned int link, uint64_t now_ms)
{
	struct peer *peer = &membership->peers[node];

	membership_link_heard(membership, node, link, now_ms);
	state_change(membership, node, MEMBERSHIP_UP, now_ms);
	/* After the event, which tells how long the peer was silent. */
	peer->heard = true;
	peer->heard_at = now_ms;
}

void membership_gone(struct membership *membership, unsigned int node, uint64_t now_ms)
{
	unsigned int link;

	/* Its links fall silent on purpose: no event for them. */
	for (link = 0; link < membership->config.link_count; link++)
		membership->peers[node].links[link].up = false;
	state_change(membership, node, MEMBERSHIP_GONE, now_ms);
}

/* When the peer's next step is due without a word from it; UINT64_MAX: never. */
static uint64_t peer_next(
	const struct membership *membership, unsigned int node, enum membership_state *state)
{
	const struct peer *peer = &membership->peers[node];
	const struct membership_config *config = &membership->config;

	switch (peer->state) {
	case MEMBERSHIP_UNKNOWN:
		*state = MEMBERSHIP_DEAD;
		return membership->started_at + config->initdead_ms;
	case MEMBERSHIP_UP:
		*state = MEMBERSHIP_LATE;
		return peer->heard_at + config->warntime_ms;
	case MEMBERSHIP_LATE:
		*state = MEMBERSHIP_DEAD;
		return peer->heard_at + config->deadtime_ms;
	case MEMBERSHIP_DEAD:
	case MEMBERSHIP_GONE:
		break;
	}
	*state = peer->state;
	return UINT64_MAX;
}

void membership_tick(struct membership *membership, uint64_t now_ms)
{
	const struct membership_config *config = &membership->config;
	enum membership_state state;
	unsigned int node, link;

	for (node = 0; node < config->node_count; node++) {
		if (node == config->self)
			continue;
		for (link = 0; link < config->link_count; link++) {
			struct link_state *at = &membership->peers[node].links[link];

			if (at->up && now_ms >= at->heard_at + config->deadtime_ms)
				link_change(membership, node, link, false, now_ms);
		}
		/* A long pause may bring up -> late -> dead in one go. */
		while (now_ms >= peer_next(membership, node, &state))
			state_change(membership, node, state, now_ms);
	}
}

uint64_t membership_next(const struct membership *membership)
{
	const struct membership_config *config = &membership->config;
	uint64_t next = UINT64_MAX;
	unsigned int node, link;

	for (node = 0; node < config->node_count; node++) {
		enum membership_state state;
		uint64_t due;

		if (node == config->self)
			continue;
		due = peer_next(membership, node, &state);
		if (due < next)
			next = due;
		for (link = 0; link < config->link_count; link++) {
			const struct link_state *at = &membership->peers[node].links[link];

			if (at->up && at->heard_at + config->deadtime_ms < next)
				next = at->heard_at + config->deadtime_ms;
		}
	}
	return next;
}

enum membership_state membership_state(const struct membership *membership, unsigned int node)
{
	return membership->peers[node].state;
}

uint64_t membership_age(const struct membership *membership, unsigned int node, uint64_t now_ms)
{
	const struct peer *peer = &membership->peers[node];

	return peer->heard ? now_ms - peer->heard_at : UINT64_MAX;
}

uint64_t membership_link_age(const struct membership *membership, unsigned int node,
	unsigned int link, uint64_t now_ms, int *up)
{
	const struct link_state *state = &membership->peers[node].links[link];

	*up = state->heard ? state->up : -1;
	return state->heard ? now_ms - state->heard_at : UINT64_MAX;
}
