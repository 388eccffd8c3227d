/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure: who holds the failover group. A state machine, handed time and what others said. */
#ifndef DAEMONS_HEARTBEAT_GROUP_H
#define DAEMONS_HEARTBEAT_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemons/heartbeat/membership.h"
#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/cluster/ha_cf.h"

/*
 * The protocol is level-triggered: a node never sends an order that could be lost, but states,
 * again and again, what it is. "take" is the statement "giving, to node2, tenure 8"; "taken" is
 * node2's "taking, serving, tenure 8"; "released" is "backup, gave tenure 8 to node2". Lost,
 * doubled and late messages are harmless as a newer statement replaces an older one (sequence.h).
 *
 * A tenure is one node's time as holder; its number grows with each change of the holder. A tenure
 * number that a failed switch-over used up is not used again.
 *
 *   joining --(somebody holds)--> backup      joining, backup --(vacant, our turn)--> taking
 *   backup --(holder gives to us)--> taking   taking --(holder released or is dead)--> primary
 *   taking --(holder changed its mind)--> backup             taking (vacant) --(done)--> primary
 *   primary --(request)--> giving --(taken, drained)--> backup    giving --(no answer)--> primary
 *   primary --(another holder earlier in order)--> backup
 */
enum group_role {
	GROUP_JOINING,
	GROUP_BACKUP,
	GROUP_TAKING,
	GROUP_PRIMARY,
	GROUP_GIVING,
};
const char *group_role_name(enum group_role role);
/* -1 for a name that is none. */
int group_role_parse(const char *name);

#define GROUP_REASON_MAX 160

/* What a node says about itself. Plain data; nodes are indices, -1: none. */
struct group_statement {
	enum group_role role;
	bool fit;     /* could serve if it were asked to */
	bool serving; /* taking: has the addresses */
	bool leaving;
	uint64_t generation; /* of the daemon that says this */
	uint64_t tenure;     /* the highest known; holder: its own; giving: the successor's to be */
	int to;		  /* giving: the successor; backup: to whom it released `tenure`, or -1 */
	int from;	  /* taking: from whom, or -1 */
	uint64_t want;	  /* backup: asks to be given the group; number of the request, or 0 */
	uint64_t refused; /* holder: the `want` it refuses; backup: the tenure it refuses; or 0 */
	char reason[GROUP_REASON_MAX]; /* of the refusal */
};

enum group_action_kind {
	/* Forward rule to `node` (or, at -1, clear all left-overs), then addresses, then announce
	 * them; answer with group_acquired at once or later. */
	GROUP_ACQUIRE,
	GROUP_ANNOUNCE, /* gratuitous ARP again */
	/* No more of it: a successor is to announce, and must not be contradicted. */
	GROUP_ANNOUNCE_STOP,
	GROUP_FORWARD_STOP, /* the old holder needs nothing passed on any more */
	GROUP_SILENCE,	    /* the successor answers now: say nothing about the addresses in ARP */
	GROUP_UNSILENCE,
	GROUP_RELEASE,	 /* addresses off, forward rule off */
	GROUP_STATE,	 /* own statement changed: send it now */
	GROUP_ROLE_LINE, /* the role is now primary (node == self) or backup */
	GROUP_LOG,	 /* text at priority */
	GROUP_LEAVE,	 /* nothing holds this node any more: say goodbye and exit */
};

struct group_action {
	enum group_action_kind kind;
	int node;
	int priority;
	const char *text;
};

/* Carries out an action while one of the functions below runs; must not call them again, except
 * that group_acquired may be called from outside it right afterwards. */
typedef void group_function(const struct group_action *action, void *context);

struct group_config {
	unsigned int node_count, self;
	const char *const *names; /* borrowed */
	int preferred;		  /* or -1 */
	bool auto_failback;
	uint64_t generation;
	uint64_t drain_ms;
	uint64_t answer_ms; /* a successor must serve within that time, e.g. 2000 */
	uint64_t settle_ms; /* both serve at least that long, e.g. 500: ARP news needs its time */
	uint64_t fresh_ms;  /* release only when the successor was heard within that time, e.g. 1000
			     */
	uint64_t retry_ms;  /* after a failed attempt of its own accord, e.g. 5000 */
	group_function *function;
	void *context;
};

struct failover_group;

struct failover_group *group_new(const struct group_config *config, uint64_t now_ms);
void group_free(struct failover_group *group);

/* A peer's membership changed. */
void group_peer(struct failover_group *group, unsigned int node, enum membership_state state,
	uint64_t now_ms);
/* A peer, alive, has stated this. */
void group_heard(struct failover_group *group, unsigned int node,
	const struct group_statement *statement, uint64_t now_ms);
/* The end of GROUP_ACQUIRE: 0 or a negative errno with the reason. */
void group_acquired(struct failover_group *group, int result, const char *reason, uint64_t now_ms);
/* How many connections are established to the floating addresses now; asked for while
 * group_is_draining. */
void group_connections(struct failover_group *group, unsigned int count, uint64_t now_ms);
bool group_is_draining(const struct failover_group *group);
/* Whether this node could serve, with the reason if not. */
void group_fit(struct failover_group *group, bool fit, const char *reason, uint64_t now_ms);
/* This daemon is to end; GROUP_LEAVE comes when it may. */
void group_leave(struct failover_group *group, uint64_t now_ms);
/* Time has passed; to be called at group_next at the latest. */
void group_tick(struct failover_group *group, uint64_t now_ms);
uint64_t group_next(const struct failover_group *group);

enum group_request_state { GROUP_REQUEST_RUNNING, GROUP_REQUEST_DONE, GROUP_REQUEST_FAILED };

/* The operator's last request and how it went. Plain data. */
struct group_request {
	uint64_t number; /* from 1; 0: there was none */
	enum group_request_state state;
	char reason[GROUP_REASON_MAX]; /* also for done: "already backup" */
};

/*
 * Hand the group to a fit backup / take it. Returns 0 with the request's number, its state to be
 * had from group_request; -EBUSY with the reason while another is running.
 */
int group_standby(
	struct failover_group *group, uint64_t now_ms, uint64_t *number, struct error *err);
int group_takeover(
	struct failover_group *group, uint64_t now_ms, uint64_t *number, struct error *err);
const struct group_request *group_request(const struct failover_group *group);

/* What this node states now. */
const struct group_statement *group_statement(const struct failover_group *group);
/* What a peer stated last, or NULL. */
const struct group_statement *group_peer_statement(
	const struct failover_group *group, unsigned int node);
/* The node that holds the group as far as is known, or -1. */
int group_holder(const struct failover_group *group);

#endif
