/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host name means, asked of the ssh client of this machine: `ssh -G` (ssh(1), OpenSSH 6.8
 * and later) reads the configuration as ssh_config(5) says and prints what comes of it.
 */
#ifndef ORCHESTRATOR_REMOTE_SSH_ASK_H
#define ORCHESTRATOR_REMOTE_SSH_ASK_H

#include <signal.h>
#include <stddef.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/remote/ssh_answer.h"

/* The configuration, and the answers so far: a question is asked once. */
struct ssh_ask;

/* config: NULL for ssh's own files, "none" for no file at all, or an absolute path. */
struct ssh_ask *ssh_ask_new(const char *config);
/* NULL is legal. */
void ssh_ask_free(struct ssh_ask *ask);
CLEANUP_DEFINE(ssh_ask);

/* Borrowed; NULL or 0: not said. */
struct ssh_question {
	const char *host; /* as it is written behind "ssh" */
	const char *user;
	unsigned port;
	const char *jump;	  /* ssh -J */
	const char *default_user; /* whom to log in as where nothing is said; NULL: as ssh does */
	const volatile sig_atomic_t *cancel;
};

/*
 * *answer is borrowed until ssh_ask_free. Any thread; one question at a time. -EINVAL with ssh's
 * words: it does not take the configuration or the host, or does not end. -ENOENT: there is no ssh,
 * or not that configuration. -ECANCELED. Never what session_is_unreachable would take for a sign
 * from the node.
 */
int ssh_ask_host(struct ssh_ask *ask, const struct ssh_question *question,
	const struct ssh_answer **answer, struct error *err);

#endif
