/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ha.cf file: who the nodes are, over what they speak, how long silence means what. */
#ifndef LIB_CLUSTER_HA_CF_H
#define LIB_CLUSTER_HA_CF_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/conf/problems.h"

#define HA_CF_NODES_MAX 32
#define HA_CF_LINKS_MAX 32
#define HA_CF_NODE_NAME_MAX 64

/* A ucast line: heartbeats go out of the device to that address. */
struct ha_cf_link {
	char device[IFNAMSIZ];
	struct in_addr address;
};

/* Plain data; the strings are owned. All times in milliseconds. */
struct ha_cf {
	char *nodes[HA_CF_NODES_MAX]; /* in the file's order, which is the order of precedence */
	unsigned int node_count;
	unsigned int self; /* index of this node */
	struct ha_cf_link links[HA_CF_LINKS_MAX];
	unsigned int link_count;
	uint16_t udpport;
	uint64_t keepalive_ms;
	uint64_t warntime_ms;
	uint64_t deadtime_ms;
	uint64_t initdead_ms;
	bool auto_failback;
	char *logfile;	    /* NULL: none */
	int logfacility;    /* LOG_..., or -1: none */
	unsigned int debug; /* 0: none */
	char **warnings;    /* what was accepted but has no effect, "file:line: text" */
	size_t warning_count;
};

/*
 * Reads the file; self_name is this node's name (uname -n). The configuration is owned
 * (config_free). NULL when there was a problem; all have been added to problems.
 *
 * As in Heartbeat 3, times without a unit are seconds. Heartbeat only warns about times that
 * contradict each other; here keepalive < warntime < deadtime <= initdead is demanded. An omitted
 * time is adapted: warntime to half of deadtime, initdead to deadtime when that is longer.
 * auto_failback is off unless asked for (Heartbeat's default was "legacy", on for most): moving
 * back costs a switch-over for no gain in availability.
 */
struct ha_cf *ha_cf_read(const char *path, const char *self_name, struct problems *problems);
struct ha_cf *ha_cf_read_bytes(const char *path, const char *bytes, size_t length,
	const char *self_name, struct problems *problems);
void ha_cf_free(struct ha_cf *config);
CLEANUP_DEFINE(ha_cf);

/* The index of the node of that name (upper and lower case are the same, as in DNS), or -1. */
int ha_cf_node(const struct ha_cf *config, const char *name);

#endif
