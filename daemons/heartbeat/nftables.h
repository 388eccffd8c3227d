/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs nftables commands inside this process, safe for a daemon. */
#ifndef DAEMONS_HEARTBEAT_NFTABLES_H
#define DAEMONS_HEARTBEAT_NFTABLES_H

#include "lib/base/error.h"

/*
 * Is nf_tables in this kernel, for this network namespace? 0, or -EOPNOTSUPP with words. It must
 * be asked before anything else: libnftables ends the whole process when the netlink bus of
 * netfilter is missing. nftables_run asks by itself.
 */
int nftables_available(struct error *err);

enum nftables_mode {
	NFTABLES_COMMIT,
	NFTABLES_CHECK, /* the kernel checks everything (and loads modules) but changes nothing */
};

/*
 * Runs the commands as one transaction. -EOPNOTSUPP as above; else -EIO with what libnftables
 * said, in one line. The caller puts nothing into commands that it has not validated.
 */
int nftables_run(const char *commands, enum nftables_mode mode, struct error *err);

#endif
