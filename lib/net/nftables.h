/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs nftables commands inside this process, safe for a daemon. */
#ifndef LIB_NET_NFTABLES_H
#define LIB_NET_NFTABLES_H

#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/net/netlink.h"

/*
 * libnftables ends the whole process when it cannot have a netlink socket: for want of netfilter in
 * the kernel, or of a descriptor. So both are looked at first, each time, its context is kept once
 * it is made, and some descriptors are held for it.
 */
struct nftables;

/* netlink is borrowed. Opens nothing but the descriptors that are held. */
struct nftables *nftables_new(struct netlink *netlink);
void nftables_free(struct nftables *nftables);
CLEANUP_DEFINE(nftables);

enum nftables_mode {
	NFTABLES_COMMIT,
	NFTABLES_CHECK, /* the kernel checks everything (and loads modules) but changes nothing */
};

/*
 * Runs the commands as one transaction. -EOPNOTSUPP when nf_tables is not in this kernel; what
 * netlink_is_answer denies when that could not be asked or there is no descriptor for it; else
 * -EPROTO with what libnftables said, in one line. The caller puts nothing into commands that it
 * has not validated.
 */
int nftables_run(struct nftables *nftables, const char *commands, enum nftables_mode mode,
	struct error *err);

/*
 * Deletes a table of that family (NFPROTO_IPV4, NFPROTO_ARP) with all that is in it. 0 also when
 * there is none, or no nf_tables. Needs neither libnftables nor a descriptor: it must always work.
 */
int nftables_delete(struct netlink *netlink, uint8_t family, const char *table, struct error *err);

#endif
