/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile: how one kind of cluster is stopped, asked for its role and failed over. Data, read
 * from a file (haupgrade-profile(5)); nothing here runs a command. */
#ifndef ORCHESTRATOR_CLUSTER_PROFILE_H
#define ORCHESTRATOR_CLUSTER_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/conf/problems.h"
#include "orchestrator/cluster/file_settings.h"
#include "orchestrator/cluster/pattern.h"
#include "orchestrator/cluster/service.h"
#include "orchestrator/cluster/word_list.h"

/* How packages are asked for, tried and installed on a node. */
enum profile_packager {
	PROFILE_RPM,
	PROFILE_DPKG,
	PROFILE_PACKAGER_COUNT,
};

/* Commands that are run one after the other. */
struct profile_commands {
	struct word_list *items;
	size_t count;
	bool own; /* the profile's words, not made of the services' names */
};

/* How long each kind of step may take, in milliseconds. */
struct profile_deadlines {
	uint64_t upload;   /* while a node cannot be reached, until the packages are on all */
	uint64_t stop;	   /* until the services are stopped */
	uint64_t install;  /* until the packages are applied */
	uint64_t down;	   /* from the reboot command until the node was seen down */
	uint64_t up;	   /* from down until it answers with a new boot identity */
	uint64_t services; /* from up until all services are active */
	uint64_t role;	   /* from up until the role line of this boot */
	uint64_t failover; /* from the failover command until the other node holds all */
};

/*
 * Plain data; all strings owned. Commands are argv lists, run without a shell; an optional one that
 * was not given is empty.
 */
struct profile {
	char *name;
	char *file; /* where it was read from */
	char *description;
	enum profile_packager packager;
	enum service_manager service_manager;
	struct word_list packages; /* fnmatch(3) patterns of package names */
	struct word_list services; /* that must be active on every fit node; may be empty */
	/* The words before the packages' paths; empty: those usual for the package manager. */
	struct word_list install;
	struct profile_commands stop;  /* the cluster software on one node: services in order */
	struct profile_commands start; /* ... and in reverse order */
	/* Exit status 0: it runs. One for each service; exactly one when there are no services. */
	struct profile_commands active;
	struct word_list healthy;  /* optional; exit status 0: all is well besides */
	struct word_list failover; /* run on the primary: hand everything over */
	struct word_list failback; /* optional; run there later: take everything back */
	struct word_list reboot;
	struct word_list connections; /* optional; prints the connections, one per line */
	/* Where the role is found: one of the two. */
	char *role_log;		       /* absolute path on the nodes, or NULL */
	struct word_list role_command; /* what it prints now holds the role now */
	struct pattern *role_primary;  /* a line that matches: this node is now primary */
	struct pattern *role_backup;
	char *role_time;	/* the form of the line's time stamp (stamp.h); NULL: it has none */
	struct file_list files; /* as given, without defaults: see cluster.files */
	struct word_list check; /* the software's own check of a set of files; may be empty */
	struct profile_deadlines deadlines;
};

/*
 * Finds NAME.conf in folder (--profile-dir, may be NULL), SYSCONFDIR/haupgrade/profiles and
 * PKGDATADIR/profiles, the first that has it, and reads it. -ENOENT when none has it, -EINVAL when
 * it has problems (all of them in problems, the first in err).
 */
int profile_load(const char *name, const char *folder, struct profile **profile,
	struct problems *problems, struct error *err);
/* The same from bytes; file is for messages. The file must hold the profile called name. */
int profile_parse(const char *name, const char *file, const char *bytes, struct profile **profile,
	struct problems *problems, struct error *err);
/* NULL is legal. */
void profile_free(struct profile *profile);
CLEANUP_DEFINE(profile);

/* "rpm", "dpkg". */
const char *profile_packager_name(enum profile_packager packager);
/* What the service (an index into active) is called in messages; borrowed. */
const char *profile_service_name(const struct profile *profile, size_t index);

/* Whether a package of this name belongs to this kind of cluster. */
bool profile_has_package(const struct profile *profile, const char *package_name);

#endif
