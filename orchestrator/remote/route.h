/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which hops lead to a node: what the cluster file says, then what ssh says, then defaults. */
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

/* Plain data; strings owned by the route, or borrowed from the wish and ssh's answers, which must
 * live as long. Release with route_clear. */
struct route {
	struct hop *hops;	     /* the node is the last one */
	size_t count;		     /* 1..HOP_JUMPS_MAX + 1 */
	uint64_t connect_timeout_ms; /* 0: not said */
	char **words;
	size_t word_count;
};

/*
 * Makes the route: asks ssh about the node and each jump host, and looks for the default
 * identities. Errors as ssh_config_host; -EINVAL, too, when ssh is to do what haupgrade does not,
 * or jumps in a circle.
 */
int route_make(const struct route_wish *wish, struct ssh_config *ssh_config,
	const volatile sig_atomic_t *cancel, struct route *route, struct error *err);
void route_clear(struct route *route);

#endif
