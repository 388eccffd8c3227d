/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure: which peers are alive, from when they were heard last; all times are handed in. */
#ifndef DAEMONS_HEARTBEAT_MEMBERSHIP_H
#define DAEMONS_HEARTBEAT_MEMBERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/cluster/ha_cf.h"

enum membership_state {
	MEMBERSHIP_UNKNOWN, /* not heard since our start; waited for until initdead */
	MEMBERSHIP_UP,
	MEMBERSHIP_LATE, /* silent for warntime; still counted as alive */
	MEMBERSHIP_DEAD, /* silent for deadtime, or initdead is over */
	MEMBERSHIP_GONE, /* has said that it leaves */
};
const char *membership_state_name(enum membership_state state);

/* Something happened that others should hear of. link is an index of config->links or -1. */
struct membership_event {
	enum {
		MEMBERSHIP_PEER, /* the peer's state changed from before to after */
		MEMBERSHIP_LINK_UP,
		MEMBERSHIP_LINK_DEAD, /* nothing of the peer over that link for deadtime */
	} kind;
	unsigned int node;
	int link;
	enum membership_state before, after;
	uint64_t silent_ms;
};

/* Called for each event while one of the functions below runs; must not call them again. */
typedef void membership_function(const struct membership_event *event, void *context);

struct membership_config {
	unsigned int node_count, self, link_count;
	uint64_t warntime_ms, deadtime_ms, initdead_ms;
	membership_function *function;
	void *context;
};

struct membership;

/* now_ms: monotonic. Peers are waited for until now_ms + initdead_ms. */
struct membership *membership_new(const struct membership_config *config, uint64_t now_ms);
void membership_free(struct membership *membership);
CLEANUP_DEFINE(membership);

/* An authentic new message of node came in over that link. */
void membership_heard(
	struct membership *membership, unsigned int node, unsigned int link, uint64_t now_ms);
/* A further copy of it came over another link. */
void membership_link_heard(
	struct membership *membership, unsigned int node, unsigned int link, uint64_t now_ms);
/* The node said that it leaves. */
void membership_gone(struct membership *membership, unsigned int node, uint64_t now_ms);
/* Time has passed; to be called at membership_next at the latest. */
void membership_tick(struct membership *membership, uint64_t now_ms);
/* When the next event is due if nobody is heard; UINT64_MAX: never. */
uint64_t membership_next(const struct membership *membership);

enum membership_state membership_state(const struct membership *membership, unsigned int node);
/* Milliseconds since the node was heard (over any link); UINT64_MAX: never. */
uint64_t membership_age(const struct membership *membership, unsigned int node, uint64_t now_ms);
/* The same of one link; -1 in *up when it was never heard, else 0 or 1. */
uint64_t membership_link_age(const struct membership *membership, unsigned int node,
	unsigned int link, uint64_t now_ms, int *up);

#endif
