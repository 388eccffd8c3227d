/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade bootstrap: first installation on fresh nodes. */
#include "orchestrator/bootstrap/bootstrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/vector.h"
#include "orchestrator/command/checks.h"
#include "orchestrator/command/prepare.h"
#include "orchestrator/command/propagate.h"
#include "orchestrator/journal/lock.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/run_lease.h"

static void step_event(enum bootstrap_step step, const char *state, const char *key,
	const char *words, int64_t elapsed_ms)
{
	json_t *event = json_pack("{s:s, s:s, s:s}", "event", "step", "step",
		bootstrap_step_name(step), "state", state);

	if (elapsed_ms >= 0)
		json_object_set_new(event, "elapsed_ms", json_integer(elapsed_ms));
	if (key)
		json_object_set_new(event, key, note_string(words));
	output_event(event);
}

static void tell_began(void *data, enum bootstrap_step step)
{
	const struct output *output = data;

	if (output->settings->json)
		step_event(step, "began", NULL, NULL, -1);
	else if (output->settings->verbose)
		output_say(output->settings, "..    %s\n", bootstrap_step_title(step));
}

static void print_step(
	const char *mark, enum bootstrap_step step, uint64_t elapsed_ms, const char *words)
{
	CLEANUP(cleanup_free) char *printable = text_printable_copy(words);

	printf("%-5s %-40s %7.2f s  %s\n", mark, bootstrap_step_title(step),
		(double)elapsed_ms / 1000, printable);
	fflush(stdout);
}

static void tell_done(
	void *data, enum bootstrap_step step, uint64_t elapsed_ms, const char *evidence)
{
	const struct output *output = data;

	if (output->settings->json)
		step_event(step, "done", "evidence", evidence, (int64_t)elapsed_ms);
	else if (!output->settings->quiet)
		print_step("ok", step, elapsed_ms, evidence);
}

static void tell_stopped(
	void *data, enum bootstrap_step step, uint64_t elapsed_ms, const char *reason)
{
	const struct output *output = data;

	if (output->settings->json)
		step_event(step, "stopped", "reason", reason, (int64_t)elapsed_ms);
	else
		print_step("STOP", step, elapsed_ms, reason);
}

static void tell_checks(void *data, const struct checks *checks)
{
	checks_show(data, checks, false);
}

/* Facts are asked of the profile's packages only; here all of the bundle's count. */
static void cover_bundle(struct cluster *cluster, const struct bundle *bundle)
{
	struct profile_list *list = &cluster->profile->packages;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const char *name = bundle->packages[i].package.name;

		if (profile_has_package(cluster->profile, name))
			continue;
		/* The NULL behind the last moves on: the list is an argv too. */
		list->items = vector_resize(list->items, list->count + 2, sizeof(*list->items));
		list->items[list->count++] = text_copy(name);
		list->items[list->count] = NULL;
	}
}

static int begin(const struct bootstrap *bootstrap, int64_t *run_id, struct error *err)
{
	const struct run *run = bootstrap->run;
	CLEANUP(cleanup_free) char *plan = plan_record_bootstrap(run), *who = propagate_view_who();
	const struct journal_run begun = {
		.cluster = run->nodes.cluster->name,
		.cluster_file = run->nodes.cluster->file,
		.bundle = run->target.bundle->path,
		.bundle_digest = run->target.bundle_digest,
		.profile = run->nodes.cluster->profile->name,
		.invoker = who,
		.pid = getpid(),
		.plan = plan,
		.kind = JOURNAL_BOOTSTRAP,
	};

	return journal_run_begin(bootstrap->journal, &begun, run_id, err);
}

/* The run of an earlier process that did not end, with the same bundle; 0 when there is none. */
static int64_t find_unfinished(struct bootstrap *bootstrap)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	const struct run *run = bootstrap->run;
	CLEANUP(error_release) struct error ignored = {0};

	if (journal_run_load(bootstrap->journal, 0, run->nodes.cluster->name, &record, &ignored) <
			0 ||
		record.state == JOURNAL_DONE || !plan_record_is_bootstrap(record.plan) ||
		strcmp(record.bundle_digest, run->target.bundle_digest) != 0)
		return 0;
	for (size_t i = 0; i < record.step_count; i++)
		if (record.steps[i].step == BOOTSTRAP_START)
			bootstrap->start_intended = true;
	return record.run_id;
}

static int open_run(struct bootstrap *bootstrap, int64_t unfinished, struct error *err)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	int result = 0;

	bootstrap->run_id = unfinished;
	if (unfinished)
		result = journal_run_state(
			bootstrap->journal, unfinished, JOURNAL_RUNNING, "bootstrap again", err);
	else
		result = begin(bootstrap, &bootstrap->run_id, err);
	if (result == 0)
		result =
			journal_run_load(bootstrap->journal, bootstrap->run_id, NULL, &record, err);
	/* Jobs of the earlier process have the same name. */
	if (result == 0)
		plan_record_name_job(bootstrap->run, &record);
	return result;
}

static void tell_end(const struct settings *settings, const struct bootstrap *bootstrap,
	uint64_t began_ms, const struct error *err)
{
	double seconds = (double)(clock_monotonic_ms() - began_ms) / 1000;
	CLEANUP(cleanup_free) char *printable = text_printable_copy(error_text(err));

	if (settings->json)
		output_event(json_pack("{s:s, s:I, s:s, s:f, s:o}", "event", "end", "run",
			(json_int_t)bootstrap->run_id, "result", err ? "stopped" : "done",
			"seconds", seconds, "reason", note_string(err ? error_text(err) : "")));
	else if (err)
		fprintf(stderr,
			"haupgrade: run %" PRId64 " stopped: %s\n"
			"Mend the cause, then run the same bootstrap again: it looks first and goes on.\n",
			bootstrap->run_id, printable);
	else
		output_say(settings, "run %" PRId64 " done in %.1f s: cluster %s serves\n",
			bootstrap->run_id, seconds, bootstrap->run->nodes.cluster->name);
}

static int bring_up(
	const struct settings *settings, struct bootstrap *bootstrap, struct lease **lease)
{
	const struct run_lease_wish wish = {
		.purpose = "bootstrap", .journal = bootstrap->journal, .heir_any = true};
	CLEANUP(cleanup_text) struct text evidence = {0};
	enum bootstrap_state state = BOOTSTRAP_FRESH;
	uint64_t began_ms = clock_monotonic_ms();
	int64_t unfinished = find_unfinished(bootstrap);
	CLEANUP(error_release) struct error err = {0};

	if (bootstrap_look(bootstrap, &state, &evidence, &err) < 0) {
		command_fail(settings, &err, EXIT_NO);
		command_complain(settings, "nothing was changed on any node");
		return EXIT_NO;
	}
	if (state == BOOTSTRAP_WANTED) {
		/* What the nodes say is not enough: an earlier run may have stopped at this. */
		text_append(&evidence, "; ");
		if (bootstrap_answer(bootstrap, &evidence, &err) < 0) {
			error_prefix(&err, "%snothing was changed, but", text_string(&evidence));
			return command_fail(settings, &err, EXIT_NO);
		}
		if (unfinished)
			journal_run_state(bootstrap->journal, unfinished, JOURNAL_DONE,
				"seen running as wanted", &err);
		text_append(&evidence, "; there is nothing to do");
		output_nothing(settings, unfinished, text_string(&evidence));
		return EXIT_DONE;
	}
	if (output_take_lease(settings, &bootstrap->run->nodes, &wish, lease, &err) < 0) {
		command_fail(settings, &err, EXIT_NO);
		command_complain(settings, "nothing was changed on any node");
		return EXIT_NO;
	}
	bootstrap->propagate->token = lease_held_token(*lease);
	if (open_run(bootstrap, unfinished, &err) < 0 ||
		run_lease_number(*lease, &wish, bootstrap->run_id, &err) < 0)
		return command_fail(settings, &err, EXIT_USAGE);
	bootstrap->listener->done(bootstrap->listener->data, BOOTSTRAP_LOOK,
		clock_monotonic_ms() - began_ms, text_string(&evidence));
	if (bootstrap_run(bootstrap, state, &err) < 0) {
		tell_end(settings, bootstrap, began_ms, &err);
		return EXIT_NO;
	}
	tell_end(settings, bootstrap, began_ms, NULL);
	return EXIT_DONE;
}

/* Puts together what the steps need; all of it is released here. */
static int prepare(const struct settings *settings, struct run *run, struct set *set)
{
	CLEANUP(cleanup_propagate) struct propagate propagate = {0};
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	CLEANUP(cleanup_lock) struct lock *lock = NULL;
	CLEANUP(cleanup_journal) struct journal *journal = NULL;
	struct output output;
	const struct bootstrap_listener listener = {
		tell_began, tell_done, tell_stopped, tell_checks, &output};
	struct bootstrap bootstrap = {.run = run, .propagate = &propagate, .listener = &listener};
	struct lease *lease = NULL;
	struct propagate_view view;
	CLEANUP(error_release) struct error err = {0};
	int status = prepare_probe(settings, run->nodes.cluster, &probe);

	if (status != EXIT_DONE)
		return status;
	if (lock_take(settings->state_folder, run->nodes.cluster->name, &lock, &err) < 0 ||
		journal_open(settings->state_folder, &journal, &err) < 0)
		return command_fail(settings, &err, EXIT_USAGE);
	output_init(&output, settings, run->nodes.cluster);
	propagate_init(&propagate, &run->nodes, set);
	propagate_view_init(&view, settings, run->nodes.cluster);
	propagate.listener = &view.listener;
	run->probe = probe;
	bootstrap.journal = journal;
	status = bring_up(settings, &bootstrap, &lease);
	run_lease_end(settings->interrupted, lease);
	return status;
}

static int bootstrap(const struct settings *settings, char **arguments, int count)
{
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(cleanup_run) struct run run = {0};
	CLEANUP(cleanup_set) struct set *set = NULL;
	int status = prepare_run(settings, arguments[0], arguments[1], &cluster, &run);

	(void)count;
	if (status == EXIT_DONE)
		status = propagate_view_load(settings, cluster, &set);
	if (status != EXIT_DONE)
		return status;
	cover_bundle(cluster, run.target.bundle);
	run.target.fresh = true;
	return prepare(settings, &run, set);
}

static const struct option_spec options[] = {
	COMMAND_SIGNATURE_OPTIONS,
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
			.options = options,
			.notes =
				"Exit status: 0 the cluster serves, 1 refused or stopped safely (run it again), 2\n"
				"usage or environment.",
		},
	.minimum = 2,
	.maximum = 2,
	.run = bootstrap,
};
