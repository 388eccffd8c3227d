/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One command over an open, non-blocking libssh session. For session.c only. */
#ifndef ORCHESTRATOR_REMOTE_CHANNEL_H
#define ORCHESTRATOR_REMOTE_CHANNEL_H

#include <libssh/libssh.h>

#include "lib/base/error.h"
#include "orchestrator/remote/session.h"
#include "orchestrator/remote/wait.h"

/*
 * Waits until libssh can go on with a call that said SSH_AGAIN. 0, -ETIMEDOUT, -ECANCELED without a
 * message: the caller knows what it was doing.
 */
int channel_wait(ssh_session ssh, const struct wait *wait);

/* What libssh says went wrong, made fit for a terminal. size >= 1; returns buffer. */
char *channel_reason(ssh_session ssh, char *buffer, size_t size);

/* As session_run. After any error the libssh session must not be used for another command. */
int channel_run(ssh_session ssh, const struct session_command *command, const struct wait *wait,
	struct session_result *result, struct error *err);

#endif
