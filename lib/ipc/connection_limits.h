/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many connections a server has: in all, of one user, and the part that is root's. Pure. */
#ifndef LIB_IPC_CONNECTION_LIMITS_H
#define LIB_IPC_CONNECTION_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Who is above a limit is refused: he gets one message that says why, and his connection ends;
 * those that are there stay. Only the limit in all has an exception: for a newcomer who is within
 * his own, the connection that was idle for longest is dropped, if one was idle for long enough.
 */
struct ipc_connection_limits {
	unsigned int in_all;	/* so many connections are served */
	unsigned int root_part; /* of which so many are kept for root */
	unsigned int per_user;	/* of one user other than root */
	/* Whoever has said nothing for longer gives his place up when there is none for a newcomer;
	 * but for root. */
	uint64_t idle_ms;
};

/* What there is when somebody wants to connect. */
struct ipc_connection_usage {
	unsigned int in_all;
	unsigned int of_user; /* his own */
	/* No descriptor is free any more but the one that was kept back, which is root's. */
	bool is_last_descriptor;
};

/* There is no place for one more of that user. */
bool ipc_connection_limits_are_reached(
	const struct ipc_connection_limits *limits, unsigned int in_all, uid_t user);

/* May a connection of that user, who has said nothing for so long, be dropped for a newcomer? */
bool ipc_connection_limits_may_drop(
	const struct ipc_connection_limits *limits, uid_t user, uint64_t silent_ms);

/* NULL, or the words of the refusal. */
const char *ipc_connection_limits_refusal(const struct ipc_connection_limits *limits,
	const struct ipc_connection_usage *usage, uid_t user);

#endif
