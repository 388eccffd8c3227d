/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heartbeats out and in: what is authentic and new goes to membership and group. */
#ifndef DAEMONS_HEARTBEAT_TRAFFIC_H
#define DAEMONS_HEARTBEAT_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

struct daemon;

/* Sends this node's statement over all links; leaving: says goodbye instead. */
void traffic_send(struct daemon *daemon, bool leaving);

/* Takes what has come in on the socket of that index (link.h). */
void traffic_receive(struct daemon *daemon, unsigned int socket, uint64_t now_ms);

#endif
