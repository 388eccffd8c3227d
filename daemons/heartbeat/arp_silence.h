/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the old holder silent in ARP about floating addresses that its successor answers for. */
#ifndef DAEMONS_HEARTBEAT_ARP_SILENCE_H
#define DAEMONS_HEARTBEAT_ARP_SILENCE_H

#include <netinet/in.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/net/nftables.h"

/* As many as a group may have. */
#define SILENCE_ADDRESSES_MAX 64

/*
 * While both nodes hold an address, both would answer a listener's ARP request. A listener that
 * believed the old holder would send it packets of connections opened with the successor, and
 * the old holder, which forwards nothing, would reset them. So the old holder drops its own ARP
 * frames whose sender is a floating address (nftables table of family arp, hook output).
 *
 * arp_silence_start: on the old holder, as soon as the successor has said that it holds the
 * addresses
 * ("taken"), 1..SILENCE_ADDRESSES_MAX of them; an earlier call is replaced.
 * arp_silence_stop: when the switch-over fails and this node stays the holder, after the address
 * was removed, before this node takes an address, and at start-up (clears what a crashed daemon
 * left). Nothing there (or no nf_tables) = 0.
 *
 * -EOPNOTSUPP when the kernel has no nf_tables for ARP: go on without it, with a warning.
 * gratuitous_arp_send is not affected: packet sockets pass no nftables hook.
 */
int arp_silence_start(struct nftables *nftables, const struct in_addr *addresses, size_t count,
	struct error *err);
int arp_silence_stop(struct netlink *netlink, struct error *err);

#endif
