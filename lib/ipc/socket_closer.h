/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closes sockets of which others decide how long that takes. */
#ifndef LIB_IPC_SOCKET_CLOSER_H
#define LIB_IPC_SOCKET_CLOSER_H

#include "lib/base/cleanup.h"

/*
 * A descriptor that somebody sent is closed by whoever takes it, or closes the socket in whose
 * queue it lies. Where it is the last one, closing can take as long as its sender likes: of a TCP
 * socket with SO_LINGER, a file on his own file system, gigabytes of memory. So a thread of its own
 * closes such a socket; all others are closed at once.
 */
struct ipc_socket_closer;

/* room: for so many sockets in its hands it needs no memory later, 1 or more. Owned. */
struct ipc_socket_closer *ipc_socket_closer_new(unsigned int room);
/* What is not closed yet its threads, or the process's end, will close. */
void ipc_socket_closer_free(struct ipc_socket_closer *closer);
CLEANUP_DEFINE(ipc_socket_closer);

/*
 * Takes a connection over, or a listening socket, which is in no epoll set: it ends now for the
 * other side, and is closed without making the caller wait.
 */
void ipc_socket_closer_take(struct ipc_socket_closer *closer, int descriptor);

/* To be called now and then while there are any: forgets those that are closed by now, and begins
 * with those for which no thread was to be had. */
void ipc_socket_closer_tend(struct ipc_socket_closer *closer);
/* How many are not closed yet, as of the last call of the two above. */
unsigned int ipc_socket_closer_count(const struct ipc_socket_closer *closer);

#endif
