/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A local socket that libcurl connects to where it would connect to the service, so that what it
 * says can be carried over an ssh channel of a node (vantage.c). (libcurl can be given a connected
 * socket, but 7.88 connects that again.)
 */
#ifndef ORCHESTRATOR_PROBE_RELAY_H
#define ORCHESTRATOR_PROBE_RELAY_H

#include "lib/base/error.h"

/* Plain data; start with relay_open. */
struct relay {
	int listener;
	char name[16]; /* CURLOPT_ABSTRACT_UNIX_SOCKET */
};

int relay_open(struct relay *relay, struct error *err);
void relay_close(struct relay *relay);
/* The other end of a connection of this process, owned and non-blocking; -EAGAIN none yet. */
int relay_accept(const struct relay *relay);

#endif
