/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A daemon's door for local clients: requests and replies, and events for those who want them. */
#ifndef LIB_IPC_SERVER_H
#define LIB_IPC_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/event/loop.h"
#include "lib/ipc/connection_limits.h"

/*
 * Makes the folder of that name (socket_place.h) and the socket in it, and listens: to be called as
 * root, so that nobody else can, and clients see root as the one who listens. A socket that is
 * found there is removed, whoever put it there, but for one behind which a process of our own user
 * answers: -EADDRINUSE. Of several at once, one gets the place (a file "lock" beside the socket).
 * group: whose members may connect, besides root (-1: nobody's). *descriptor is owned.
 */
int ipc_listen(const char *name, gid_t group, int *descriptor, struct error *err);

struct ipc_server;

/* Plain data; all but the reply's address is borrowed while the function runs. */
struct ipc_request {
	uint64_t connection; /* never used again for another one */
	uint32_t number;
	uid_t user;
	const void *payload; /* length bytes, not terminated */
	size_t length;
};

/* To be answered by ipc_server_reply, at once or later. */
typedef void ipc_request_function(const struct ipc_request *request, void *context);
/* Something that an administrator should know, in one line; at most one every ten seconds. */
typedef void ipc_trouble_function(const char *words, void *context);

struct ipc_server_config {
	gid_t group; /* members, by any of their groups, may connect; -1: root and our own user only
		      */
	struct ipc_connection_limits limits;
	uint64_t hello_ms;   /* who has not said hello by then is dropped */
	size_t request_max;  /* payload of a request; a longer one ends the connection */
	const char *who_may; /* words for a refusal: "root and the group haclient" */
	ipc_request_function *on_request;
	ipc_trouble_function *on_trouble;
	void *context;
};

/*
 * Not listening yet. All that serving needs but the connections' own descriptors is opened here.
 * Nothing that a client does or leaves undone makes the server wait: whoever does not read his
 * replies or events is dropped when his socket is full, and so is who sends descriptors, which are
 * never closed by the loop's thread (socket_closer.h). A turn of the loop serves a few messages
 * only, everybody in his turn, so that others of the loop are never held up.
 */
int ipc_server_new(struct event_loop *loop, const struct ipc_server_config *config,
	struct ipc_server **server, struct error *err);
void ipc_server_free(struct ipc_server *server);
CLEANUP_DEFINE(ipc_server);

/*
 * Takes the descriptor of ipc_listen over and begins to serve; another one it had is closed, the
 * connections that came by it stay. On failure it stays the caller's.
 */
int ipc_server_listen(struct ipc_server *server, int descriptor, struct error *err);
bool ipc_server_is_listening(const struct ipc_server *server);

/* Nothing happens when the connection is gone; one that cannot take it is dropped. */
void ipc_server_reply(struct ipc_server *server, uint64_t connection, uint32_t number,
	const void *payload, size_t length);
/* To all who have subscribed to the topic (0..31). */
void ipc_server_publish(
	struct ipc_server *server, uint32_t topic, const void *payload, size_t length);

struct ipc_server_counters {
	uint64_t accepted, refused; /* not allowed, or above a limit */
	uint64_t dropped;	    /* by us: no hello in time, not a message, did not read */
	unsigned int connected;
	unsigned int closing; /* what came along is being closed by threads of its own */
};
struct ipc_server_counters ipc_server_counters(const struct ipc_server *server);

#endif
