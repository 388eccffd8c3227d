/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade resume: goes on with a run that stopped or whose process died. */
#include "orchestrator/command/command.h"
#include "orchestrator/command/rollback.h"
#include "orchestrator/command/shared_options.h"
#include "orchestrator/run/resume_run.h"

struct resume_settings {
	struct run_wishes wishes;
	struct resume_wish wish; /* without the run's name, which is an argument */
};

static int resume(const struct settings *settings, const void *own, char **arguments, int count)
{
	const struct resume_settings *wanted = own;
	struct resume_wish wish = wanted->wish;
	CLEANUP(cleanup_execution) struct execution execution;

	wish.name = count ? arguments[0] : NULL;
	execution_init(&execution, &settings->process, &wanted->wishes);
	return rollback_if_failed(&execution, resume_run(&execution, &wish));
}

static const struct option_entry options[] = {
	{.name = "bundle",
		.argument = "PATH",
		.help = "the run's bundle, where it lies now",
		.kind = OPTION_TEXT,
		.offset = offsetof(struct resume_settings, wish.bundle)},
	{0},
};

static const struct option_group groups[] = {
	{shared_options_on_failure, offsetof(struct resume_settings, wishes)},
	{shared_options_cluster, offsetof(struct resume_settings, wish.cluster_file)},
	{options, 0},
	SHARED_OPTIONS_RUN(offsetof(struct resume_settings, wishes)),
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
			.notes =
				"RUN is the run's number; without it the newest run that did not end.\n"
				"Exit status: as upgrade.",
		},
	.groups = groups,
	.own_size = sizeof(struct resume_settings),
	.minimum = 0,
	.maximum = 1,
	.run = resume,
};
