/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade plan: preflight and the steps, touching nothing. */
#include <unistd.h>

#include "orchestrator/command/output.h"
#include "orchestrator/command/run_view.h"
#include "orchestrator/command/shared_options.h"
#include "orchestrator/run/planning.h"

/* Only one that is there: to make one is not for who only looks. *journal may stay NULL. */
static int open_journal(const struct settings *settings, struct journal **journal)
{
	CLEANUP(cleanup_free)
	char *path = text_format("%s/journal.db", settings->process.state_folder);
	CLEANUP(error_release) struct error err = {0};

	if (access(path, R_OK) < 0 ||
		journal_open(settings->process.state_folder, journal, &err) == 0)
		return EXIT_DONE;
	command_complain(settings, error_text(&err));
	return EXIT_USAGE;
}

static int plan(const struct settings *settings, const void *own, char **arguments, int count)
{
	const struct run_process *process = &settings->process;
	const struct run_wishes *wishes = own;
	CLEANUP(cleanup_execution) struct execution execution;
	struct run_context *run = &execution.run;
	struct preflight_wishes preflight = {
		.waivers = &wishes->waivers,
		.require_signatures = wishes->signatures.required,
		.way_back = wishes->on_failure == ON_FAILURE_ROLLBACK,
	};
	const struct planning_wishes planning = {&preflight, wishes->rehearse, true};
	int status;

	(void)count;
	execution_init(&execution, process, wishes);
	status = execution_load(&execution, arguments[0], arguments[1]);
	if (status == EXIT_DONE)
		status = execution_take_previous(&execution, wishes->previous);
	if (status == EXIT_DONE)
		status = open_journal(settings, &execution.journal);
	if (status == EXIT_DONE)
		status = planning_start_probe(process->teller, execution.cluster, &execution.probe);
	preflight.journal = execution.journal;
	preflight.probe = run->probe = execution.probe;
	if (status == EXIT_DONE)
		status = planning_make(process->teller, run, &planning, &execution.checks);
	if (status != EXIT_DONE)
		return status;
	if (!run->plan.count)
		output_nothing(settings, 0, "nothing to do: every node has the bundle's versions");
	run_view_plan(settings, execution.cluster, &run->plan);
	return EXIT_DONE;
}

static const struct option_group groups[] = {
	{shared_options_signatures, offsetof(struct run_wishes, signatures)},
	{shared_options_waive, 0},
	{shared_options_previous, 0},
	{shared_options_on_failure, 0},
	{shared_options_rehearse, 0},
	{0},
};

const struct command command_plan = {
	.name = "plan",
	.page =
		{
			.usage = "haupgrade plan [OPTION...] CLUSTER BUNDLE",
			.summary =
				"Preflight and the steps, touching nothing.\n"
				"Verifies the bundle, checks every node, tests the transaction, and prints what upgrade would do.",
			.notes =
				"Exit status: 0 it can be done, 1 something stands in the way, 2 usage or environment.",
		},
	.groups = groups,
	.own_size = sizeof(struct run_wishes),
	.minimum = 2,
	.maximum = 2,
	.run = plan,
};
