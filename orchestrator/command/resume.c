/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade resume: goes on with a run that stopped or whose process died. */
#include "orchestrator/command/command.h"
#include "orchestrator/command/rollback.h"
#include "orchestrator/run/resume_run.h"

static int resume(const struct settings *settings, char **arguments, int count)
{
	const struct resume_wish wish = {
		.name = count ? arguments[0] : NULL,
		.cluster_file = settings->cluster_file,
		.bundle = settings->bundle,
	};
	CLEANUP(cleanup_execution) struct execution execution;

	execution_init(&execution, &settings->process, &settings->wishes);
	return rollback_if_failed(&execution, resume_run(&execution, &wish));
}

static const struct option_spec options[] = {
	COMMAND_ON_FAILURE_OPTION,
	{OPTION_CLUSTER, 0, "cluster", "FILE", "the run's cluster file, where it lies now"},
	{OPTION_BUNDLE, 0, "bundle", "PATH", "the run's bundle, where it lies now"},
	COMMAND_RUN_OPTIONS,
	{0},
};

const struct command command_resume = {
	.name = "resume",
	.page =
		{
			.usage = "haupgrade resume [OPTION...] [RUN]",
			.summary =
				"Goes on with a run that stopped or whose process died.\n"
				"Nothing is believed from memory: the step that was under way is looked at first.",
			.options = options,
			.notes =
				"RUN is the run's number; without it the newest run that did not end.\n"
				"Exit status: as upgrade.",
		},
	.minimum = 0,
	.maximum = 1,
	.run = resume,
};
