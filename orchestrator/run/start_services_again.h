/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts what a run stopped on a node and nobody will start any more. */
#ifndef ORCHESTRATOR_RUN_START_SERVICES_AGAIN_H
#define ORCHESTRATOR_RUN_START_SERVICES_AGAIN_H

#include "orchestrator/step/run_context.h"

/*
 * stopped, all false before: of each node, whether the run has stopped its services, as far as its
 * journal knows. Or the journal's error.
 */
int start_services_again_find(
	const struct run_context *run, bool stopped[CLUSTER_NODES_MAX], struct error *err);

/*
 * When not all of the profile's services run there, no installation is running and the packages are
 * whole: starts them and waits until they run. Waits at most a minute for the installation, and the
 * cluster's deadline for the services. 1: they were started; 0: they run; or a
 * negative errno and why they stay stopped: -EBUSY installation, -EBADMSG packages, -ETIME they do
 * not come up, else the node's trouble.
 */
int start_services_again_node(struct run_context *run, int node, struct error *err);

#endif
