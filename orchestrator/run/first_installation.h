/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A first installation: begun, gone on with, or found to be there already. */
#ifndef ORCHESTRATOR_RUN_FIRST_INSTALLATION_H
#define ORCHESTRATOR_RUN_FIRST_INSTALLATION_H

#include "orchestrator/run/execution.h"

/* Makes a run of which execution_load has been one that brings the cluster's files and wants
 * whatever is in the bundle. */
enum outcome first_installation_arm(struct execution *execution);
struct execution_goal first_installation_goal(void);

/*
 * Brings up the cluster of that file with the packages of that bundle, in an execution that is
 * initialised. Goes on with an earlier first installation of these packages; where one has come to
 * its end and the cluster serves as wanted, there is nothing to do.
 */
enum outcome first_installation_run(
	struct execution *execution, const char *cluster_file, const char *bundle);

#endif
