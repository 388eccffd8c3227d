/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade plan: preflight and the steps, touching nothing. */
#include "orchestrator/command/prepare.h"

/* Only one that is there: to make one is not for who only looks. *journal may stay NULL. */
static int open_journal(const struct settings *settings, struct journal **journal)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", settings->state_folder);
	CLEANUP(error_release) struct error err = {0};

	if (access(path, R_OK) < 0 || journal_open(settings->state_folder, journal, &err) == 0)
		return EXIT_DONE;
	command_complain(settings, error_text(&err));
	return EXIT_USAGE;
}

static int plan(const struct settings *settings, char **arguments, int count)
{
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(cleanup_run_context) struct run_context run = {0};
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	CLEANUP(cleanup_checks) struct checks checks = {0};
	CLEANUP(cleanup_journal) struct journal *journal = NULL;
	struct preflight_wishes wishes = {
		.waivers = &settings->waivers,
		.require_signatures = settings->require_signatures,
		.way_back = settings->roll_back,
	};
	struct output output;
	int status = prepare_run(settings, arguments[0], arguments[1], &cluster, &run);

	(void)count;
	if (status == EXIT_DONE)
		status = prepare_previous(settings, settings->previous, &run);
	if (status != EXIT_DONE)
		return status;
	output_init(&output, settings, cluster);
	status = open_journal(settings, &journal);
	if (status != EXIT_DONE)
		return status;
	wishes.journal = journal;
	status = prepare_probe(settings, cluster, &probe);
	if (status != EXIT_DONE)
		return status;
	wishes.probe = run.probe = probe;
	status = prepare_plan(&output, &run, &wishes, &checks, true);
	if (status != EXIT_DONE)
		return status;
	if (!run.plan.count)
		output_nothing(settings, 0, "nothing to do: every node has the bundle's versions");
	output_steps(&output, &run.plan);
	return EXIT_DONE;
}

static const struct option_spec options[] = {
	COMMAND_SIGNATURE_OPTIONS,
	COMMAND_WAIVE_OPTION,
	COMMAND_PREVIOUS_OPTION,
	COMMAND_ON_FAILURE_OPTION,
	COMMAND_REHEARSE_OPTION,
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
			.options = options,
			.notes =
				"Exit status: 0 it can be done, 1 something stands in the way, 2 usage or environment.",
		},
	.minimum = 2,
	.maximum = 2,
	.run = plan,
};
