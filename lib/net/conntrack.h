/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the kernel's connection tracking forget old connections to floating addresses. */
#ifndef LIB_NET_CONNTRACK_H
#define LIB_NET_CONNTRACK_H

#include <netinet/in.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/net/netlink.h"

/*
 * Deletes all entries whose original destination is one of the addresses (nf_conntrack_netlink;
 * needs CAP_NET_ADMIN). Only for a node that does not hold them: then every such entry is a
 * leftover. Entries outlive the forward rule (5 days for an established connection), because
 * nothing looks at packets once no rule asks for tracking; when the client's port comes round
 * again, such an entry would claim a connection of the old holder for this node.
 *
 * Synchronous; the kernel selects by address (since 5.8, before that all entries are looked at
 * here). More than 16384 entries are an error (-E2BIG), as the daemon must not be kept busy.
 */
int conntrack_forget(
	struct netlink *netlink, const struct in_addr *addresses, size_t count, struct error *err);

#endif
