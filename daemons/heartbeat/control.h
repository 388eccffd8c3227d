/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local door for hactl, for root and the group haclient only. */
#ifndef DAEMONS_HEARTBEAT_CONTROL_H
#define DAEMONS_HEARTBEAT_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/event/loop.h"

#define CONTROL_GROUP "haclient"

/* Answers the user's request (length bytes, not terminated) with an owned JSON text. */
typedef char *control_function(uid_t user, const char *request, size_t length, void *context);

struct control;

/*
 * Makes the socket of that name (lib/ipc): to be called with root's privileges and before the
 * process has a second thread, for a child stays as it is now: it goes on trying where the socket
 * cannot be made, and makes it again when somebody deletes it. That there is none
 * is told by control_tell and does not keep the daemon from serving. -EADDRINUSE when another
 * daemon answers there: then this one must not run. *control is owned.
 */
int control_open(struct event_loop *loop, const char *name, control_function *function,
	void *context, struct control **control, struct error *err);
void control_free(struct control *control);
CLEANUP_DEFINE(control);

/* Logs why there is no socket, if there is none: to be called when the log runs. */
void control_tell(const struct control *control);
/* The same reason, or NULL. */
const char *control_trouble(const struct control *control);
/* How many connections there are and were; a new reference. */
json_t *control_json(const struct control *control);

#endif
