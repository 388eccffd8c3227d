/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the kernel over netlink and their whole answers, with a bounded wait. */
#ifndef LIB_NET_NETLINK_H
#define LIB_NET_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

/* Room for a request: more than any of ours needs. */
#define NETLINK_REQUEST_MAX 4096

/*
 * A socket per bus (NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_NETFILTER), all opened at once, in
 * the present network namespace: later no limit of descriptors keeps a daemon from asking.
 */
struct netlink;

/* A bus that this kernel does not have is no error here. *netlink is owned. */
int netlink_open(struct netlink **netlink, struct error *err);
void netlink_close(struct netlink *netlink);

static inline void cleanup_netlink(struct netlink **netlink)
{
	netlink_close(*netlink);
}

/*
 * Sends the request on the bus, sets its sequence number, and hands each message of the answer to
 * each (may be NULL) until the acknowledgement or the end of the dump. The request must ask for one
 * of them (NLM_F_ACK or NLM_F_DUMP). Several messages in one buffer (a batch of netfilter's) are
 * sent together when length is that of all; one of them asks for the acknowledgement.
 *
 * 0, or a negative errno with words for it in err: what the kernel answered, -ETIMEDOUT after a
 * second of silence, -EINTR for a dump during which things changed (ask again), -EPROTONOSUPPORT
 * for a bus that is not there.
 */
int netlink_ask(struct netlink *netlink, int bus, struct nlmsghdr *request, mnl_cb_t each,
	void *context, struct error *err);
int netlink_ask_batch(
	struct netlink *netlink, int bus, void *messages, size_t length, struct error *err);

/*
 * Whether a negative errno says something about the world that was asked for. False for what only
 * says that asking did not work: no descriptor, no memory, no time, interrupted. Nobody may take
 * such a one for a "no".
 */
bool netlink_is_answer(int result);

#endif
