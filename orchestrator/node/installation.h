/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The installation of packages that a run began on a node, as a job there (job.h) that may outlive
 * the run. */
#ifndef ORCHESTRATOR_NODE_INSTALLATION_H
#define ORCHESTRATOR_NODE_INSTALLATION_H

#include "orchestrator/node/job.h"

/* Its job; run is the word that names the run on the nodes ("run-12-..."), borrowed. */
struct job installation_job(const char *run);

/*
 * Waits until it runs no more, nor any other run's job; patience NULL: only for the few seconds of
 * one look. Half-installed is no state to look at, to start services in, or to reboot.
 * 0: none runs, however it ended; what it changed is in facts that are asked for after this.
 * -EBUSY: it still runs, and err says where to see it. Else the node could not be asked (job_wait).
 */
int installation_await(
	struct link *link, const char *run, const struct job_patience *patience, struct error *err);

#endif
