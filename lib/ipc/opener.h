/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child that keeps the privileges of now, to make a daemon's socket once that is possible. */
#ifndef LIB_IPC_OPENER_H
#define LIB_IPC_OPENER_H

#include <sys/types.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

/*
 * For a daemon that could not make its socket as root (a full or read-only /run, a folder that is
 * somebody else's), serves nevertheless, and is about to give its privileges up. The child tries
 * ipc_listen every retry_ms, hands the socket over and ends; it also ends with the daemon. It
 * reads nothing and holds nothing else open.
 */
struct ipc_opener;

/* Before the process has a second thread. *opener is owned. */
int ipc_opener_start(
	const char *name, gid_t group, int retry_ms, struct ipc_opener **opener, struct error *err);
/* Ends the child too. */
void ipc_opener_free(struct ipc_opener *opener);
CLEANUP_DEFINE(ipc_opener);

/* Readable when the socket is there, or the child has ended without. */
int ipc_opener_descriptor(const struct ipc_opener *opener);
/* The listening socket, owned. -EAGAIN: not yet; any other failure: there will be none. */
int ipc_opener_take(struct ipc_opener *opener, int *descriptor, struct error *err);

#endif
