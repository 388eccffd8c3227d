/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the nodes of one cluster are reached and logged in to; shared by the links to all of them. */
#ifndef ORCHESTRATOR_NODE_ACCESS_H
#define ORCHESTRATOR_NODE_ACCESS_H

#include <signal.h>
#include <stddef.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/remote/session.h"

struct access;

/* Asks nobody yet. The cluster is borrowed. */
struct access *access_new(const struct cluster *cluster);
/* To be called when no session is left; wipes all passwords. NULL is legal. */
void access_free(struct access *access);
CLEANUP_DEFINE(access);

/*
 * Whom a session with the node is opened with; borrowed until access_free. Any thread. The first
 * time ssh is asked what the node's name means, which may take its time (name servers, Match exec).
 * -EINVAL or -ENOENT: what is wrong with the ssh configuration, in ssh's words; -ECANCELED.
 */
int access_target(const struct access *access, size_t node, const volatile sig_atomic_t *cancel,
	struct session_target *target, struct error *err);

#endif
