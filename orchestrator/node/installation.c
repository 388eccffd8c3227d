/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The installation that a run began on a node. */
#include "orchestrator/node/installation.h"

#include <errno.h>

#include "lib/base/cleanup.h"

struct job installation_job(const char *run)
{
	return (struct job){.run = run, .step = "install"};
}

int installation_await(
	struct link *link, const char *run, const struct job_patience *patience, struct error *err)
{
	static const struct job_patience none = {0};
	const struct job job = installation_job(run);
	CLEANUP(cleanup_free) char *folder = NULL;
	CLEANUP(error_release) struct error why = {0};

	switch (job_await(link, &job, patience ?: &none, &why)) {
	case JOB_NONE:
	case JOB_DONE:
	case JOB_FAILED:
		return 0;
	case JOB_UNKNOWN:
		return error_move(err, &why);
	case JOB_RUNNING:
		break;
	}
	folder = job_folder(&job);
	return error_set(err, EBUSY, "%s: the installation is still running (%s there)",
		link->node->name, folder);
}
