/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade upgrade: the rolling upgrade. */
#include "orchestrator/command/conduct.h"
#include "orchestrator/command/prepare.h"
#include "orchestrator/command/rollback.h"

static int upgrade(const struct settings *settings, char **arguments, int count)
{
	static const struct conduct_wish wish = {
		.done = "every node is upgraded",
		.idle = "nothing to do: every node has the bundle's versions",
	};
	CLEANUP(cleanup_conduct) struct conduct conduct;
	int status;

	(void)count;
	conduct_init(&conduct, settings);
	status = conduct_load(&conduct, arguments[0], arguments[1]);
	if (status == EXIT_DONE)
		status = prepare_previous(settings, settings->previous, &conduct.run);
	if (status == EXIT_DONE)
		status = conduct_lock(&conduct, conduct.cluster->name);
	if (status == EXIT_DONE)
		status = conduct_open(&conduct);
	if (status == EXIT_DONE)
		status = conduct_begin(&conduct, &wish);
	return rollback_if_failed(&conduct, status);
}

static const struct option_spec options[] = {
	{OPTION_YES, 'y', "yes", NULL, "do not ask before the first change"},
	COMMAND_PREVIOUS_OPTION,
	COMMAND_ON_FAILURE_OPTION,
	COMMAND_REHEARSE_OPTION,
	CONDUCT_OPTIONS,
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
			.options = options,
			.notes =
				"Exit status: 0 every node is upgraded, 1 refused or stopped safely (resume goes on), 2 usage or environment.",
		},
	.minimum = 2,
	.maximum = 2,
	.run = upgrade,
};
