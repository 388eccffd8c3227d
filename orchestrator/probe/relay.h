/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket of our own that libcurl connects to, when what it says is to go another way than a
 * connection of its own. (libcurl can be given a connected socket, but 7.88 connects that again.)
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
