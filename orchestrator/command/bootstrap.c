/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade bootstrap: first installation on fresh nodes. */
#include "orchestrator/command/command.h"
#include "orchestrator/command/shared_options.h"
#include "orchestrator/run/first_installation.h"

static int bootstrap(const struct settings *settings, const void *own, char **arguments, int count)
{
	CLEANUP(cleanup_execution) struct execution execution;

	(void)count;
	execution_init(&execution, &settings->process, own);
	return first_installation_run(&execution, arguments[0], arguments[1]);
}

static const struct option_group groups[] = {
	{shared_options_signatures, offsetof(struct run_wishes, signatures)},
	{0},
};

const struct command command_bootstrap = {
	.name = "bootstrap",
	.page =
		{
			.usage = "haupgrade bootstrap [OPTION...] CLUSTER BUNDLE",
			.summary =
				"First installation on fresh nodes.\n"
				"Verifies the bundle, looks at every node, installs, propagates the configuration files,\n"
				"starts the services, and confirms one primary, the others backup and an answering\n"
				"floating IP. Refuses nodes that serve already; may be run again at any point.",
			.notes =
				"Exit status: 0 the cluster serves, 1 refused or stopped safely (run it again, or resume), 2\n"
				"usage or environment.",
		},
	.groups = groups,
	.own_size = sizeof(struct run_wishes),
	.minimum = 2,
	.maximum = 2,
	.run = bootstrap,
};
