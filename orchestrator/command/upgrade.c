/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade upgrade: the rolling upgrade. */
#include "orchestrator/command/rollback.h"
#include "orchestrator/command/shared_options.h"

static int upgrade(const struct settings *settings, const void *own, char **arguments, int count)
{
	static const struct execution_goal goal = {
		.done = "every node is upgraded",
		.idle = "nothing to do: every node has the bundle's versions",
	};
	const struct run_wishes *wishes = own;
	CLEANUP(cleanup_execution) struct execution execution;
	int status;

	(void)count;
	execution_init(&execution, &settings->process, wishes);
	status = execution_load(&execution, arguments[0], arguments[1]);
	if (status == EXIT_DONE)
		status = execution_take_previous(&execution, wishes->previous);
	if (status == EXIT_DONE)
		status = execution_lock(&execution, execution.cluster->name);
	if (status == EXIT_DONE)
		status = execution_open(&execution);
	if (status == EXIT_DONE)
		status = execution_begin(&execution, &goal);
	return rollback_if_failed(&execution, status);
}

static const struct option_group groups[] = {
	{shared_options_confirmed, 0},
	{shared_options_previous, 0},
	{shared_options_on_failure, 0},
	{shared_options_rehearse, 0},
	SHARED_OPTIONS_RUN(0),
	{0},
};

const struct command command_upgrade = {
	.name = "upgrade",
	.page =
		{
			.usage = "haupgrade upgrade [OPTION...] CLUSTER BUNDLE",
			.summary =
				"The rolling upgrade.\n"
				"Verifies the bundle, checks and prepares every node, then stops, upgrades and reboots the\n"
				"backups, fails over, and does the same on the former primary. Every step is confirmed by\n"
				"evidence; all along a probe asks the floating IP like a client.",
			.notes =
				"Exit status: 0 every node is upgraded, 1 refused or stopped safely (resume goes on), 2 usage or environment.",
		},
	.groups = groups,
	.own_size = sizeof(struct run_wishes),
	.minimum = 2,
	.maximum = 2,
	.run = upgrade,
};
