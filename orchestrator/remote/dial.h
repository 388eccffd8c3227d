/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TCP connection to an address or a name, with a deadline over name resolution too. */
#ifndef ORCHESTRATOR_REMOTE_DIAL_H
#define ORCHESTRATOR_REMOTE_DIAL_H

#include <stdint.h>

#include "lib/base/error.h"
#include "orchestrator/remote/wait.h"

/*
 * Tries the addresses of a name in turn. *descriptor is owned, non-blocking, close-on-exec, and
 * breaks by itself (ETIMEDOUT) when the peer acknowledges nothing for silence_ms: a machine
 * that lost power sends no FIN. Messages name address and port, not the node.
 * -ETIMEDOUT, -ECANCELED, -EAGAIN name not resolved, or what connect(2) said.
 */
int dial_tcp(const char *address, unsigned port, uint64_t silence_ms, const struct wait *wait,
	int *descriptor, struct error *err);

#endif
