/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of struct failover_group, shared by its events (group.c) and its rules
 * (takeover_rules.c). */
#ifndef DAEMONS_HEARTBEAT_GROUP_STATE_H
#define DAEMONS_HEARTBEAT_GROUP_STATE_H

#include "daemons/heartbeat/group.h"

struct group_peer {
	enum membership_state presence;
	bool stated; /* said and said_at hold */
	struct group_statement said;
	uint64_t said_at;
	uint64_t refused_want; /* the last request of this peer that came to nothing */
	/* It was seen holding while we did: since when (0: not), and whether that was confirmed. */
	uint64_t conflict_since;
	bool conflict;
	bool tried; /* leaving: it did not take the group */
};

enum group_request_kind { GROUP_NO_REQUEST, GROUP_STANDBY, GROUP_TAKEOVER };

struct failover_group {
	struct group_config config;
	struct group_statement self;
	struct group_peer peers[HA_CF_NODES_MAX];
	uint64_t entered_at; /* when self.role was entered */
	uint64_t top_tenure; /* the highest number anybody has used */
	bool changed;	     /* self differs from what was sent */
	bool left;	     /* GROUP_LEAVE was handed out */
	int told_role;	     /* GROUP_BACKUP or GROUP_PRIMARY: the last role line; -1: none yet */

	bool device_fit;
	char fit_reason[GROUP_REASON_MAX];
	uint64_t unfit_until; /* after a failed attempt to take the addresses */

	/* giving */
	bool taken; /* the successor serves */
	uint64_t taken_at;
	bool counted; /* connections holds */
	unsigned int connections;

	/* asking for the group */
	uint64_t last_want, want_until;
	uint64_t automatic_at; /* when auto_failback may ask (again); UINT64_MAX: not any more */

	enum group_request_kind request_kind;
	struct group_request request;
};

#endif
