/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hactl asks, and the answers, as bounded JSON texts. */
#ifndef DAEMONS_HEARTBEAT_REQUEST_H
#define DAEMONS_HEARTBEAT_REQUEST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/error.h"

struct daemon;

enum request_command { REQUEST_STATUS, REQUEST_STANDBY, REQUEST_TAKEOVER, REQUEST_STATE };

/* Plain data. */
struct request {
	enum request_command command;
	uint64_t number; /* of REQUEST_STATE */
};

/* -EPROTO with the reason for the client. */
int request_parse(const char *text, size_t length, struct request *request, struct error *err);

/*
 * Carries out one request (lib/wire/control.h) of length bytes and returns the answer, owned.
 * Commands: status; standby and takeover, answered at once with "request": its number; request,
 * with that "number", answered with "state": running, done or failed, and "reason", for the last 64
 * that were not answered whole at once.
 */
char *request_handle(struct daemon *daemon, uid_t user, const char *text, size_t length);

#endif
