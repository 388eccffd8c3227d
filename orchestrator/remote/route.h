/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which hops lead to a node: what the cluster file says, then the ssh configuration, then defaults.
 */
#ifndef ORCHESTRATOR_REMOTE_ROUTE_H
#define ORCHESTRATOR_REMOTE_ROUTE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "orchestrator/remote/hop.h"
#include "orchestrator/remote/ssh_config.h"

/* What is wished for a node. Plain data, borrowed; NULL or 0: not said. */
struct route_wish {
	const char *address; /* what an administrator would write behind "ssh" */
	unsigned port;
	const char *user;
	const char *identity;
	const char *known_hosts;
	uint64_t connect_timeout_ms;
};

/* Who and where we are; what the patterns and defaults of ssh refer to. Borrowed. */
struct route_home {
	const char *user;   /* of the operating system */
	const char *folder; /* the home directory */
	const char *agent;  /* SSH_AUTH_SOCK, or NULL */
};

/* Plain data; strings owned by the route, or borrowed from wish and configuration, which must live
 * as long. Release with route_clear. */
struct route {
	struct hop *hops;	     /* the node is the last one */
	size_t count;		     /* 1..HOP_JUMPS_MAX + 1 */
	uint64_t connect_timeout_ms; /* 0: not said */
	char **words;
	size_t word_count;
};

/*
 * Makes the route; reads no file but looks for the default identities. -EINVAL, with file and line,
 * when the configuration wants what haupgrade does not do, or jumps in a circle.
 */
int route_make(const struct route_wish *wish, const struct ssh_config *config,
	const struct route_home *home, struct route *route, struct error *err);
void route_clear(struct route *route);

#endif
