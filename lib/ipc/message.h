/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages between a daemon and its local clients, as bytes. Pure. */
#ifndef LIB_IPC_MESSAGE_H
#define LIB_IPC_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/*
 * One message is one packet of a SOCK_SEQPACKET socket. All begin with the same head, in all
 * versions to come: magic (16 bits), kind (8), zero (8), number (32), big-endian. Behind it:
 *
 *   client                          server
 *   HELLO oldest, newest (8 bits each) ->
 *                                <- WELCOME version (8 bits)   or REFUSAL words, then the end
 *   REQUEST number, bytes           ->
 *                                <- REPLY the request's number, bytes
 *   SUBSCRIBE number, topics (32 bits) ->
 *                                <- REPLY the number, nothing
 *                                <- EVENT topic as number, bytes; at any time after that
 *
 * HELLO names the versions that the client speaks; the server chooses the newest that both do. A
 * program speaks its own version and the one before. Bytes behind what a version knows of HELLO and
 * WELCOME are passed over: a later one may say more. Numbers of requests are the client's choice,
 * not 0; replies may come in another order. What the bytes mean is the daemon's business.
 */
#define IPC_VERSION_NEWEST 1
#define IPC_VERSION_OLDEST 1

/* A whole message, in either direction. */
#define IPC_MESSAGE_MAX (128 * 1024)
#define IPC_HEAD_SIZE 8
#define IPC_PAYLOAD_MAX (IPC_MESSAGE_MAX - IPC_HEAD_SIZE)
#define IPC_TOPICS_MAX 32

enum ipc_kind {
	IPC_HELLO = 1,
	IPC_WELCOME,
	IPC_REFUSAL,
	IPC_REQUEST,
	IPC_REPLY,
	IPC_SUBSCRIBE,
	IPC_EVENT,
};

enum ipc_side { IPC_CLIENT, IPC_SERVER };

/* Plain data; payload is borrowed. */
struct ipc_message {
	enum ipc_kind kind;
	uint32_t number;	/* REQUEST, REPLY, SUBSCRIBE: not 0; EVENT: the topic; else 0 */
	uint8_t oldest, newest; /* HELLO; WELCOME: newest is the version chosen */
	uint32_t topics;	/* SUBSCRIBE: bit n for topic n */
	const void *payload;	/* REQUEST, REPLY, EVENT; REFUSAL: words, not terminated */
	size_t length;		/* 0..IPC_PAYLOAD_MAX */
};

/* What stands before the payload, which the caller puts behind it. Returns the length, <= 12. */
#define IPC_FRONT_MAX 12
size_t ipc_message_write(const struct ipc_message *message, uint8_t front[IPC_FRONT_MAX]);

/*
 * Reads a packet that came from that side. *message borrows bytes. -EBADMSG with words for what no
 * version may send, for a kind that this side does not send, and for one that is not known.
 */
int ipc_message_read(const void *bytes, size_t length, enum ipc_side from,
	struct ipc_message *message, struct error *err);

/* The newest version that both a HELLO and oldest..newest name, or -EPROTONOSUPPORT with words. */
int ipc_version_choose(
	const struct ipc_message *hello, uint8_t oldest, uint8_t newest, struct error *err);

#endif
