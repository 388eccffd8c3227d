/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ssh -G` prints of a host, read. Pure. */
#ifndef ORCHESTRATOR_REMOTE_SSH_CONFIG_ANSWER_H
#define ORCHESTRATOR_REMOTE_SSH_CONFIG_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/* A list of owned strings. */
struct ssh_config_answer_list {
	char **items;
	size_t count;
};

/* Plain data, strings owned; release with ssh_config_answer_clear. */
struct ssh_config_answer {
	char *host_name; /* where it is: a name or an address */
	char *user;
	unsigned port;	     /* 1..65535 */
	char *jump;	     /* hosts with commas; NULL: none */
	char *proxy_command; /* NULL: none */
	char *key_name;	     /* HostKeyAlias; NULL: none */
	char *agent;	     /* a path, "none", "SSH_AUTH_SOCK" or "$VARIABLE"; NULL: not said */
	char *control_path;  /* NULL: not said */
	char *revoked_keys;  /* RevokedHostKeys; NULL: none */
	uint64_t connect_timeout_ms; /* 0: not said */
	bool identities_only;
	bool reads_twice; /* CanonicalizeHostname: the second time with the canonical name */
	/* As ssh_config_answer_read leaves it with ~ and tokens; ssh_config_query makes them plain
	 * paths. */
	struct ssh_config_answer_list identities;
	bool identities_said; /* they are not those that ssh takes by itself; set by
				 ssh_config_query */
	struct ssh_config_answer_list known_hosts;	  /* the user's files */
	struct ssh_config_answer_list global_known_hosts; /* the machine's */
};

/*
 * Reads what ssh printed: a line "keyword value" for each option, keywords in lower case, in any
 * order. What is not known here is passed over: options for terminals, forwarding and algorithms
 * mean nothing to haupgrade. Names of known_hosts files stand in one line without quotes, so a word
 * that begins with none of / ~ $ % continues the name before it. -EINVAL, naming the line, for a
 * value that no ssh prints, or when host name, user or port are missing.
 */
int ssh_config_answer_read(const char *words, struct ssh_config_answer *answer, struct error *err);
void ssh_config_answer_clear(struct ssh_config_answer *answer);

#endif
