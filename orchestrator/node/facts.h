/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node says of itself in one round trip: boot, role, services, addresses, packages. */
#ifndef ORCHESTRATOR_NODE_FACTS_H
#define ORCHESTRATOR_NODE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/plan/plan.h"

enum { FACTS_ITEMS_MAX = 4096 };

enum facts_kind {
	FACTS_OWN,    /* of the profile: part of the cluster software */
	FACTS_EXTRA,  /* of the cluster file: must run besides */
	FACTS_HEALTH, /* the profile's command `healthy`, under the name of its program */
};

struct facts_service {
	enum facts_kind kind;
	char *name;
	bool active;
};

struct facts_package {
	char *name;
	char *evr; /* "epoch:version-release", the epoch always there */
	char *arch;
	char *state; /* "" when whole, else how dpkg left it: "half-configured" */
};

/* Plain data, strings owned; release with facts_clear. */
struct facts {
	char *boot;	    /* boot identity: another one after every boot */
	bool unbooted;	    /* packages were put on it, and it has not booted since */
	uint64_t now_us;    /* the node's wall clock */
	uint64_t booted_us; /* by the node's wall clock */
	uint64_t user;	    /* numeric user id the commands run as */
	enum role role;	    /* by the newest role line, if that is newer than the boot */
	uint64_t role_us;   /* when that line was written; 0: it does not say */
	char *role_line;    /* the newest role line, also an older one; "" when there is none */
	const char *role_trouble; /* why it does not tell the role ("it is ..."); "" when it does */
	char **addresses;	  /* IPv4 addresses on the node's devices, without prefix length */
	size_t address_count;
	struct facts_service *services;
	size_t service_count;
	struct facts_package *packages;
	size_t package_count;
};

/*
 * The command line that makes a node say its facts; owned. with_packages: ask the package
 * database too, for the profile's packages.
 */
int facts_command(
	const struct cluster *cluster, bool with_packages, char **line, struct error *err);

/*
 * Reads what the command printed. Pure; -EPROTO with the reason when anything needed is missing
 * or malformed, *facts is untouched then.
 */
int facts_parse(const char *output, size_t length, const struct profile *profile,
	struct facts *facts, struct error *err);

void facts_clear(struct facts *facts);
static inline void cleanup_facts(struct facts *facts)
{
	facts_clear(facts);
}

/* No service of the profile's own is active: the cluster software is stopped. */
bool facts_own_stopped(const struct facts *facts);
/* Every service of the profile's own is active. */
bool facts_own_active(const struct facts *facts);
/* ... and those of the cluster file, and the node is healthy. */
bool facts_services_active(const struct facts *facts);
/* How many of the list's addresses are on the node. */
size_t facts_count_addresses(const struct facts *facts, const struct word_list *list);

/* Where the profile looks for the role, for messages: "/var/log/ha.log", "cl_status". */
const char *facts_role_source(const struct profile *profile);

#endif
