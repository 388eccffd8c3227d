/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade rollback: the nodes that a run changed get their previous packages back. */
#include "orchestrator/command/rollback.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/number.h"
#include "orchestrator/command/prepare.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/keep/previous.h"
#include "orchestrator/node/installation.h"
#include "orchestrator/node/job.h"
#include "orchestrator/node/start.h"
#include "orchestrator/run/later_runs.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/run_lease.h"

enum { START_PAUSE_MS = 500 };

struct conduct_wish rollback_wish(int64_t of_run)
{
	return (struct conduct_wish){
		.kind = PLAN_ROLLBACK,
		.of_run = of_run,
		.done = "every node has its previous packages",
		.idle = "nothing to go back from: every node has its previous packages",
	};
}

int rollback_arm(struct conduct *conduct, int64_t of_run)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	struct run_context *run = &conduct->run;
	CLEANUP(error_release) struct error err = {0};

	if (journal_run_load(conduct->journal, of_run, NULL, &record, &err) < 0 ||
		plan_record_read(record.plan, run, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	for (size_t i = 0; i < run->nodes.count; i++)
		run->target.goal[i] = TAKE(run->target.before[i]);
	run->plan = (struct plan){0};
	run->target.kind = PLAN_ROLLBACK;
	return EXIT_DONE;
}

void rollback_done(struct conduct *conduct, int64_t of_run)
{
	CLEANUP(error_release) struct error err = {0};
	char reason[64];

	if (conduct->run.id)
		snprintf(reason, sizeof(reason), "by run %" PRId64, conduct->run.id);
	else
		snprintf(reason, sizeof(reason), "every node has its previous packages");
	if (journal_run_state(conduct->journal, of_run, JOURNAL_ROLLED_BACK, reason, &err) < 0)
		command_fail(conduct->settings, &err, EXIT_USAGE);
}

/* Going back over a newer run would take that one's packages for ours. */
static int refuse_newer(struct conduct *conduct, const struct journal_record *record)
{
	CLEANUP(cleanup_journal_record) struct journal_record newer = {0}, back = {0};
	CLEANUP(error_release) struct error err = {0};

	if (later_runs_before_rollback(conduct->journal, record, &newer, &err) < 0 ||
		later_runs_open_rollback(conduct->journal, record, &back, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	if (newer.run_id)
		error_set(&err, EINVAL,
			"run %" PRId64 " of cluster %s is newer than run %" PRId64
			": roll that one back first%s",
			newer.run_id, record->cluster, record->run_id,
			later_runs_is_open(newer.state) ? ", or end it with `haupgrade abort`"
							: "");
	else if (back.run_id && record->state != JOURNAL_ROLLED_BACK)
		error_set(&err, EINVAL,
			"run %" PRId64 " takes run %" PRId64
			" back and did not end: `haupgrade resume %" PRId64
			"` goes on with it; `haupgrade abort %" PRId64
			"` ends it, and then rollback begins anew",
			back.run_id, record->run_id, back.run_id, back.run_id);
	return err.number ? command_fail(conduct->settings, &err, EXIT_USAGE) : EXIT_DONE;
}

/* Only an upgrade can be taken back. */
static int judge(struct conduct *conduct, const struct journal_record *record)
{
	CLEANUP(error_release) struct error err = {0};

	switch (record->kind) {
	case PLAN_UPGRADE:
		return EXIT_DONE;
	case PLAN_ROLLBACK:
		error_set(&err, EINVAL,
			"run %" PRId64 " is a rollback itself (of run %" PRId64
			"): haupgrade resume goes on with it, haupgrade upgrade goes forward again",
			record->run_id, record->of_run);
		break;
	case PLAN_BOOTSTRAP:
	case PLAN_KIND_COUNT:
		error_set(&err, EINVAL,
			"run %" PRId64 " is a bootstrap: nothing was there to go back to",
			record->run_id);
		break;
	}
	return command_fail(conduct->settings, &err, EXIT_USAGE);
}

/* The run the user means: the one named, else the newest upgrade. */
static int find_run(struct conduct *conduct, const char *name, struct journal_record *record)
{
	struct journal_record *records = NULL;
	uint64_t run_id = 0;
	size_t count = 0;
	CLEANUP(error_release) struct error err = {0};
	int result = 0;

	if (name)
		result = number_parse(name, "RUN", 1, INT64_MAX, &run_id, &err);
	else
		result = journal_run_list(conduct->journal, NULL, 0, &records, &count, &err);
	/* The list begins with the newest. */
	for (size_t i = 0; i < count && !run_id; i++)
		if (records[i].kind == PLAN_UPGRADE)
			run_id = (uint64_t)records[i].run_id;
	journal_list_free(records, count);
	if (result == 0 && !run_id)
		result = error_set(&err, ENOENT, "the journal in %s knows of no upgrade",
			conduct->settings->state_folder);
	if (result == 0)
		result = journal_run_load(conduct->journal, (int64_t)run_id, NULL, record, &err);
	return result < 0 ? command_fail(conduct->settings, &err, EXIT_USAGE) : EXIT_DONE;
}

/* The record is read again under the lock: another process may have taken it back by now. */
static int lock_run(struct conduct *conduct, const char *name, struct journal_record *record)
{
	CLEANUP(cleanup_journal_record) struct journal_record found = {0};
	CLEANUP(error_release) struct error err = {0};
	int status = find_run(conduct, name, &found);

	if (status == EXIT_DONE)
		status = judge(conduct, &found);
	if (status == EXIT_DONE)
		status = conduct_lock(conduct, found.cluster);
	if (status != EXIT_DONE)
		return status;
	if (journal_run_load(conduct->journal, found.run_id, NULL, record, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	return refuse_newer(conduct, record);
}

static int refuse_unseen(const struct conduct *conduct, const struct error *err)
{
	command_fail(conduct->settings, err, EXIT_NO);
	command_complain(
		conduct->settings, "what cannot be seen is not taken back; no node was touched");
	return EXIT_NO;
}

struct waiting {
	const struct conduct *conduct;
	size_t node;
};

static void tell_waiting(void *data)
{
	const struct waiting *waiting = data;

	output_say(waiting->conduct->settings,
		"%s: the run's installation is still running; waiting for its end\n",
		waiting->conduct->cluster->nodes[waiting->node].name);
}

/* What the run began goes on without it, and would change what is looked at next. */
static int await_installation(struct conduct *conduct, size_t node, uint64_t until_ms)
{
	struct waiting waiting = {conduct, node};
	const struct job_patience patience = {until_ms, tell_waiting, &waiting};
	CLEANUP(error_release) struct error err = {0};

	int result = installation_await(
		&conduct->run.nodes.items[node].link, conduct->run.job, &patience, &err);

	if (result == 0)
		return EXIT_DONE;
	if (result != -EBUSY)
		return refuse_unseen(conduct, &err);
	error_set(&err, EBUSY, "%s; go back once it has ended", error_text(&err));
	return command_fail(conduct->settings, &err, EXIT_NO);
}

static int look(struct conduct *conduct, const struct journal_record *record)
{
	const uint64_t until_ms = clock_monotonic_ms() + conduct->cluster->deadlines.install;
	int status = EXIT_DONE;
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};

	plan_record_name_job(&conduct->run, record);
	for (size_t i = 0; i < conduct->run.nodes.count && status == EXIT_DONE; i++)
		status = await_installation(conduct, i, until_ms);
	if (status != EXIT_DONE)
		return status;
	nodes_ask_all(&conduct->run.nodes, PLAN_NO_NODE, errors);
	for (size_t i = 0; i < conduct->run.nodes.count; i++) {
		if (!conduct->run.nodes.items[i].facts.boot)
			return refuse_unseen(conduct, &errors[i]);
	}
	return EXIT_DONE;
}

/* The packages that the run was given to go back to; false when it was given none, or others lie
 * there now. */
static bool take_recorded(struct conduct *conduct, const struct journal_record *record)
{
	json_t *options = json_loads(record->options, 0, NULL);
	const char *path = json_string_value(json_object_get(options, "previous"));
	const char *digest = json_string_value(json_object_get(options, "previous_digest"));
	bool taken = path && digest && access(path, R_OK) == 0 &&
		     prepare_target(conduct->settings, path, &conduct->run) == EXIT_DONE &&
		     strcmp(conduct->run.target.bundle_digest, digest) == 0;

	json_decref(options);
	return taken;
}

static int fetch(struct conduct *conduct, const struct previous *missing)
{
	CLEANUP(cleanup_free)
	char *folder = text_format(
		"%s/bundles/%s", conduct->settings->state_folder, conduct->cluster->name);
	CLEANUP(error_release) struct error err = {0};

	output_say(conduct->settings, "fetching %zu previous package%s that the nodes keep\n",
		missing->count, missing->count == 1 ? "" : "s");
	if (previous_fetch(&conduct->run.target, missing, folder, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_NO);
	return prepare_target(conduct->settings, folder, &conduct->run);
}

/* Is any node without what it needs to serve? */
static int find_stopped(const struct run_context *run)
{
	for (size_t i = 0; i < run->nodes.count; i++)
		if (!facts_services_active(&run->nodes.items[i].facts))
			return (int)i;
	return PLAN_NO_NODE;
}

/* In the run that is taken back: no other one begins. */
static void note_start(const struct conduct *conduct, int64_t of_run, const char *node)
{
	json_t *note = json_pack("{s:s, s:s}", "node", node, "text", "the run is taken back");
	CLEANUP(cleanup_free) char *words = json_dumps(note, JSON_COMPACT);
	CLEANUP(error_release) struct error ignored = {0};

	json_decref(note);
	journal_note(conduct->journal, of_run, NOTE_START, words ? words : "{}", &ignored);
}

/* What an interrupted run stopped, before it changed a package, is started again. */
static int start_services(struct conduct *conduct, int64_t of_run)
{
	const struct run_lease_wish held = {
		.purpose = plan_kind_name(PLAN_ROLLBACK),
		.journal = conduct->journal,
		.of_run = of_run,
	};
	uint64_t until = clock_monotonic_ms() + conduct->cluster->deadlines.services;
	CLEANUP(error_release) struct error err = {0};
	int node;

	if (output_take_lease(
		    conduct->settings, &conduct->run.nodes, &held, &conduct->run.lease, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_NO);
	conduct_relieve(conduct);
	for (size_t i = 0; i < conduct->run.nodes.count; i++) {
		if (facts_services_active(&conduct->run.nodes.items[i].facts))
			continue;
		output_say(conduct->settings, "%s: starting the services\n",
			conduct->cluster->nodes[i].name);
		note_start(conduct, of_run, conduct->cluster->nodes[i].name);
		node_start(&conduct->run.nodes.items[i].link, conduct->cluster->deadlines.services,
			&err);
	}
	for (;;) {
		CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};

		nodes_ask_all(&conduct->run.nodes, PLAN_NO_NODE, errors);
		node = find_stopped(&conduct->run);
		if (node == PLAN_NO_NODE)
			return EXIT_DONE;
		if (clock_monotonic_ms() >= until || *conduct->settings->interrupted)
			break;
		clock_sleep_ms(START_PAUSE_MS);
	}
	error_set(&err, EAGAIN,
		"%s has its previous packages, but its services are not active; look there",
		conduct->cluster->nodes[node].name);
	return command_fail(conduct->settings, &err, EXIT_NO);
}

/* Everything is as before the run already. */
static int nothing_to_do(struct conduct *conduct, const struct journal_record *record)
{
	int status = EXIT_DONE;

	if (find_stopped(&conduct->run) != PLAN_NO_NODE)
		status = start_services(conduct, record->run_id);
	if (status != EXIT_DONE)
		return status;
	rollback_done(conduct, record->run_id);
	output_nothing(conduct->settings, record->run_id,
		"nothing to go back from: every node has the packages of before the run");
	return EXIT_DONE;
}

static int find_target(struct conduct *conduct, const struct journal_record *record,
	const struct previous *missing)
{
	if (conduct->settings->previous)
		return prepare_target(
			conduct->settings, conduct->settings->previous, &conduct->run);
	if (take_recorded(conduct, record))
		return EXIT_DONE;
	return fetch(conduct, missing);
}

static int load_cluster(struct conduct *conduct, const struct journal_record *record)
{
	const struct settings *settings = conduct->settings;
	int status = prepare_cluster(settings, settings->cluster_file ?: record->cluster_file,
		&conduct->cluster, &conduct->run);

	if (status != EXIT_DONE)
		command_complain(settings,
			"the run's cluster file is needed; if it lies elsewhere now, say where with --cluster");
	return status;
}

static int roll_back(struct conduct *conduct, const struct journal_record *record)
{
	const struct conduct_wish wish = rollback_wish(record->run_id);
	CLEANUP(cleanup_previous) struct previous missing = {0};
	CLEANUP(error_release) struct error err = {0};
	int status = load_cluster(conduct, record);

	if (status == EXIT_DONE)
		status = rollback_arm(conduct, record->run_id);
	if (status == EXIT_DONE)
		status = look(conduct, record);
	if (status != EXIT_DONE)
		return status;
	if (previous_missing(&conduct->run.target, &missing, &err) < 0 &&
		!conduct->settings->previous)
		return command_fail(conduct->settings, &err, EXIT_NO);
	if (!missing.count && !err.number)
		return nothing_to_do(conduct, record);
	status = find_target(conduct, record, &missing);
	/* Whoever gave them: with other packages the run would not be taken back. */
	if (status == EXIT_DONE && previous_judge(&conduct->run.target, &err) < 0) {
		status = command_fail(conduct->settings, &err, EXIT_NO);
		command_complain(conduct->settings, "no node was touched");
	}
	if (status == EXIT_DONE)
		status = conduct_begin(conduct, &wish);
	if (status == EXIT_DONE)
		rollback_done(conduct, record->run_id);
	return status;
}

/*
 * name: the run's, or NULL. failed: its conduct, if it has ended just now, else NULL. *by: the run
 * that took it back, 0: none had to.
 */
static int take_back(
	const struct settings *settings, const char *name, struct conduct *failed, int64_t *by)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(cleanup_conduct) struct conduct conduct;
	int status;

	conduct_init(&conduct, settings);
	conduct.heir_of = failed;
	status = conduct_open(&conduct);
	if (status == EXIT_DONE)
		status = lock_run(&conduct, name, &record);
	if (status != EXIT_DONE)
		return status;
	if (record.state == JOURNAL_ROLLED_BACK) {
		output_nothing(settings, record.run_id, "the run is rolled back already");
		return EXIT_DONE;
	}
	status = roll_back(&conduct, &record);
	*by = conduct.run.id;
	return status;
}

static int rollback(const struct settings *settings, char **arguments, int count)
{
	int64_t by = 0;

	return take_back(settings, count ? arguments[0] : NULL, NULL, &by);
}

int rollback_if_failed(struct conduct *conduct, int status)
{
	const struct settings *settings = conduct->settings;
	const int64_t run_id = conduct->run.id;
	struct settings quiet = *settings;
	CLEANUP(cleanup_free) char *name = text_format("%" PRId64, run_id);
	CLEANUP(cleanup_text) struct text words = {0};
	int64_t by = 0;

	if (!conduct_must_roll_back(conduct))
		return status;
	if (conduct->told_to_end) {
		text_appendf(&words,
			"run %" PRId64
			" failed and was asked to end, so it is not rolled back by itself: `haupgrade rollback %" PRId64
			"` does that",
			run_id, run_id);
		command_complain(settings, text_string(&words));
		return status;
	}
	/* A rollback is not held up by what was meant for the way forward, nor asked about: that
	 * was said when the run began. */
	quiet.yes = true;
	quiet.roll_back = false;
	quiet.rehearse = false;
	quiet.gates = (struct gate_options){0};
	command_catch_signals();
	output_say(settings, "run %" PRId64 " failed; it is rolled back (--on-failure rollback)\n",
		run_id);
	/* Lock and lease pass over: let go in between, another run could begin. */
	status = take_back(&quiet, name, conduct, &by);
	text_appendf(&words, "run %" PRId64 " failed and ", run_id);
	if (status != EXIT_DONE)
		text_append(&words, "could not be rolled back");
	else
		text_append(&words, "was rolled back");
	if (by)
		text_appendf(&words, " by run %" PRId64, by);
	command_complain(settings, text_string(&words));
	return status == EXIT_DONE ? EXIT_NO : status;
}

static const struct option_spec options[] = {
	{OPTION_YES, 'y', "yes", NULL, "do not ask before the first change"},
	COMMAND_PREVIOUS_OPTION,
	{OPTION_CLUSTER, 0, "cluster", "FILE", "the run's cluster file, where it lies now"},
	CONDUCT_OPTIONS,
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
			.options = options,
			.notes =
				"RUN is the run's number; without it the newest upgrade.\n"
				"Exit status: 0 every node has its previous packages, 1 refused or stopped safely (resume goes on), 2 usage or environment.",
		},
	.minimum = 0,
	.maximum = 1,
	.run = rollback,
};
