/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts floating IPv6 addresses on network devices and takes them off, by netlink, without a fork.
 */
#ifndef LIB_NET_ADDRESS6_H
#define LIB_NET_ADDRESS6_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/net/netlink.h"

/* Plain data; device is terminated. */
struct address6 {
	struct in6_addr ip;
	uint8_t prefix; /* 1..128 */
	char device[IFNAMSIZ];
};

enum address6_state {
	ADDRESS6_ABSENT,
	ADDRESS6_TENTATIVE, /* duplicate detection is under way: it does not answer */
	ADDRESS6_FAILED,    /* somebody else has it, says duplicate detection: it never answers */
	ADDRESS6_USABLE,
};

/* The contract of address.h holds here too: synchronous, -errno with words, no answer is no "no".
 */

/*
 * Puts the address on its device, usable at once: without duplicate detection (IFA_F_NODAD), as the
 * old holder may still have it during a switch-over, and who holds what was decided elsewhere. It
 * is deprecated from the beginning (RFC 4862, 5.5.4; preferred lifetime 0), so that the node's own
 * connections never go out from it. One that is there but tentative or failed is put on anew;
 * usable = 0.
 */
int address6_add(struct netlink *netlink, const struct address6 *address, struct error *err);

/* 0 only when the kernel was seen to list it no more, or to have no such device. */
int address6_remove(struct netlink *netlink, const struct address6 *address, struct error *err);

/* Present is not usable: what the kernel says of it now. */
int address6_look(struct netlink *netlink, const struct address6 *address,
	enum address6_state *state, struct error *err);

#endif
