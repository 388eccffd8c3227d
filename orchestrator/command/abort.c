/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade abort: ends a run for good, at a safe point, whether its process lives or not. */
#include "orchestrator/command/command.h"
#include "orchestrator/run/abort_run.h"

static int abort_command(const struct settings *settings, char **arguments, int count)
{
	const struct abort_wish wish = {
		.name = count ? arguments[0] : NULL,
		.cluster_file = settings->cluster_file,
		.no_wait = settings->no_wait,
	};

	return abort_run(&settings->process, &wish);
}

static const struct option_spec options[] = {
	{OPTION_NO_WAIT, 0, "no-wait", NULL,
		"do not wait until the haupgrade that works on the run has stopped"},
	{OPTION_CLUSTER, 0, "cluster", "FILE", "the run's cluster file, where it lies now"},
	{0},
};

const struct command command_abort = {
	.name = "abort",
	.page =
		{
			.usage = "haupgrade abort [OPTION...] [RUN]",
			.summary =
				"Ends a run for good, at a safe point.\n"
				"Where haupgrade works on it, it stops before the next node or after this one. Where nobody\n"
				"does any more, services that the run had stopped are started again, unless an\n"
				"installation is running or was interrupted.",
			.options = options,
			.notes =
				"RUN is the run's number; without it the newest run that did not end, and after which\n"
				"none changed a node. Of an older one no node is touched. An aborted run is not resumed: begin\n"
				"anew with upgrade, or go back with rollback; anew with bootstrap, of a bootstrap.\n"
				"Exit status: 0 aborted, 1 not (the run was done, or somebody else works on it), or services\n"
				"could not be started again, 2 usage or environment.",
		},
	.minimum = 0,
	.maximum = 1,
	.run = abort_command,
};
