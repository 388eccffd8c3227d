/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's ssh configuration, as ssh_config(5) of OpenSSH 9 describes it, as far as it concerns
 * where a host is and how it is logged in to. What is not known here is passed over, as options for
 * terminals and forwarding mean nothing to haupgrade.
 */
#ifndef ORCHESTRATOR_REMOTE_SSH_CONFIG_H
#define ORCHESTRATOR_REMOTE_SSH_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/conf/problems.h"
#include "orchestrator/remote/hop.h"

struct ssh_config;

/*
 * Reads a file and those it includes (paths in it: ~ and what is relative start as ssh_config(5)
 * says). optional: that there is no such file is right, too. home: the user's home directory.
 * -ENOENT; -EINVAL with all problems as file:line, the first in err: a file that others may write
 * among them.
 */
int ssh_config_load(const char *path, bool optional, const char *home, struct ssh_config **config,
	struct problems *problems, struct error *err);
/* The same from bytes, in which Include is a problem. Pure. */
int ssh_config_parse(const char *file, const char *bytes, size_t length, struct ssh_config **config,
	struct problems *problems, struct error *err);
/* NULL is legal. */
void ssh_config_free(struct ssh_config *config);
CLEANUP_DEFINE(ssh_config);

/* What is said of one host; the first value of each wins. Borrowed from the configuration, as they
 * stand there (no ~, no %h replaced); NULL or 0: nothing is said. Lists end with NULL. */
struct ssh_config_host {
	const char *host_name;
	const char *user;
	const char *port; /* a number in 1..65535 */
	const char *key_name;
	const char *agent;
	const char *jump; /* "none", or hosts with commas */
	uint64_t connect_timeout_ms;
	bool identities_only;
	bool only_said; /* identities_only was given */
	const char *identities[HOP_FILES_MAX + 1];
	const char *known_hosts[HOP_FILES_MAX + 1];
};

/*
 * Looks up the name as it would be given to ssh. config NULL: nothing is said. -EINVAL, naming file
 * and line, for what would apply but is not done here: ProxyCommand.
 */
int ssh_config_look_up(const struct ssh_config *config, const char *name,
	struct ssh_config_host *host, struct error *err);

#endif
