/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services of a node are started: the one place that tells a node so. */
#ifndef ORCHESTRATOR_NODE_START_H
#define ORCHESTRATOR_NODE_START_H

#include "orchestrator/node/link.h"

/*
 * Tells the node to start the profile's services, all of them, though one may complain, as one does
 * that runs already. That they were told proves nothing: whether they run is in facts asked for
 * after this (facts_own_active). Whoever starts what another run may have stopped asks first for
 * the lease and for the installation (installation_await).
 * 0, or the first failure: -EREMOTEIO is a complaint, and they may run all the same; anything else
 * is the link's. When that is lost on the way, the rest is not told.
 */
int node_start(struct link *link, uint64_t deadline_ms, struct error *err);

#endif
