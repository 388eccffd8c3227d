/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One command over an open, non-blocking libssh session. For session.c only. */
#ifndef ORCHESTRATOR_REMOTE_CHANNEL_H
#define ORCHESTRATOR_REMOTE_CHANNEL_H

#include <libssh/libssh.h>

#include "lib/base/error.h"
#include "orchestrator/remote/secret.h"
#include "orchestrator/remote/session.h"
#include "orchestrator/remote/wait.h"

/*
 * Waits until libssh can go on with a call that said SSH_AGAIN. 0, -ETIMEDOUT, -ECANCELED without a
 * message: the caller knows what it was doing.
 */
int channel_wait(ssh_session ssh, const struct wait *wait);

/* What libssh says went wrong, made fit for a terminal. size >= 1; returns buffer. */
char *channel_reason(ssh_session ssh, char *buffer, size_t size);

/* What stands before the command and may ask for a password (sudo.h). Plain data. */
struct channel_gate {
	const char *prompt; /* on stderr: it asks */
	const char *ready;  /* on stdout and on stderr: behind it, the command speaks and listens */
	/* May take its time, which does not count against the deadline. */
	int (*answer)(void *context, const struct secret **password, struct error *err);
	void *context;
	bool passed; /* result: ready came */
};

/* How a command runs. Plain data; borrowed during the call. */
struct channel_terms {
	struct wait wait;
	/* Nonzero: the peer is asked for a sign of life, and lost after so long without one. For
	 * connections whose TCP ends at a jump host and tells nothing. */
	uint64_t silence_ms;
	struct channel_gate *gate; /* NULL: none */
};

/*
 * As session_run; without gate->passed, result is what the gate said. After any error the libssh
 * session must not be used for another command.
 */
int channel_run(ssh_session ssh, const struct session_command *command,
	const struct channel_terms *terms, struct session_result *result, struct error *err);

#endif
