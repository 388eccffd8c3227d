/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child that keeps the privileges of now, to make a daemon's socket whenever there is none. */
#ifndef LIB_IPC_SOCKET_OPENER_H
#define LIB_IPC_SOCKET_OPENER_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

/*
 * For a daemon that is about to give its privileges up, and serves whether it has a socket or not:
 * root may delete it or its folder, /run may have been full or read-only at the start. Every
 * retry_ms the child looks whether the socket that was made is in its place; if it is not, it tries
 * ipc_listen, and hands the new one over, or says why it cannot, once for each reason. It reads
 * nothing, holds nothing else open, and ends with the daemon.
 */
struct ipc_socket_opener;

struct ipc_socket_opener_config {
	const char *name;
	gid_t group;
	int retry_ms;
	bool made; /* ipc_listen has been successful */
	/* Why it has not been, for the child need not say that again; NULL: unknown. */
	const char *why_not;
};

/* Before the process has a second thread. *opener is owned. */
int ipc_socket_opener_start(const struct ipc_socket_opener_config *config,
	struct ipc_socket_opener **opener, struct error *err);
/* Ends the child too. */
void ipc_socket_opener_free(struct ipc_socket_opener *opener);
CLEANUP_DEFINE(ipc_socket_opener);

/* Readable when a socket was made or could not be made, or the child has ended. */
int ipc_socket_opener_descriptor(const struct ipc_socket_opener *opener);
/*
 * The listening socket, owned. -EAGAIN: nothing was said. -EBUSY: the child could not make it, for
 * the reason in err, and goes on trying. -EMFILE: it was made, but no descriptor was free to take
 * it: it waits in the channel, which is readable until then. Any other failure: there will be none
 * any more.
 */
int ipc_socket_opener_take(struct ipc_socket_opener *opener, int *descriptor, struct error *err);

#endif
