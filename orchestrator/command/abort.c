/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade abort: ends a run for good, at a safe point, whether its process lives or not. */
#include "orchestrator/command/command.h"
#include "orchestrator/command/shared_options.h"
#include "orchestrator/run/abort_run.h"

static int abort_command(
	const struct settings *settings, const void *own, char **arguments, int count)
{
	struct abort_wish wish = *(const struct abort_wish *)own;

	wish.name = count ? arguments[0] : NULL;
	return abort_run(&settings->process, &wish);
}

static const struct option_entry options[] = {
	{.name = "no-wait",
		.help = "do not wait until the haupgrade that works on the run has stopped",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct abort_wish, no_wait)},
	{0},
};

static const struct option_group groups[] = {
	{options, 0},
	{shared_options_cluster, offsetof(struct abort_wish, cluster_file)},
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
			.notes =
				"RUN is the run's number; without it the newest run that did not end, and after which\n"
				"none changed a node. Of an older one no node is touched. An aborted run is not resumed: begin\n"
				"anew with upgrade, or go back with rollback; anew with bootstrap, of a bootstrap.\n"
				"Exit status: 0 aborted, 1 not (the run was done, or somebody else works on it), or services\n"
				"could not be started again, 2 usage or environment.",
		},
	.groups = groups,
	.own_size = sizeof(struct abort_wish),
	.minimum = 0,
	.maximum = 1,
	.run = abort_command,
};
