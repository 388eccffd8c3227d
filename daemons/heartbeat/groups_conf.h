/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups.conf file: the failover group, its floating addresses and its preferred node. */
#ifndef DAEMONS_HEARTBEAT_GROUPS_CONF_H
#define DAEMONS_HEARTBEAT_GROUPS_CONF_H

#include "lib/cluster/ha_cf.h"
#include "lib/conf/problems.h"
#include "lib/net/address.h"

#define GROUPS_CONF_ADDRESSES_MAX 64

/* Plain data, owned strings. This version knows exactly one group. */
struct groups_conf {
	char *name;
	int preferred; /* index of the node, or -1: none */
	struct floating_address addresses[GROUPS_CONF_ADDRESSES_MAX];
	unsigned int address_count; /* 1.. */
	uint64_t drain_ms; /* how long established connections are still served, default 5 s */
};

/*
 *     group "web" {
 *             preferred = "node1"
 *             drain = 5s
 *             floating_ip "192.0.2.100/24" { device = "eth0"  label = "cs0" }
 *     }
 * label is cs0, cs1, ... unless given; the interface label is "DEVICE:LABEL" and has at most 15
 * characters (IFNAMSIZ). config names the nodes; NULL leaves `preferred` unchecked (-1).
 * Owned (groups_conf_free); NULL when there was a problem, all added to problems.
 */
struct groups_conf *groups_conf_read(
	const char *path, const struct ha_cf *config, struct problems *problems);
struct groups_conf *groups_conf_read_bytes(
	const char *path, const char *text, const struct ha_cf *config, struct problems *problems);
void groups_conf_free(struct groups_conf *groups);
CLEANUP_DEFINE(groups_conf);

#endif
