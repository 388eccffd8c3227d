/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection that leads through an ssh session with another machine (ProxyJump). */
#ifndef ORCHESTRATOR_REMOTE_TUNNEL_H
#define ORCHESTRATOR_REMOTE_TUNNEL_H

#include <libssh/libssh.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/remote/wait.h"

struct tunnel;

/*
 * Lets the machine that ssh is logged in to connect to address and port (resolved there). Takes
 * ssh, and below, the tunnel that ssh itself uses (or NULL); on failure they stay the caller's, fit
 * only to be freed. *descriptor is owned: a socket, non-blocking, close-on-exec, on which an ssh
 * session with the far machine can be held; the bytes are moved by a thread. Free that session
 * before the tunnel. -ECONNREFUSED, -EHOSTUNREACH, -ENETUNREACH, -ETIMEDOUT, -EAGAIN as the machine
 * between says of the far one; -EACCES it forwards nothing; -ENOLINK it was lost itself;
 * -ECANCELED.
 */
int tunnel_open(ssh_session ssh, struct tunnel *below, const char *address, unsigned port,
	const struct wait *wait, struct tunnel **tunnel, int *descriptor, struct error *err);

struct tunnel_place {
	const char *address; /* resolved by the machine that connects */
	unsigned port;
};

/*
 * As tunnel_open over a session that stays the caller's, who does not use it until the tunnel is
 * freed; the session lives longer. No byte is moved before tunnel_carry. After -ETIMEDOUT,
 * -ECANCELED and -ENOLINK the session is fit only to be freed. Messages say "the node" for the
 * machine that connects.
 */
int tunnel_borrow(ssh_session ssh, const struct tunnel_place *place, const struct wait *wait,
	struct tunnel **tunnel, struct error *err);
/* Lets a thread move the bytes of descriptor, a non-blocking stream socket, which is taken even on
 * failure. Once. */
int tunnel_carry(struct tunnel *tunnel, int descriptor, struct error *err);

/* Ends it and all below without waiting for a peer. NULL is legal. */
void tunnel_free(struct tunnel *tunnel);
CLEANUP_DEFINE(tunnel);

#endif
