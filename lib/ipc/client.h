/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of a daemon on the same machine. */
#ifndef LIB_IPC_CLIENT_H
#define LIB_IPC_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

struct ipc_client;

/*
 * Connects to the daemon of that name (socket_place.h) and says hello, in timeout_ms at most.
 * Nothing is sent to anybody but a process that listened as the owner of the folder, which must be
 * root or this process's own user: whoever else answers is named in err, with -EPERM. -EACCES: the
 * daemon, or the folder, does not let this user in. *client is owned.
 */
int ipc_client_open(
	const char *name, uint64_t timeout_ms, struct ipc_client **client, struct error *err);
void ipc_client_free(struct ipc_client *client);
CLEANUP_DEFINE(ipc_client);

/* For poll(2): readable when an event has come, or the end. */
int ipc_client_descriptor(const struct ipc_client *client);

/*
 * Sends a request and waits for its reply, timeout_ms at most. *reply is borrowed until the next
 * call and terminated behind *length bytes. Events that come meanwhile are kept for
 * ipc_client_event; those that come while 16 are kept are lost.
 */
int ipc_client_ask(struct ipc_client *client, const void *request, size_t length,
	uint64_t timeout_ms, const char **reply, size_t *reply_length, struct error *err);

/* From here on events of these topics (bit n for topic n) come, and of no others. */
int ipc_client_subscribe(
	struct ipc_client *client, uint32_t topics, uint64_t timeout_ms, struct error *err);
/* The next event, or -ETIMEDOUT; as ipc_client_ask. */
int ipc_client_event(struct ipc_client *client, uint64_t timeout_ms, uint32_t *topic,
	const char **payload, size_t *length, struct error *err);

#endif
