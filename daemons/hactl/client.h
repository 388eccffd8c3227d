/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl's side of the local control service: one JSON request, one JSON answer. */
#ifndef DAEMONS_HACTL_CLIENT_H
#define DAEMONS_HACTL_CLIENT_H

#include <jansson.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

struct client;

/* Connects to the daemon. *client is owned (client_free). -errno with what to do in err. */
int client_open(const char *name, struct client **client, struct error *err);
void client_free(struct client *client);
CLEANUP_DEFINE(client);

/*
 * Sends request (its reference is taken over) and waits for the answer, 5 s at most. *answer is a
 * new reference. -EREMOTEIO with the daemon's reason when the answer is not ok; other errors mean
 * that the daemon could not be reached.
 */
int client_ask(struct client *client, json_t *request, json_t **answer, struct error *err);

static inline void cleanup_json(json_t **value)
{
	json_decref(*value);
}

#endif
