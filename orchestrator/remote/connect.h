/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From nothing to a logged-in ssh session, over any number of jump hosts. For session.c only. */
#ifndef ORCHESTRATOR_REMOTE_CONNECT_H
#define ORCHESTRATOR_REMOTE_CONNECT_H

#include <stdint.h>

#include <libssh/libssh.h>

#include "lib/base/error.h"
#include "orchestrator/remote/credentials.h"
#include "orchestrator/remote/hop.h"
#include "orchestrator/remote/tunnel.h"
#include "orchestrator/remote/wait.h"

/* How to connect. Plain data. */
struct connect_terms {
	struct wait wait;    /* the deadline moves on while somebody is asked */
	uint64_t timeout_ms; /* what wait began with, for messages */
	uint64_t silence_ms;
	struct credentials *credentials; /* NULL: nobody is asked for a passphrase */
	uint64_t asked_ms;		 /* result: how long asking took */
};

/*
 * The connection to the last hop, and nothing more. *descriptor is owned, and so is *tunnel (NULL
 * without jump hosts), which is freed after what uses the descriptor. own_ms: the time that the
 * last connection may take, 0: until the end of terms. Errors as session_open; -ENOLINK for what
 * may pass but lies with a jump host.
 */
int connect_reach(const struct hop *const *hops, size_t count, uint64_t own_ms,
	struct connect_terms *terms, struct tunnel **tunnel, int *descriptor, struct error *err);

/*
 * An ssh session with the hop over the descriptor, which is taken: keys exchanged, host key
 * checked, logged in. *ssh is owned.
 */
int connect_session(const struct hop *hop, int descriptor, struct connect_terms *terms,
	ssh_session *ssh, struct error *err);

#endif
