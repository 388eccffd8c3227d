/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade upgrade: the rolling upgrade. */
#include <inttypes.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "orchestrator/command/prepare.h"
#include "orchestrator/command/record.h"
#include "orchestrator/journal/lock.h"

/* The answer of somebody at a terminal; nothing changes without it or --yes. */
static int ask_to_proceed(const struct output *output, const struct run *run)
{
	struct pollfd question = {.fd = STDIN_FILENO, .events = POLLIN};
	char answer[16] = "";

	if (output->settings->yes)
		return EXIT_DONE;
	if (!isatty(STDIN_FILENO) || output->settings->json) {
		command_complain(output->settings,
			"nobody can be asked here: look at `haupgrade plan`, then use --yes");
		return EXIT_USAGE;
	}
	output_steps(output, &run->plan);
	printf("Proceed? [y/N] ");
	fflush(stdout);
	/* poll is not restarted after a signal, so ^C ends the question. */
	if (poll(&question, 1, -1) == 1 && !*output->settings->interrupted &&
		fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
		return EXIT_DONE;
	command_complain(output->settings, "not confirmed; no node was touched");
	return EXIT_NO;
}

static void tell_unfinished(
	const struct settings *settings, struct journal *journal, const struct cluster *cluster)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	struct error err = {0};

	if (journal_run_load(journal, 0, cluster->name, &record, &err) < 0 ||
		record.state == JOURNAL_DONE)
		return;
	output_say(settings,
		"note: run %" PRId64
		" of this cluster did not end (%s%s%s); `haupgrade resume %" PRId64
		"` would go on with it\n",
		record.run_id, journal_state_name(record.state), record.reason[0] ? ": " : "",
		record.reason, record.run_id);
}

static int begin(struct journal *journal, struct run *run, int64_t *run_id, struct error *err)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_free) char *plan = record_plan(run);
	const struct passwd *user = getpwuid(getuid());
	char host[256] = "", invoker[320];
	struct journal_run begun = {
		.cluster = run->cluster->name,
		.cluster_file = run->cluster->file,
		.bundle = run->bundle->path,
		.bundle_digest = run->bundle_digest,
		.profile = run->cluster->profile->name,
		.invoker = invoker,
		.pid = getpid(),
		.plan = plan,
	};
	int result;

	gethostname(host, sizeof(host) - 1);
	snprintf(invoker, sizeof(invoker), "%.60s@%s", user ? user->pw_name : "?", host);
	result = journal_run_begin(journal, &begun, run_id, err);
	if (result == 0)
		result = journal_run_load(journal, *run_id, NULL, &record, err);
	if (result == 0)
		record_name_job(run, &record);
	return result;
}

static int upgrade_cluster(
	const struct settings *settings, struct run *run, struct journal *journal)
{
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	struct output output;
	struct error err = {0};
	struct drive drive = {
		.run = run,
		.journal = journal,
		.interrupted = settings->interrupted,
		.listener = &output.listener,
	};
	int status = prepare_probe(settings, run->cluster, &probe);

	output_init(&output, settings, run->cluster);
	if (status != EXIT_DONE)
		return status;
	run->probe = probe;
	status = prepare_plan(&output, run, false);
	if (status == EXIT_DONE && !run->plan.count) {
		output_nothing(settings, 0, "nothing to do: every node has the bundle's versions");
		return EXIT_DONE;
	}
	if (status == EXIT_DONE)
		status = ask_to_proceed(&output, run);
	if (status != EXIT_DONE)
		return status;
	if (begin(journal, run, &drive.run_id, &err) < 0) {
		command_complain(settings, err.text);
		return EXIT_USAGE;
	}
	output_say(settings, "run %" PRId64 ": cluster %s, %zu packages from %s\n", drive.run_id,
		run->cluster->name, run->bundle->package_count, run->bundle->path);
	if (settings->json)
		output_event(json_pack("{s:s, s:I, s:s, s:s}", "event", "run", "run",
			(json_int_t)drive.run_id, "cluster", run->cluster->name, "bundle",
			run->bundle->path));
	return prepare_drive(&output, &drive);
}

static int upgrade(const struct settings *settings, char **arguments, int count)
{
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(cleanup_run) struct run run = {0};
	CLEANUP(cleanup_lock) struct lock *lock = NULL;
	CLEANUP(cleanup_journal) struct journal *journal = NULL;
	struct error err = {0};
	int status = prepare_run(settings, arguments[0], arguments[1], &cluster, &run);

	(void)count;
	if (status != EXIT_DONE)
		return status;
	if (lock_take(settings->state_folder, cluster->name, &lock, &err) < 0 ||
		journal_open(settings->state_folder, &journal, &err) < 0) {
		command_complain(settings, err.text);
		return EXIT_USAGE;
	}
	tell_unfinished(settings, journal, cluster);
	return upgrade_cluster(settings, &run, journal);
}

static const struct option_spec options[] = {
	{OPTION_YES, 'y', "yes", NULL, "do not ask before the first change"},
	COMMAND_SIGNATURE_OPTIONS,
	{0},
};

const struct command command_upgrade = {
	.name = "upgrade",
	.page =
		{
			.usage = "haupgrade upgrade [OPTION...] CLUSTER BUNDLE",
			.summary =
				"The rolling upgrade.\n"
				"Verifies the bundle, checks and prepares every node, then stops, "
				"upgrades and reboots the\n"
				"backups, fails over, and does the same on the former primary. "
				"Every "
				"step is confirmed by\n"
				"evidence; all along a probe asks the floating IP like a client.",
			.options = options,
			.notes = "Exit status: 0 every node is upgraded, 1 refused or stopped "
				 "safely "
				 "(resume goes on), 2 usage or environment.",
		},
	.minimum = 2,
	.maximum = 2,
	.run = upgrade,
};
