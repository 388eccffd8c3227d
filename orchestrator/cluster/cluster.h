/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cluster file: which nodes, how they are reached, what they serve (haupgrade-cluster(5)). */
#ifndef ORCHESTRATOR_CLUSTER_CLUSTER_H
#define ORCHESTRATOR_CLUSTER_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/conf/problems.h"
#include "orchestrator/cluster/profile.h"

#define CLUSTER_NODES_MIN 2
#define CLUSTER_NODES_MAX 16
/* What the probe can do (orchestrator/probe/probe.h). */
#define CLUSTER_PROBE_RATE_MAX 1000
#define CLUSTER_PROBE_TIMEOUT_MAX_MS 60000

/* How haupgrade logs in. */
struct cluster_ssh {
	char *user;	   /* "root" */
	char *identity;	   /* absolute path of the private key; NULL: the first in ~/.ssh */
	char *known_hosts; /* absolute path; NULL: ~/.ssh/known_hosts */
	uint64_t connect_timeout_ms;
};

struct cluster_node {
	char *name;    /* RFC 1123 host name, unique */
	char *address; /* IP address or host name that ssh connects to */
	uint16_t port;
	struct profile_list values; /* NAME=VALUE for templates, each name once */
};

enum cluster_probe_kind {
	CLUSTER_PROBE_NONE, /* no probe block: nothing is asked */
	CLUSTER_PROBE_HTTP, /* GET of url */
	CLUSTER_PROBE_TCP,  /* connect to host and port */
};

struct cluster_probe {
	enum cluster_probe_kind kind;
	char *url;	 /* CLUSTER_PROBE_HTTP: http:// or https://; else NULL */
	char *host;	 /* CLUSTER_PROBE_TCP: address or name, no brackets; else NULL */
	uint16_t port;	 /* CLUSTER_PROBE_TCP */
	uint32_t rate;	 /* requests per second, 1..CLUSTER_PROBE_RATE_MAX */
	uint64_t budget; /* failed requests allowed over the whole run */
	uint64_t timeout_ms;
};

/* Plain data; all strings owned. */
struct cluster {
	char *name;
	char *file; /* absolute path it was read from */
	char *profile_name;
	struct profile *profile;	  /* never NULL after cluster_load */
	struct profile_list floating_ips; /* IPv4, dotted decimal; at least one */
	struct profile_list services;	  /* units besides the profile's; may be empty */
	struct cluster_ssh ssh;
	struct cluster_node *nodes;
	size_t node_count;
	struct cluster_probe probe;
	/* The profile's with this file's own (files.h); before cluster_load ends, its own only. */
	struct file_list files;
	/* What applies: the profile's with this file's own in their place. */
	struct profile_deadlines deadlines;
};

/*
 * Reads the cluster file and the profile it names. path_or_name: a path (anything with a "/" or
 * ending in ".conf"), or NAME for SYSCONFDIR/haupgrade/clusters/NAME.conf. profile_folder: see
 * profile_load, may be NULL. -ENOENT when there is no such file, -EINVAL when cluster file or
 * profile have problems (all of them in problems, the first in err).
 */
int cluster_load(const char *path_or_name, const char *profile_folder, struct cluster **cluster,
	struct problems *problems, struct error *err);
/*
 * The same from the bytes of a cluster file, without its profile (which stays NULL) and with
 * deadlines only where the file has them (else 0). file: its absolute path, for messages and for
 * paths that are relative to it.
 */
int cluster_parse(const char *file, const char *bytes, struct cluster **cluster,
	struct problems *problems, struct error *err);
/* NULL is legal. */
void cluster_free(struct cluster *cluster);
CLEANUP_DEFINE(cluster);

#endif
