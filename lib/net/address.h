/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts floating IPv4 addresses on network devices and takes them off, by netlink, without a fork.
 */
#ifndef LIB_NET_ADDRESS_H
#define LIB_NET_ADDRESS_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/net/netlink.h"

/* Plain data. device and label are terminated; the label ("eth0:cs0") has 1..15 characters. */
struct floating_address {
	struct in_addr ip; /* network byte order, as everywhere below */
	uint8_t prefix;	   /* 1..32 */
	char device[IFNAMSIZ];
	char label[IFNAMSIZ];
};

/*
 * All functions are synchronous: netlink answers from within the kernel in microseconds, and a
 * wait is cut off after a second with -ETIMEDOUT. Changes need CAP_NET_ADMIN. 0, or a negative
 * errno with the device and the address in err.
 */

/*
 * Puts the address on its device; already there = 0.
 *
 * A floating address must never become the source of the node's own traffic: its connections
 * would break at the next switch-over. The kernel chooses a source among the addresses whose
 * subnet holds the next hop, and by the connected route's preferred source. So, when another
 * address of the device already covers the floating one with its subnet, the floating one is put
 * on as a host address (/32): no connected route comes with it, it matches no next hop, and it
 * does not vanish when the covering address is removed, as a kernel "secondary" would
 * (promote_secondaries is off by default). With no covering address the configured prefix is
 * used, because replies then need that connected route; the floating address is the source for
 * that subnet in this case, as there is no other.
 */
int address_add(struct netlink *netlink, const struct floating_address *address, struct error *err);

/*
 * Takes the address off its device, with whatever prefix it is there. 0 only when the kernel was
 * seen to list it no more, or to have no such device; any failure means that it may be there.
 */
int address_remove(
	struct netlink *netlink, const struct floating_address *address, struct error *err);

/* Is the address on its device now? Label and prefix are not compared. */
int address_present(struct netlink *netlink, const struct floating_address *address, bool *present,
	struct error *err);

/*
 * This node's own address on the device that shares a subnet with the floating address: what a
 * holder tells its successor so that packets can be passed on to it (forward.h). Any address
 * in the list of count floating ones is passed over. -ENOENT when there is none.
 */
int address_fixed(struct netlink *netlink, const struct floating_address *near,
	const struct floating_address *floating, size_t count, struct in_addr *fixed,
	struct error *err);

/*
 * Sets arp_announce=2 on the device: ARP requests of this node then carry the fixed address as
 * sender, never a floating one. Reason: while both nodes hold the address during a switch-over, a
 * request of the old holder sent for its draining connections would otherwise pull every
 * listener's ARP entry back to it (RFC 826 updates the entry from any packet's sender). By
 * netlink (IFLA_INET_CONF), so that a read-only /proc/sys, as in a container, does not matter.
 * The setting stays; it is harmless and commonly recommended on nodes with floating addresses.
 */
int address_quiet(struct netlink *netlink, const char *device, struct error *err);

#endif
