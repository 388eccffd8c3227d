/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that ssh has to be asked to know what one host name means: some runs of `ssh -G`. */
#ifndef ORCHESTRATOR_REMOTE_SSH_CONFIG_QUERY_H
#define ORCHESTRATOR_REMOTE_SSH_CONFIG_QUERY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "orchestrator/remote/ssh_config_answer.h"

/* Borrowed; NULL or 0: not said. */
struct ssh_question {
	const char *host; /* as it is written behind "ssh" */
	const char *user;
	unsigned port;
	const char *jump;	  /* ssh -J */
	const char *default_user; /* whom to log in as where nothing is said; NULL: as ssh does */
	const volatile sig_atomic_t *cancel;
	/* For all runs of ssh that it takes, but those for its defaults, which have as long, and
	 * not for waiting for another's answer; 0: SSH_CONFIG_QUERY_LIMIT_MS. */
	uint64_t limit_ms;
};

/* CanonicalizeHostname asks name servers, and a command of Match exec may do anything. */
#define SSH_CONFIG_QUERY_LIMIT_MS 30000

/* Borrowed. */
struct ssh_config_query {
	const struct ssh_question *question;
	const char *config;	/* NULL: ssh's own files; "none"; or an absolute path */
	const char *local_user; /* who runs haupgrade, and where he is at home; NULL: nobody */
	const char *home;	/* knows */
	uint64_t until_ms;	/* when ssh is waited for no longer; clock_monotonic_ms */
	/* Afterwards, when there is no answer: that was ssh's doing, and it would say the same
	 * again. */
	bool has_run;
	const char *as_user; /* afterwards: behind -l; NULL: nothing was */
};

/*
 * What ssh says of the host, with whom to log in as settled; its identities as they are written.
 * *answer is the caller's. Errors as ssh_config_host. Any thread.
 */
int ssh_config_query_host(
	struct ssh_config_query *query, struct ssh_config_answer *answer, struct error *err);
/* What ssh says of a host where nothing is configured: its own defaults. */
int ssh_config_query_defaults(
	struct ssh_config_query *query, struct ssh_config_answer *answer, struct error *err);
/* Makes plain paths of the answer's identities, and finds out whether they are ssh's own. */
int ssh_config_query_identities(struct ssh_config_query *query,
	const struct ssh_config_answer *defaults, struct ssh_config_answer *answer,
	struct error *err);

#endif
