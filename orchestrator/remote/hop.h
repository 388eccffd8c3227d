/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One machine on the way to a node, or the node itself: where it is and how it is logged in to. */
#ifndef ORCHESTRATOR_REMOTE_HOP_H
#define ORCHESTRATOR_REMOTE_HOP_H

#include <stdbool.h>

/* Hosts one behind the other on the way to a node, at most. */
#define HOP_JUMPS_MAX 8
/* Files of each kind that one hop may have. */
#define HOP_FILES_MAX 16

/* Plain data; everything borrowed. Lists end with NULL. */
struct hop {
	const char *address;  /* IPv4, IPv6 (a zone is possible) or host name; no brackets */
	unsigned port;	      /* 0: 22 */
	const char *user;     /* NULL: root */
	const char *key_name; /* looked up in known_hosts in place of the address; NULL: that */
	/* The only files of host keys that count; at least one. */
	const char *known_hosts[HOP_FILES_MAX + 1];
	/* Private keys; one that is not there is passed over as long as there is another way. */
	const char *identities[HOP_FILES_MAX + 1];
	const char *agent;     /* socket of an ssh agent; NULL: none */
	bool identities_first; /* before the agent's other keys */
	bool identities_only;  /* the agent only signs for the keys in identities */
};

#endif
