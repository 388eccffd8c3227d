/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts a run together and carries it out. */
#include "orchestrator/command/conduct.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/number.h"
#include "orchestrator/check/record.h"
#include "orchestrator/command/after_run.h"
#include "orchestrator/command/gates.h"
#include "orchestrator/command/output_checks.h"
#include "orchestrator/command/prepare.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/keep/tidy.h"
#include "orchestrator/run/continuation.h"
#include "orchestrator/run/later_runs.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/recorder.h"
#include "orchestrator/run/rescue.h"
#include "orchestrator/run/run_lease.h"
#include "orchestrator/run/run_options.h"
#include "orchestrator/step/watch.h"

void conduct_init(struct conduct *conduct, const struct settings *settings)
{
	*conduct = (struct conduct){
		.settings = settings, .roll_back = settings->roll_back, .gates = settings->gates};
}

void conduct_relieve(struct conduct *conduct)
{
	if (!conduct->heir_of)
		return;
	/* Ours is in its place: what renewed it for that run ends. */
	lease_free(TAKE(conduct->heir_of->run.lease));
	conduct_clear(conduct->heir_of);
	conduct->heir_of = NULL;
}

void conduct_clear(struct conduct *conduct)
{
	/* It never came to a lease of its own: the other one's goes before the lock does. */
	if (conduct->heir_of)
		conduct_clear(conduct->heir_of);
	run_lease_end(conduct->settings ? conduct->settings->interrupted : NULL,
		TAKE(conduct->run.lease));
	checks_clear(&conduct->checks);
	output_clear(&conduct->output);
	gate_free(conduct->gate);
	json_decref(conduct->began_with);
	probe_free(conduct->probe);
	propagate_clear(&conduct->propagate);
	wanted_files_free(conduct->set);
	run_context_clear(&conduct->run);
	cluster_free(conduct->cluster);
	journal_free(conduct->journal);
	lock_free(conduct->lock);
	*conduct = (struct conduct){0};
}

int conduct_load(struct conduct *conduct, const char *cluster_name, const char *bundle_path)
{
	return prepare_run(
		conduct->settings, cluster_name, bundle_path, &conduct->cluster, &conduct->run);
}

int conduct_open(struct conduct *conduct)
{
	CLEANUP(error_release) struct error err = {0};

	if (journal_open(conduct->settings->state_folder, &conduct->journal, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	return EXIT_DONE;
}

int conduct_lock(struct conduct *conduct, const char *cluster_name)
{
	CLEANUP(error_release) struct error err = {0};

	if (conduct->heir_of) {
		conduct->lock = TAKE(conduct->heir_of->lock);
		return EXIT_DONE;
	}
	if (lock_take(conduct->settings->state_folder, cluster_name, &conduct->lock, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	return EXIT_DONE;
}

int conduct_find(struct conduct *conduct, const char *name, struct journal_record *record)
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
	/* The list begins with the newest; what can only be ended is named by whoever wants that.
	 */
	for (size_t i = 0; i < count && !run_id && result == 0; i++) {
		CLEANUP(cleanup_journal_record) struct journal_record newer = {0};

		if (!later_runs_is_open(records[i].state))
			continue;
		result = later_runs_in_the_way(conduct->journal, &records[i], &newer, &err);
		if (!newer.run_id)
			run_id = (uint64_t)records[i].run_id;
	}
	journal_list_free(records, count);
	if (result == 0)
		result = journal_run_load(conduct->journal, (int64_t)run_id, NULL, record, &err);
	return result < 0 ? command_fail(conduct->settings, &err, EXIT_USAGE) : EXIT_DONE;
}

int conduct_newest(const struct conduct *conduct, const struct journal_record *record)
{
	CLEANUP(cleanup_journal_record) struct journal_record newer = {0};
	CLEANUP(error_release) struct error err = {0};
	int result = later_runs_in_the_way(conduct->journal, record, &newer, &err);

	if (result < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	if (!newer.run_id)
		return EXIT_DONE;
	if (later_runs_is_open(newer.state))
		error_set(&err, EINVAL,
			"run %" PRId64 " of cluster %s is newer than run %" PRId64
			" and did not end: go on with that one, or end it with `haupgrade abort %" PRId64
			"`",
			newer.run_id, record->cluster, record->run_id, newer.run_id);
	else
		error_set(&err, EINVAL,
			"run %" PRId64 " of cluster %s is newer than run %" PRId64
			" and changed nodes: end this one with `haupgrade abort %" PRId64
			"`, and begin anew with upgrade",
			newer.run_id, record->cluster, record->run_id, record->run_id);
	return command_fail(conduct->settings, &err, EXIT_USAGE);
}

/* The answer of somebody at a terminal; nothing changes without it or --yes. */
static int ask_to_proceed(const struct conduct *conduct)
{
	struct pollfd question = {.fd = STDIN_FILENO, .events = POLLIN};
	const struct settings *settings = conduct->settings;
	char answer[16] = "";

	/* A first installation interrupts nobody. */
	if (settings->yes || conduct->run.target.kind == PLAN_BOOTSTRAP)
		return EXIT_DONE;
	if (!isatty(STDIN_FILENO) || settings->json) {
		command_complain(settings,
			"nobody can be asked here: look at `haupgrade plan`, then use --yes");
		return EXIT_USAGE;
	}
	output_steps(&conduct->output, &conduct->run.plan);
	printf("Proceed? [y/N] ");
	fflush(stdout);
	/* poll is not restarted after a signal, so ^C ends the question. */
	if (poll(&question, 1, -1) == 1 && !*settings->interrupted &&
		fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
		return EXIT_DONE;
	command_complain(settings, "not confirmed; no node was touched");
	return EXIT_NO;
}

/* What both a new run and a resumed one need before they look at a node. */
static int start_probe(struct conduct *conduct)
{
	int status = prepare_probe(conduct->settings, conduct->cluster, &conduct->probe);

	output_init(&conduct->output, conduct->settings, conduct->cluster);
	conduct->run.probe = conduct->probe;
	conduct->run.journal = conduct->journal;
	conduct->wishes = (struct preflight_wishes){
		.waivers = &conduct->settings->waivers,
		.require_signatures = conduct->settings->require_signatures,
		.way_back = conduct->settings->roll_back,
		.journal = conduct->journal,
		.probe = conduct->probe,
	};
	conduct->drive = (struct drive){
		.run = &conduct->run,
		.interrupted = conduct->settings->interrupted,
		.listener = &conduct->output.listener,
		.wishes = &conduct->wishes,
	};
	conduct->end = (struct drive_end){0};
	return status;
}

void conduct_tell_advice(struct conduct *conduct, enum advice_end end)
{
	CLEANUP(cleanup_free) char *name = text_format("%" PRId64, conduct->run.id);
	CLEANUP(cleanup_text) struct text words = {0};
	const struct advice advice = {name, end, conduct->way_back};

	/* Looking takes a moment; the next signal ends it. */
	*conduct->settings->interrupted = 0;
	rescue_run(&conduct->run, &words);
	advice_say(&conduct->run, &advice, &words);

	if (conduct->settings->json)
		output_event(json_pack(
			"{s:s, s:o}", "event", "advice", "text", note_string(text_string(&words))));
	else
		output_lines(conduct->settings, stderr, text_string(&words));
}

static void tell_stop(const struct conduct *conduct, const char *how, const struct error *err)
{
	CLEANUP(cleanup_free)
	char *words = text_format("run %" PRId64 " %s: %s", conduct->run.id, how, error_text(err));

	if (!conduct->settings->json)
		output_complain(conduct->settings, words);
}

static void tell_end(
	const struct conduct *conduct, const char *done, double seconds, const struct error *err)
{
	const struct settings *settings = conduct->settings;
	const bool aborted = conduct->end.cause == CAUSE_ABORT;

	if (settings->json)
		output_event(json_pack("{s:s, s:I, s:s, s:f, s:o}", "event", "end", "run",
			(json_int_t)conduct->run.id, "result",
			!err	  ? "done"
			: aborted ? "aborted"
				  : "stopped",
			"seconds", seconds, "reason", note_string(err ? error_text(err) : "")));
	if (!err)
		output_say(settings, "run %" PRId64 " done in %.1f s: %s\n", conduct->run.id,
			seconds, done);
}

/* A hook that is to come before the run may hold all of it. */
static int begin_and_drive(struct conduct *conduct, const struct gate_run *begun,
	struct drive_end *end, struct error *err)
{
	CLEANUP(error_release) struct error trouble = {0};

	conduct->drive.gate = conduct->gate;
	if (gate_begin(conduct->gate, begun, err) == 0)
		return drive_plan(&conduct->drive, end, err);
	end->cause = CAUSE_GATE;
	end->step = conduct->drive.first_step;
	if (journal_run_state(conduct->journal, conduct->run.id, JOURNAL_STOPPED, error_text(err),
		    &trouble) < 0)
		error_prefix(
			err, "the journal could not take this down (%s)", error_text(&trouble));
	return -ECANCELED;
}

static void tidy(const struct run_context *run)
{
	CLEANUP(cleanup_free) char *kept = tidy_nodes(&run->target, run->job);

	if (kept)
		run_context_note(run, NOTE_KEPT, kept);
}

/* Drives the plan, says how it ended and how to go on or back. */
static int drive(struct conduct *conduct, const struct conduct_wish *wish, bool resumed)
{
	struct tally_summary summary = {0};
	CLEANUP(error_release) struct error err = {0};
	uint64_t began_ms = clock_monotonic_ms();
	CLEANUP(cleanup_watch)
	struct watch *watch = conduct->run.watch = watch_start(&conduct->run);
	CLEANUP(cleanup_recorder)
	struct recorder *recorder =
		recorder_start(&conduct->run, conduct->journal, conduct->run.id);
	const struct gate_run begun = {
		.run_id = conduct->run.id,
		.kind = plan_kind_name(wish->kind),
		.first_step = conduct->drive.first_step,
		.resumed = resumed,
	};
	const struct output_run shown = {
		.run_id = conduct->run.id,
		.rollback = conduct->run.target.kind == PLAN_ROLLBACK,
		.plan = &conduct->run.plan,
		.first_step = conduct->drive.first_step,
		.probe = conduct->probe,
		.watch = watch,
		.expect = gate_expected_duration(conduct->gate),
	};
	double seconds;
	int result;

	conduct->drive.listener = recorder_listen(recorder, &conduct->output.listener);
	output_begin(&conduct->output, &shown);
	result = begin_and_drive(conduct, &begun, &conduct->end, &err);
	if (conduct->end.way_back_known)
		conduct->way_back = conduct->end.way_back;
	output_end(&conduct->output);
	seconds = (double)(clock_monotonic_ms() - began_ms) / 1000;
	recorder_stop(recorder);
	watch_stop(watch);
	if (conduct->probe) {
		probe_stop(conduct->probe, &summary);
		output_probe(&conduct->output, &summary);
		output_watch(&conduct->output, watch);
	}
	conduct->told_to_end = *conduct->settings->interrupted;
	if (result < 0) {
		bool aborted = conduct->end.cause == CAUSE_ABORT;

		tell_stop(conduct, aborted ? "aborted" : "stopped", &err);
		if (aborted)
			after_run_wake(conduct);
		conduct_tell_advice(conduct, aborted ? ADVICE_ABORTED : ADVICE_STOPPED);
	} else {
		tidy(&conduct->run);
	}
	gate_end(conduct->gate, conduct->end.cause, error_text(&err));
	conduct->told_to_end |=
		*conduct->settings->interrupted || drive_abort_wanted(&conduct->run);
	after_run_tell_config_files(conduct);
	tell_end(conduct, wish->done, seconds, result < 0 ? &err : NULL);
	return result < 0 ? EXIT_NO : EXIT_DONE;
}

static int write_down(struct conduct *conduct, const struct conduct_wish *wish, int64_t *number,
	struct error *err)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	struct run_context *run = &conduct->run;
	CLEANUP(cleanup_free) char *plan = NULL, *who = run_lease_owner();
	CLEANUP(cleanup_free)
	char *options = run_options_text(
		conduct->settings->roll_back, &conduct->settings->gates, &run->target);
	struct journal_run begun = {
		.cluster = run->nodes.cluster->name,
		.cluster_file = run->nodes.cluster->file,
		.bundle = run->target.bundle->path,
		.bundle_digest = run->target.bundle_digest,
		.profile = run->nodes.cluster->profile->name,
		.invoker = who,
		.pid = getpid(),
		.kind = wish->kind,
		.of_run = wish->of_run,
		.options = options,
	};
	int64_t run_id = 0;
	int result = plan_record_make(run, &plan, err);

	begun.plan = plan;
	if (result == 0)
		result = journal_run_begin(conduct->journal, &begun, &run_id, err);
	if (result == 0)
		result = journal_run_load(conduct->journal, run_id, NULL, &record, err);
	if (result < 0)
		return result;
	lock_name_run(conduct->lock, run_id);
	plan_record_name_job(run, &record);
	conduct->run.id = run_id;
	conduct->wishes.run_id = run_id;
	*number = run_id;
	return 0;
}

/* Once it is ours, nobody else works on the nodes. */
static int hold(struct conduct *conduct, const struct run_lease_wish *wish)
{
	CLEANUP(error_release) struct error err = {0};

	/* What the failed run has lost since it stopped is not its heir's to take. */
	if ((!conduct->heir_of || !run_context_lost_lease(&conduct->heir_of->run, &err)) &&
		output_take_lease(conduct->settings, &conduct->run.nodes, wish, &conduct->run.lease,
			&err) == 0) {
		conduct->wishes.lease = conduct->run.lease;
		conduct_relieve(conduct);
		return EXIT_DONE;
	}
	command_fail(conduct->settings, &err, EXIT_NO);
	if (!wish->goes_on)
		command_complain(conduct->settings, "no node was touched");
	return EXIT_NO;
}

int conduct_begin(struct conduct *conduct, const struct conduct_wish *wish)
{
	const struct settings *settings = conduct->settings;
	const struct run_context *run = &conduct->run;
	const struct run_lease_wish held = {
		.purpose = plan_kind_name(wish->kind),
		.journal = conduct->journal,
		.of_run = wish->of_run,
		.partly = wish->of_run != 0,
		.heir_any = wish->kind == PLAN_BOOTSTRAP,
	};
	struct record_place place = {.journal = conduct->journal};
	CLEANUP(error_release) struct error err = {0};
	int status = start_probe(conduct);

	lease_identity(settings->state_folder, run->nodes.cluster->name, conduct->lease_identity);
	conduct->wishes.lease_identity = conduct->lease_identity;
	/* Its owner may be dead; preflight would find that somebody holds the cluster. */
	if (status == EXIT_DONE && wish->of_run)
		status = hold(conduct, &held);
	if (status == EXIT_DONE)
		status = prepare_plan(
			&conduct->output, &conduct->run, &conduct->wishes, &conduct->checks, false);
	conduct->way_back = conduct->checks.way_back;
	conduct->drive.checked_us = clock_monotonic_us();
	if (status == EXIT_DONE && !run->plan.count) {
		output_nothing(settings, 0, wish->idle);
		return EXIT_DONE;
	}
	if (status == EXIT_DONE)
		status = gates_open(
			&conduct->output, &conduct->run, &conduct->gates, 0, &conduct->gate);
	if (status == EXIT_DONE)
		status = ask_to_proceed(conduct);
	if (status != EXIT_DONE)
		return status;
	if (!conduct->run.lease)
		status = hold(conduct, &held);
	if (status != EXIT_DONE)
		return status;
	if (write_down(conduct, wish, &place.run_id, &err) < 0 ||
		run_lease_number(conduct->run.lease, &held, conduct->run.id, &err) < 0 ||
		record_checks(
			&conduct->checks, &settings->waivers, conduct->cluster, &place, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	output_say(settings, "run %" PRId64 ": cluster %s, %zu packages from %s\n", conduct->run.id,
		run->nodes.cluster->name, run->target.bundle->package_count,
		run->target.bundle->path);
	if (settings->json)
		output_event(json_pack("{s:s, s:I, s:s, s:s}", "event", "run", "run",
			(json_int_t)conduct->run.id, "cluster", run->nodes.cluster->name, "bundle",
			run->target.bundle->path));
	return drive(conduct, wish, false);
}

bool conduct_must_roll_back(const struct conduct *conduct)
{
	CLEANUP(error_release) struct error ignored = {0};

	/* With every step done every node was seen well: to take that back would be one more
	 * disruption for nothing. Who has lost the lease may not know what became of the nodes. */
	return conduct->end.cause == CAUSE_FAILURE && conduct->end.step < conduct->run.plan.count &&
	       conduct->roll_back && conduct->run.target.kind != PLAN_ROLLBACK &&
	       conduct->way_back && !run_context_lost_lease(&conduct->run, &ignored);
}

/* What was asked of this process before it said that it runs would count as asked of the last. */
static int keep_request(
	const struct conduct *conduct, const struct journal_record *record, struct error *err)
{
	CLEANUP(cleanup_free) char *who = NULL;
	bool asked = false;
	int result = journal_requested_since(conduct->journal, record, "abort", &who, err);

	if (result == 0 && who)
		result = journal_requested(
			conduct->journal, record->run_id, "abort", &asked, NULL, err);
	if (result == 0 && who && !asked)
		result = journal_request(conduct->journal, record->run_id, "abort", who, err);
	return result;
}

int conduct_go_on(struct conduct *conduct, const struct conduct_wish *wish,
	const struct journal_record *record)
{
	const struct settings *settings = conduct->settings;
	struct run_context *run = &conduct->run;
	struct rewind_point point = {0};
	CLEANUP(cleanup_free) char *words = NULL;
	const struct run_lease_wish held = {
		.purpose = plan_kind_name(record->kind),
		.journal = conduct->journal,
		.of_run = record->run_id,
		.goes_on = true,
		.partly = true,
		.heir_any = record->kind == PLAN_BOOTSTRAP,
	};
	const struct record_place place = {conduct->journal, record->run_id};
	CLEANUP(error_release) struct error err = {0};
	int status;

	plan_record_name_job(run, record);
	if (strcmp(run->target.bundle_digest, record->bundle_digest) != 0) {
		command_complain(settings,
			"the bundle's packages are not those this run began with; use `haupgrade upgrade` for other packages");
		return EXIT_NO;
	}
	if (plan_record_read(record->plan, run, &err) < 0 ||
		plan_record_resume_point(run, conduct->journal, record, &point, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	status = start_probe(conduct);
	if (status == EXIT_DONE)
		status = hold(conduct, &held);
	if (status != EXIT_DONE)
		return status;
	/* Nothing is believed from memory: the nodes say where the run is. */
	if (continuation_find(run, conduct->journal, record->run_id, &point, &words, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_NO);
	run->unserved = run->target.kind == PLAN_ROLLBACK && !target_is_served(&run->target);
	if (run->unserved)
		output_say(settings,
			"no node serves: the probe's budgets do not hold this rollback\n");
	status = gates_open(&conduct->output, run, &conduct->gates, point.step, &conduct->gate);
	if (status != EXIT_DONE)
		return status;
	if (journal_run_state(conduct->journal, record->run_id, JOURNAL_RUNNING, "resumed", &err) <
			0 ||
		keep_request(conduct, record, &err) < 0 ||
		record_checks(
			&conduct->checks, &settings->waivers, conduct->cluster, &place, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	conduct->run.id = record->run_id;
	conduct->wishes.run_id = record->run_id;
	conduct->drive.first_step = point.step;
	conduct->drive.intended = point.intended;
	output_say(settings, "run %" PRId64 " goes on with step %zu of %zu%s%s\n", record->run_id,
		point.step + 1, run->plan.count, words ? "; " : "", words ?: "");
	return drive(conduct, wish, true);
}
