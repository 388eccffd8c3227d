/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that this node knows, as one JSON object; documented in hactl(8). */
#ifndef DAEMONS_HEARTBEAT_STATUS_H
#define DAEMONS_HEARTBEAT_STATUS_H

#include <jansson.h>

struct daemon;

/* A new reference. */
json_t *status_json(const struct daemon *daemon);

#endif
