/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running daemon: one loop that hears, decides, acts and answers. */
#ifndef DAEMONS_HEARTBEAT_DAEMON_H
#define DAEMONS_HEARTBEAT_DAEMON_H

#include "daemons/heartbeat/groups_conf.h"
#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/cluster/authkeys.h"
#include "lib/cluster/ha_cf.h"
#include "lib/event/loop.h"

struct daemon_setup {
	const struct ha_cf *config; /* all borrowed */
	const struct authkeys *keys;
	const struct groups_conf *groups;
	const char *ipc_name;
	uint64_t generation;
	const struct event_clock *clock; /* NULL: the machine's */
};

struct daemon;

/* Opens the sockets: to be called with the privileges for that, and before there is a second
 * thread. From here on signals wait for daemon_run. *daemon is owned. */
int daemon_open(const struct daemon_setup *setup, struct daemon **daemon, struct error *err);
void daemon_free(struct daemon *daemon);
CLEANUP_DEFINE(daemon);

/* Runs until SIGTERM or SIGINT has been followed by a clean leave (a second one cuts that short).
 */
void daemon_run(struct daemon *daemon);

#endif
