/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cluster file: which nodes, how they are reached, what they serve (haupgrade-cluster(5)). */
#ifndef ORCHESTRATOR_CLUSTER_CLUSTER_H
#define ORCHESTRATOR_CLUSTER_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/conf/problems.h"
#include "orchestrator/cluster/gate_settings.h"
#include "orchestrator/cluster/profile.h"

#define CLUSTER_NODES_MIN 2
#define CLUSTER_NODES_MAX 16
/* What the probe can do (orchestrator/probe/probe.h). */
#define CLUSTER_PROBE_RATE_MAX 1000
#define CLUSTER_PROBE_TIMEOUT_MAX_MS 60000
#define CLUSTER_VANTAGE_RATE_MAX 100
#define CLUSTER_HELD_MAX 100
#define CLUSTER_BUDGET_MAX 1000000000

/* Of one error per node: CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX]. */
static inline void cluster_release_errors(struct error (*errors)[CLUSTER_NODES_MAX])
{
	for (size_t i = 0; i < CLUSTER_NODES_MAX; i++)
		error_release(&(*errors)[i]);
}

/* Whether commands run by sudo. */
enum cluster_sudo {
	CLUSTER_SUDO_AUTO, /* not given: when the user is not root */
	CLUSTER_SUDO_NO,
	CLUSTER_SUDO_YES,
};

/* How haupgrade logs in. What is not given comes from the ssh configuration, then from defaults. */
struct cluster_ssh {
	char *user;		     /* NULL: not given */
	uint16_t port;		     /* 0: not given */
	char *identity;		     /* absolute path of the private key; NULL: not given */
	char *known_hosts;	     /* absolute path; NULL: not given */
	uint64_t connect_timeout_ms; /* 0: not given */
	bool no_config;		     /* no ssh configuration is read */
	char *config;		     /* absolute path of it; NULL: ~/.ssh/config if there is one */
	enum cluster_sudo sudo;
	/* Not of the file: descriptors from the command line that passwords for sudo and
	 * passphrases of keys are read from; -1: they are asked for on the terminal. */
	int password_file;
	int passphrase_file;
};

struct cluster_node {
	char *name;    /* RFC 1123 host name, unique */
	char *address; /* what ssh is given: IP address, host name, or Host of its configuration */
	uint16_t port; /* 0: not given */
	struct word_list values; /* NAME=VALUE for templates, each name once */
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
	uint64_t gap_budget_ms; /* the longest time without a good answer; 0: any */
	char *ca;		/* absolute path of trusted certificates; NULL: the system's */
	bool insecure;		/* certificates are not looked at */
	uint32_t status;	/* the HTTP status of a good answer; 0: any below 400 */
	char *expect;		/* what its body must hold; NULL: anything */
	uint32_t vantage_rate;	/* requests per second from a node; 0: none */
	uint32_t held;		/* connections held open; 0: none */
	uint64_t held_budget;	/* how many of them may break; UINT64_MAX: any */
};

/* Plain data; all strings owned. */
struct cluster {
	char *name;
	char *file; /* absolute path it was read from */
	char *profile_name;
	struct profile *profile;       /* never NULL after cluster_load */
	struct word_list floating_ips; /* IPv4, dotted decimal; at least one */
	struct word_list services;     /* units besides the profile's; may be empty */
	struct cluster_ssh ssh;
	struct cluster_node *nodes;
	size_t node_count;
	struct cluster_probe probe;
	struct cluster_gates gates;
	/* The profile's with this file's own (file_settings.h); before cluster_load ends, its own
	 * only. */
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
