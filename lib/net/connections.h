/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts the TCP connections that still need this node to hold a floating address. */
#ifndef LIB_NET_CONNECTIONS_H
#define LIB_NET_CONNECTIONS_H

#include <netinet/in.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/net/netlink.h"

/*
 * Asks the kernel (NETLINK_SOCK_DIAG, sock_diag(7)) for the TCP sockets, IPv4 and v4-mapped on
 * IPv6, whose local address is one of the count (0..64) addresses, and counts those in a state
 * in which the client would notice if its packets reached another node:
 *
 *   SYN_RECV                the client's ACK must find this handshake
 *   ESTABLISHED, CLOSE_WAIT this node may still send
 *   FIN_WAIT1, CLOSING,     data or the closing FIN are not acknowledged yet: they may have to be
 *   LAST_ACK                sent again
 *   FIN_WAIT2               only with a program still holding it (half closed, the client may
 *                           still send); an orphan's client has got everything
 *
 * Not LISTEN, TIME_WAIT (everything was acknowledged), CLOSE, SYN_SENT (this node is the client).
 * A connection from this node to itself counts with each end whose local address is floating.
 *
 * Synchronous, a wait is cut off after a second (-ETIMEDOUT); the kernel selects by address, so
 * that other sockets cost it a comparison each. Needs no capability for sockets of the own network
 * namespace. *established is untouched on failure.
 */
int connections_count(struct netlink *netlink, const struct in_addr *addresses, size_t count,
	unsigned *established, struct error *err);

#endif
