/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host name means, asked of the ssh client of this machine: `ssh -G` (ssh(1), OpenSSH 6.8
 * and later) reads the configuration as ssh_config(5) says and prints what comes of it.
 */
#ifndef ORCHESTRATOR_REMOTE_SSH_CONFIG_H
#define ORCHESTRATOR_REMOTE_SSH_CONFIG_H

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/remote/ssh_config_query.h"

/* The configuration, and what came of asking so far: a question is asked once. */
struct ssh_config;

/* config: NULL for ssh's own files, "none" for no file at all, or an absolute path. */
struct ssh_config *ssh_config_new(const char *config);
/* NULL is legal. */
void ssh_config_free(struct ssh_config *ssh_config);
CLEANUP_DEFINE(ssh_config);

/*
 * *answer is borrowed until ssh_config_free. Any thread: different hosts are asked about at the
 * same time, and who asks what another is asking waits for his answer. Answers are kept, and so is
 * that ssh gave none, until ssh_config_free: a Match exec that hangs costs its 30 s once. -EINVAL
 * with ssh's words: it does not take the configuration or the host, or does not end within the
 * limit. -ENOENT: there is no ssh, or not that configuration. -ECANCELED. Never what
 * session_is_unreachable would take for a sign from the node.
 */
int ssh_config_host(struct ssh_config *ssh_config, const struct ssh_question *question,
	const struct ssh_config_answer **answer, struct error *err);

#endif
