/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The heartbeat itself: a node's statement as fields of a message, and back. */
#ifndef DAEMONS_HEARTBEAT_ANNOUNCEMENT_H
#define DAEMONS_HEARTBEAT_ANNOUNCEMENT_H

#include "daemons/heartbeat/group.h"
#include "daemons/heartbeat/groups_conf.h"
#include "lib/cluster/ha_cf.h"
#include "lib/cluster/message.h"

/* The version of our fields (ha_v). Fields may be added; a peer ignores those it does not know. */
#define ANNOUNCEMENT_VERSION 1
#define ANNOUNCEMENT_SOFTWARE_MAX 32

/* Plain data. */
struct announcement {
	unsigned int node; /* who says it */
	uint64_t generation, sequence;
	bool leaving;	/* st=dead: the daemon ends; nothing else is read */
	bool has_group; /* false: a node without our fields, such as Heartbeat's own */
	struct group_statement group;
	char software[ANNOUNCEMENT_SOFTWARE_MAX]; /* "" when not told */
	/* The node's own address near each floating one, in the order of groups.conf; 0.0.0.0:
	 * none. */
	struct in_addr fixed[GROUPS_CONF_ADDRESSES_MAX];
	unsigned int fixed_count;
};

/* wall_seconds: for the field ts, which nobody decides by. load: "0.00 0.01 ...". */
struct message *announcement_encode(const struct announcement *announcement,
	const struct ha_cf *config, uint64_t wall_seconds, const char *load);

/*
 * -ESRCH: from a node that is not configured; -EALREADY: from this node itself (a copy of our own);
 * -ENOMSG: a type that this version does not act on; -EBADMSG: a field that makes no sense.
 */
int announcement_decode(const struct message *message, const struct ha_cf *config,
	struct announcement *announcement, struct error *err);

#endif
