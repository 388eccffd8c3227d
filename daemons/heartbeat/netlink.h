/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question to the kernel over netlink and its whole answer, with a bounded wait. */
#ifndef DAEMONS_HEARTBEAT_NETLINK_H
#define DAEMONS_HEARTBEAT_NETLINK_H

#include <libmnl/libmnl.h>

#include "lib/base/error.h"

/* Room for a request: more than any of ours needs. */
#define NETLINK_REQUEST_MAX 4096

/*
 * Sends the request on a socket of its own on the bus (NETLINK_ROUTE, NETLINK_SOCK_DIAG,
 * NETLINK_NETFILTER), sets its sequence number, and hands each message of the answer to each
 * (may be NULL) until the acknowledgement or the end of the dump. The request must ask for one
 * of them (NLM_F_ACK or NLM_F_DUMP).
 *
 * 0, or a negative errno with words for it in err: what the kernel answered, -ETIMEDOUT after a
 * second of silence, -EINTR for a dump during which things changed (ask again).
 */
int netlink_ask(int bus, struct nlmsghdr *request, mnl_cb_t each, void *context, struct error *err);

#endif
