/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade rollback: the nodes that a run changed get their previous packages back. */
#include "orchestrator/command/rollback.h"

#include "orchestrator/run/rollback_run.h"

static int rollback(const struct settings *settings, char **arguments, int count)
{
	return rollback_run(&settings->process, &settings->wishes, count ? arguments[0] : NULL,
		settings->cluster_file);
}

int rollback_if_failed(struct execution *execution, enum outcome outcome)
{
	if (!rollback_run_is_due(execution))
		return outcome;
	command_catch_signals();
	return rollback_run_failed(execution);
}

static const struct option_spec options[] = {
	{OPTION_YES, 'y', "yes", NULL, "do not ask before the first change"},
	COMMAND_PREVIOUS_OPTION,
	{OPTION_CLUSTER, 0, "cluster", "FILE", "the run's cluster file, where it lies now"},
	COMMAND_RUN_OPTIONS,
	{0},
};

const struct command command_rollback = {
	.name = "rollback",
	.page =
		{
			.usage = "haupgrade rollback [OPTION...] [RUN]",
			.summary =
				"The nodes that a run changed get their previous packages back.\n"
				"In the same rolling way, with the same evidence, as a run of its own. The previous packages\n"
				"are those given with --previous, those the run was given, or those that the nodes keep.",
			.options = options,
			.notes =
				"RUN is the run's number; without it the newest upgrade.\n"
				"Exit status: 0 every node has its previous packages, 1 refused or stopped safely (resume goes on), 2 usage or environment.",
		},
	.minimum = 0,
	.maximum = 1,
	.run = rollback,
};
