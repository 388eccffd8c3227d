/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gratuitous ARP: tells a network's listeners that an IPv4 address is now at this node. */
#ifndef LIB_NET_GRATUITOUS_ARP_H
#define LIB_NET_GRATUITOUS_ARP_H

#include <netinet/in.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/net/netlink.h"

/* A packet socket bound to one Ethernet-like device; receives nothing. */
struct gratuitous_arp;

/*
 * Opens the socket (needs CAP_NET_RAW, only here). *announce is owned: gratuitous_arp_free.
 * -ENODEV: no such device; -EOPNOTSUPP: the device has no 6-byte hardware address (lo counts as
 * such a device too and is accepted for tests). When the device is removed and made anew,
 * gratuitous_arp_send fails with -ENODEV or -ENXIO and the handle must be opened again.
 */
int gratuitous_arp_open(struct netlink *netlink, const char *device,
	struct gratuitous_arp **announce, struct error *err);
void gratuitous_arp_free(struct gratuitous_arp *announce);
CLEANUP_DEFINE(gratuitous_arp);

/*
 * Sends two broadcast frames with sender IP == target IP == ip and the device's present hardware
 * address: an ARP request with zero target hardware address, which is RFC 5227's ARP
 * Announcement (section 1.1, 2.3), and a reply, since some listeners update entries only from
 * replies. RFC 826 has listeners with an entry update it from the sender fields of either.
 *
 * One frame may be lost: the caller repeats the call by timer. Suggested: at 0, 50, 200, 500,
 * 1000 and 2000 ms after the address was added, and the same again when the old holder has
 * released it. Linux listeners ignore a change within a second of the last one (locktime) for
 * frames that are not ARP announcements in their eyes, hence the later repetitions.
 *
 * Never blocks; a full device queue is -ENOBUFS or -EAGAIN and answered by the next repetition.
 */
int gratuitous_arp_send(struct gratuitous_arp *announce, struct in_addr ip, struct error *err);

#endif
