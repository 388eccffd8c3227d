/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local door for hactl: libqb IPC, for root and the group haclient only. */
#ifndef DAEMONS_HEARTBEAT_CONTROL_H
#define DAEMONS_HEARTBEAT_CONTROL_H

#include <qb/qbloop.h>
#include <stddef.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

#define CONTROL_GROUP "haclient"

/* Answers the request (length bytes, not terminated) with an owned JSON text. */
typedef char *control_function(const char *request, size_t length, void *context);

struct control;

/*
 * Offers the service under name (in the network namespace's abstract sockets). Besides root, the
 * daemon's own user and the users of the group haclient may connect; who they are is read here,
 * once, so that no look-up can hold up the loop later. One service per process (libqb's handlers
 * carry no context).
 */
int control_open(qb_loop_t *loop, const char *name, control_function *function, void *context,
	struct control **control, struct error *err);
void control_free(struct control *control);
CLEANUP_DEFINE(control);

#endif
