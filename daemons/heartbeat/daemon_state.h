/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of struct daemon, shared by its loop, its traffic and its requests. */
#ifndef DAEMONS_HEARTBEAT_DAEMON_STATE_H
#define DAEMONS_HEARTBEAT_DAEMON_STATE_H

#include "daemons/heartbeat/announcement.h"
#include "daemons/heartbeat/control.h"
#include "daemons/heartbeat/daemon.h"
#include "daemons/heartbeat/floating_addresses.h"
#include "daemons/heartbeat/group.h"
#include "daemons/heartbeat/link.h"
#include "daemons/heartbeat/membership.h"
#include "lib/cluster/sequence.h"
#include "lib/event/loop.h"

#define DAEMON_ACTIONS_MAX 64

struct daemon_counters {
	uint64_t sent, received;
	uint64_t malformed; /* not a message, or a field that makes no sense */
	uint64_t bad_auth;
	uint64_t replayed; /* older than what was heard, or heard already */
	uint64_t unknown_node;
	uint64_t ignored; /* of a type that this version does not act on */
};

/* What the loop keeps of a peer besides what membership and group keep. */
struct daemon_peer {
	struct sequence sequence;
	uint64_t copy_number;	/* the newest sequence number ... */
	uint32_t copy_links;	/* ... and over which links it has come in, a bit each */
	uint64_t complained_at; /* about an old generation */
	struct in_addr fixed[GROUPS_CONF_ADDRESSES_MAX];
	unsigned int fixed_count;
	char software[ANNOUNCEMENT_SOFTWARE_MAX];
};

#define DAEMON_OUTCOMES 64
#define DAEMON_ASKERS 16

/* Whose request was logged last, and when. */
struct daemon_asker {
	uid_t user;
	uint64_t logged_at;
};

struct daemon {
	struct daemon_setup setup;
	struct event_loop *loop;
	struct event_timer *timer;
	bool stopping;
	uint64_t ready_at; /* the service manager is to be told; UINT64_MAX: it was */
	bool left;	   /* nothing is to be done any more but to release what is left */
	struct link_set *links;
	struct membership *membership;
	struct failover_group *group;
	struct floating_addresses *floating;
	struct control *control;
	struct daemon_counters counters;
	struct daemon_peer peers[HA_CF_NODES_MAX];

	uint64_t sequence;
	struct group_statement said; /* to the others, the last time */
	uint64_t send_at, fit_at, count_at;
	uint64_t complained_at; /* about messages that are not authentic */
	unsigned int connections;
	struct in_addr fixed[GROUPS_CONF_ADDRESSES_MAX];

	/* How requests ended whose end was still to be asked for; at their number's rest. */
	struct group_request outcomes[DAEMON_OUTCOMES];
	uint64_t unfinished; /* number of the last one that was answered "running" */
	struct daemon_asker askers[DAEMON_ASKERS];
	unsigned int next_asker;

	/* What the group has decided and is not done yet, in its order. */
	struct group_action actions[DAEMON_ACTIONS_MAX];
	size_t action_first, action_count;
};

/* Does what is due, sets the timer for what comes next. To be called after every event. */
void daemon_work(struct daemon *daemon);

#endif
