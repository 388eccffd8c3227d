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
#include "orchestrator/cluster/file.h"

/* A list of strings; items has a NULL behind the last, so that it serves as an argv. Owned. */
struct profile_list {
	char **items; /* never NULL after loading */
	size_t count;
};

/* How long each kind of step may take, in milliseconds. */
struct profile_deadlines {
	uint64_t stop;	   /* until the services are stopped */
	uint64_t install;  /* until the packages are applied */
	uint64_t down;	   /* from the reboot command until the node was seen down */
	uint64_t up;	   /* from down until it answers with a new boot identity */
	uint64_t services; /* from up until all services are active */
	uint64_t role;	   /* from up until the role line of this boot */
	uint64_t failover; /* from the failover command until the other node holds all */
};

/* Plain data; all strings owned. Commands are argv lists, run without a shell. */
struct profile {
	char *name;
	char *file; /* where it was read from */
	char *description;
	char *package_manager;	      /* "rpm" */
	struct profile_list packages; /* fnmatch(3) patterns of package names */
	struct profile_list services; /* units that must be active on every fit node */
	struct profile_list stop;     /* stops the cluster software on one node */
	struct profile_list start;
	struct profile_list active;   /* exit status 0: it runs */
	struct profile_list failover; /* run on the primary: hand everything over */
	struct profile_list reboot;
	char *role_log;	    /* absolute path on the nodes */
	char *role_primary; /* words in a line of that file: this node is now primary */
	char *role_backup;
	struct file_list files;	   /* as given, without defaults: see cluster.files */
	struct profile_list check; /* the software's own check of a set of files; may be empty */
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

/* Whether a package of this name belongs to this kind of cluster. */
bool profile_has_package(const struct profile *profile, const char *package_name);

#endif
