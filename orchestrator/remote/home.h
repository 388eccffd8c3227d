/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where ssh keeps its files in the home of the user who runs us. */
#ifndef ORCHESTRATOR_REMOTE_HOME_H
#define ORCHESTRATOR_REMOTE_HOME_H

/* The first of ~/.ssh/id_ed25519, id_ecdsa, id_rsa that exists, else the first name; owned. */
char *home_identity(void);
/* ~/.ssh/known_hosts; owned. */
char *home_known_hosts(void);

#endif
