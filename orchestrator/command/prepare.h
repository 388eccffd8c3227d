/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all that look at a cluster with a bundle in hand have in common. */
#ifndef ORCHESTRATOR_COMMAND_PREPARE_H
#define ORCHESTRATOR_COMMAND_PREPARE_H

#include "orchestrator/check/preflight.h"
#include "orchestrator/command/command.h"
#include "orchestrator/command/output.h"
#include "orchestrator/step/run_context.h"

/*
 * Opens and verifies the bundle, telling all findings. EXIT_DONE: whole; EXIT_NO: a problem was
 * found; EXIT_USAGE: it could not be read, *bundle is NULL then only. *bundle is owned.
 */
int prepare_bundle(const struct settings *settings, const char *path, struct bundle **bundle);

/* Loads the cluster and makes a run of it that has no bundle yet. As prepare_run. */
int prepare_cluster(const struct settings *settings, const char *cluster_name,
	struct cluster **cluster, struct run_context *run);
/* Verifies the bundle and makes it the run's. As prepare_run. */
int prepare_target(
	const struct settings *settings, const char *bundle_path, struct run_context *run);

/*
 * Loads the cluster, verifies the bundle, makes the run of it. An exit status; on anything but
 * EXIT_DONE all has been told. The caller releases run (run_context_clear), then cluster, in any
 * case.
 */
int prepare_run(const struct settings *settings, const char *cluster_name, const char *bundle_path,
	struct cluster **cluster, struct run_context *run);

/* Opens and verifies the packages to go back to, if path is not NULL, for the run. As prepare_run.
 */
int prepare_previous(const struct settings *settings, const char *path, struct run_context *run);

/*
 * Preflight, its outcomes added to checks, and plan. EXIT_DONE with run->plan made, else the exit
 * status; all has been told.
 */
int prepare_plan(struct output *output, struct run_context *run,
	const struct preflight_wishes *wishes, struct checks *checks, bool tell_all);

/* Starts the cluster file's probe; *probe stays NULL when it has none. An exit status. */
int prepare_probe(
	const struct settings *settings, const struct cluster *cluster, struct probe **probe);

#endif
