/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade rollback: the nodes that a run changed get their previous packages back. */
#include "orchestrator/command/rollback.h"

#include "orchestrator/command/shared_options.h"
#include "orchestrator/run/rollback_run.h"

struct rollback_settings {
	struct run_wishes wishes;
	const char *cluster_file; /* where it lies now; NULL: where it was */
};

static int rollback(const struct settings *settings, const void *own, char **arguments, int count)
{
	const struct rollback_settings *wanted = own;

	return rollback_run(&settings->process, &wanted->wishes, count ? arguments[0] : NULL,
		wanted->cluster_file);
}

int rollback_if_failed(struct execution *execution, enum outcome outcome)
{
	if (!rollback_run_is_due(execution))
		return outcome;
	command_catch_signals();
	return rollback_run_failed(execution);
}

static const struct option_group groups[] = {
	{shared_options_confirmed, offsetof(struct rollback_settings, wishes)},
	{shared_options_previous, offsetof(struct rollback_settings, wishes)},
	{shared_options_cluster, offsetof(struct rollback_settings, cluster_file)},
	SHARED_OPTIONS_RUN(offsetof(struct rollback_settings, wishes)),
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
			.notes =
				"RUN is the run's number; without it the newest upgrade.\n"
				"Exit status: 0 every node has its previous packages, 1 refused or stopped safely (resume goes on), 2 usage or environment.",
		},
	.groups = groups,
	.own_size = sizeof(struct rollback_settings),
	.minimum = 0,
	.maximum = 1,
	.run = rollback,
};
