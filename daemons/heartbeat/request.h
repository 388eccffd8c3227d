/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hactl asks, and the answers, as bounded JSON texts. */
#ifndef DAEMONS_HEARTBEAT_REQUEST_H
#define DAEMONS_HEARTBEAT_REQUEST_H

#include <stddef.h>

struct daemon;

/*
 * Carries out one request (lib/wire/control.h) of length bytes and returns the answer, owned.
 * Commands: status; standby and takeover, answered at once with "request": its number; request,
 * with that "number", answered with "state": running, done or failed, and "reason".
 */
char *request_handle(struct daemon *daemon, const char *request, size_t length);

#endif
