/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services of a node are started. */
#include "orchestrator/node/start.h"

int node_start(struct link *link, uint64_t deadline_ms, struct error *err)
{
	return link_commands(
		link, "start the services", &link->cluster->profile->start, deadline_ms, err);
}
