/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logging in by public key: key files, with or without passphrase, and the ssh agent. */
#ifndef ORCHESTRATOR_REMOTE_LOGIN_H
#define ORCHESTRATOR_REMOTE_LOGIN_H

#include "orchestrator/remote/connect.h"

/*
 * Tries the hop's keys in their order (hop.h); of a key with a passphrase only the public half,
 * until the peer would take it. -EACCES login refused, so many wrong keys that the peer hung up, or
 * a wrong passphrase; -EINVAL, -ENOENT there is no key to try, with the reason; -ENOTTY a
 * passphrase is needed and nobody can be asked; -ECONNRESET; -ETIMEDOUT; -ECANCELED.
 */
int login(ssh_session ssh, const struct hop *hop, struct connect_terms *terms, struct error *err);

/* The error of a wait that ended during something that has its deadline in terms. */
int login_waiting_failed(
	int result, const struct connect_terms *terms, const char *during, struct error *err);

#endif
