/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unsolicited Neighbour Advertisements: tell a network that an IPv6 address is now at this node. */
#ifndef LIB_NET_NEIGHBOUR_ADVERTISEMENT_H
#define LIB_NET_NEIGHBOUR_ADVERTISEMENT_H

#include <netinet/in.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/net/netlink.h"

/* A raw ICMPv6 socket tied to one Ethernet-like device; receives nothing. */
struct neighbour_advertisement;

/*
 * Opens the socket (needs CAP_NET_RAW, only here); netlink is borrowed. *advertise is owned.
 * -ENODEV: no such device.
 */
int neighbour_advertisement_open(struct netlink *netlink, const char *device,
	struct neighbour_advertisement **advertise, struct error *err);
void neighbour_advertisement_free(struct neighbour_advertisement *advertise);
CLEANUP_DEFINE(neighbour_advertisement);

/*
 * Sends to all nodes (ff02::1) what RFC 4861, 4.4 and 7.2.6 lay down: target ip, Override, the
 * *target* link-layer address option with the device's present hardware address, hop limit 255, and
 * Router when the device forwards: hosts drop a default router that says it is none (7.2.5). ip
 * must be on the device. One packet may be lost: to be repeated as gratuitous_arp_send is. Never
 * blocks.
 */
int neighbour_advertisement_send(
	struct neighbour_advertisement *advertise, const struct in6_addr *ip, struct error *err);

#endif
