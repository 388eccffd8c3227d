/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run is made of, read and looked at before any node is asked: cluster file, bundle, the
 * packages to go back to, configuration files. */
#ifndef ORCHESTRATOR_RUN_INPUTS_H
#define ORCHESTRATOR_RUN_INPUTS_H

#include "orchestrator/files/wanted_files.h"
#include "orchestrator/run/teller.h"
#include "orchestrator/step/run_context.h"

/* Whose signatures count. Plain data, borrowed. */
struct signature_wishes {
	const char *keyring;	 /* NULL: this machine's rpm keyring */
	const char *ed25519_key; /* or NULL */
	bool required;		 /* a package that no signature vouches for is a problem */
};

/*
 * Opens and verifies the bundle, telling all findings. OUTCOME_DONE: whole; OUTCOME_NO: a problem
 * was found; OUTCOME_UNABLE: it could not be read, *bundle is NULL then only. *bundle is owned.
 */
enum outcome inputs_bundle(const struct run_process *process,
	const struct signature_wishes *signatures, const char *path, struct bundle **bundle);

/* Loads the cluster file; what is wrong with it is told. *cluster is owned. */
enum outcome inputs_cluster(
	const struct run_process *process, const char *name, struct cluster **cluster);

/* Loads the cluster's configuration files, likewise. */
enum outcome inputs_files(const struct run_process *process, const struct cluster *cluster,
	struct wanted_files **set);

/* Verifies the bundle and makes it the run's. */
enum outcome inputs_target(const struct run_process *process,
	const struct signature_wishes *signatures, const char *bundle_path,
	struct run_context *run);

/* Opens and verifies the packages to go back to, if path is not NULL, for the run. */
enum outcome inputs_previous(const struct run_process *process,
	const struct signature_wishes *signatures, const char *path, struct run_context *run);

#endif
