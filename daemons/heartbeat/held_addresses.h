/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses that a daemon on this node may have put on, in a file of the state folder. */
#ifndef DAEMONS_HEARTBEAT_HELD_ADDRESSES_H
#define DAEMONS_HEARTBEAT_HELD_ADDRESSES_H

#include "daemons/heartbeat/groups_conf.h"
#include "lib/base/error.h"

/*
 * All that this daemon is ever to put on, before it puts on any: so nothing has to be written when
 * it takes the group, and nothing is missing whenever it is killed. Durable when it returns.
 */
int held_addresses_write(const char *folder, const struct groups_conf *groups, struct error *err);
/* What the last daemon wrote, owned; NULL: nothing, or it cannot be read. */
struct groups_conf *held_addresses_read(const char *folder);

#endif
