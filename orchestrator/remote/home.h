/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user who runs us, as far as ssh is concerned. */
#ifndef ORCHESTRATOR_REMOTE_HOME_H
#define ORCHESTRATOR_REMOTE_HOME_H

/* Plain data, strings owned; release with home_clear. */
struct home {
	char *user;
	char *folder; /* $HOME, or what the system knows */
	char *agent;  /* $SSH_AUTH_SOCK, or NULL */
};

struct home home_find(void);
void home_clear(struct home *home);

#endif
