/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seamless part of a switch-over: the successor passes packets of connections it does not
 * know on to the old holder, as long as both hold the floating address. */
#ifndef DAEMONS_HEARTBEAT_FORWARD_H
#define DAEMONS_HEARTBEAT_FORWARD_H

#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/net/nftables.h"

/* One floating address and where its old connections live. Plain data. */
struct forward_path {
	struct in_addr ip;     /* the floating address */
	struct in_addr holder; /* the old holder's own (fixed) address on that device's network */
	char device[IFNAMSIZ];
};

/* As many as a group may have. */
#define FORWARD_PATHS_MAX 64

/*
 * All three change nftables from inside the process (no fork) and need CAP_NET_ADMIN; some
 * milliseconds each.
 *
 * Can this kernel do it? 0, or -EOPNOTSUPP with what is missing (nf_tables, its dup expression,
 * connection tracking); any other failure is no answer (netlink_is_answer). The caller then goes on
 * without it: the switch-over still leaves no moment without an answer, but connections established
 * with the old holder are cut. Changes nothing.
 */
int forward_check(struct nftables *nftables, struct error *err);

/*
 * Starts forwarding for 1..FORWARD_PATHS_MAX paths; rules of an earlier call are replaced in the
 * same transaction. To be called BEFORE the address is added, or the first packets of old
 * connections are answered by a reset.
 *
 * TCP packets for ip that arrive on device, are no opening SYN and belong to no connection that
 * this node has tracked since, are passed to holder unchanged (TTL one less) and go no further
 * here. SYNs are this node's. Nothing but TCP is passed on. Tracking entries left from an earlier
 * time as the holder are deleted first (conntrack.h).
 *
 * The old holder never runs this at the same time, so no packet comes back; were both to run it,
 * the decremented TTL ends the circle. Never name this node's own address as holder.
 *
 * -EINVAL for a value that may not go into a rule (device name, address not unicast, holder equal
 * to a floating address). See docs/decisions/0001-make-before-break.md.
 */
int forward_start(struct netlink *netlink, struct nftables *nftables,
	const struct forward_path *paths, size_t count, struct error *err);

/* Removes all rules, also those that a crashed daemon left; none there (or no nf_tables) = 0. */
int forward_stop(struct netlink *netlink, struct error *err);

#endif
