/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out what the engine decides. */
#include "orchestrator/run/drive.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/check/record.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/run/drive_judge.h"
#include "orchestrator/step/step.h"
#include "orchestrator/step/watch.h"

/* Where the loop stands between two of the engine's actions. */
struct loop {
	const struct drive *drive;
	struct engine engine;
	struct cluster_view view;
	struct error error;   /* the last trouble or reason */
	struct text evidence; /* of the step that just got done */
	size_t announced;     /* step the listener knows about, plus one */
	uint32_t attempt;
	bool undoing; /* the interrupt that began it has been taken back */
	struct drive_end end;
};

static const struct step *step_at(const struct loop *loop, size_t index)
{
	return &loop->drive->run->plan.steps[index];
}

static const char *node_name(const struct loop *loop, const struct step *step)
{
	return step->node == PLAN_NO_NODE ? ""
					  : loop->drive->run->nodes.cluster->nodes[step->node].name;
}

static int journal_event(
	struct loop *loop, size_t index, enum journal_kind kind, const char *detail)
{
	const struct step *step = step_at(loop, index);
	const struct journal_event event = {
		.step = (uint32_t)index,
		.name = plan_step_name(step->kind),
		.node = node_name(loop, step),
		.kind = kind,
		.attempt = loop->attempt,
		.detail = detail,
	};

	return journal_step_event(
		loop->drive->run->journal, loop->drive->run->id, &event, &loop->error);
}

static void announce(struct loop *loop, size_t index)
{
	struct drive_listener *listener = loop->drive->listener;

	if (index >= loop->drive->run->plan.count || loop->announced == index + 1)
		return;
	loop->announced = index + 1;
	loop->attempt = 0;
	watch_step(loop->drive->run->watch, step_at(loop, index));
	listener->step_began(listener, step_at(loop, index));
}

static enum engine_event_kind observe(struct loop *loop, size_t index)
{
	enum { LOOKS = 3 };
	const struct step *step = step_at(loop, index);
	const int skip = drive_judge_skip(step);

	for (int looks = 0; looks < LOOKS; looks++) {
		CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
		uint64_t asked_ms;

		/* The bundle is verified without the nodes, and preflight asks by itself. */
		if (step->kind != STEP_VERIFY && step->kind != STEP_PREFLIGHT)
			nodes_ask_all(&loop->drive->run->nodes, skip, errors);
		asked_ms = clock_monotonic_ms();
		run_context_view(loop->drive->run, &loop->view);
		/* To wait for the probe, or ^Z, has made it an old one. */
		if (loop->view.probe_starved || *loop->drive->interrupted ||
			clock_monotonic_ms() - asked_ms < NODES_FRESH_MS)
			break;
	}
	if (loop->drive->listener->observed)
		loop->drive->listener->observed(loop->drive->listener, &loop->view);
	return EVENT_VIEW;
}

static enum engine_event_kind ask_gate(struct loop *loop, size_t index)
{
	struct drive_listener *listener = loop->drive->listener;
	const struct step *step = step_at(loop, index);

	if (!loop->drive->gate)
		return EVENT_GO;
	error_release(&loop->error);
	switch (gate_ask(loop->drive->gate, step, &loop->error)) {
	case GATE_GO:
		return EVENT_GO;
	case GATE_HOLD:
		return EVENT_HOLD;
	case GATE_WAIT:
		break;
	}
	if (error_is_set(&loop->error))
		listener->step_waits(listener, step, error_text(&loop->error));
	return EVENT_WAIT;
}

static enum engine_event_kind intend(struct loop *loop, size_t index)
{
	CLEANUP(cleanup_text) struct text detail = {0};

	step_intend(loop->drive->run, step_at(loop, index), &detail);
	return journal_event(loop, index, JOURNAL_INTENDED, text_string(&detail)) < 0
		       ? EVENT_BROKEN
		       : EVENT_JOURNALED;
}

/* The engine's event for a step's result; what it waits for is told. */
static enum engine_event_kind take_result(
	struct loop *loop, const struct step *step, enum step_result result)
{
	struct drive_listener *listener = loop->drive->listener;
	enum engine_event_kind event = EVENT_WAIT;

	switch (result) {
	case STEP_DONE:
		return EVENT_DONE;
	case STEP_WAIT:
		event = EVENT_WAIT;
		break;
	case STEP_RETRY:
		event = EVENT_RETRY;
		break;
	case STEP_REFUSED:
		return EVENT_REFUSED;
	}
	if (error_is_set(&loop->error))
		listener->step_waits(listener, step, error_text(&loop->error));
	return event;
}

/* What was found good a moment ago, before the run was begun, need not be looked at again. */
static bool just_checked(const struct drive *drive)
{
	enum { FRESH_US = 60000000 };

	return drive->checked_us && clock_monotonic_us() - drive->checked_us < FRESH_US;
}

static enum step_result verify_again(struct loop *loop)
{
	CLEANUP(cleanup_bundle_findings) struct bundle_findings findings = {0};
	const struct bundle *bundle = loop->drive->run->target.bundle;

	if (!just_checked(loop->drive) && bundle_verify(bundle, &findings, &loop->error) < 0)
		return STEP_REFUSED;
	text_appendf(
		&loop->evidence, "%zu packages, every digest as listed", bundle->package_count);
	return STEP_DONE;
}

static enum step_result preflight_again(struct loop *loop)
{
	const struct drive *drive = loop->drive;
	CLEANUP(cleanup_checks) struct checks checks = {0};
	const struct record_place place = {drive->run->journal, drive->run->id};
	CLEANUP(error_release) struct error ignored = {0};
	int result;

	if (just_checked(drive)) {
		text_append(&loop->evidence, "every check passed a moment ago");
		return STEP_DONE;
	}
	result = preflight(&drive->run->target, drive->wishes, &checks, &loop->error);
	/* A journal that cannot take it says so when the step is to be done. What was waived was
	 * written down when the process began. */
	record_checks(&checks, NULL, drive->run->nodes.cluster, &place, &ignored);
	if (checks.way_back_known) {
		loop->end.way_back_known = true;
		loop->end.way_back = checks.way_back;
	}
	if (result < 0)
		return STEP_REFUSED;
	text_appendf(&loop->evidence, "%zu checks passed", checks_count(&checks, CHECK_PASS));
	return STEP_DONE;
}

static enum step_result run_step(struct loop *loop, const struct step *step, bool may_act)
{
	if (step->kind == STEP_VERIFY)
		return verify_again(loop);
	if (step->kind == STEP_PREFLIGHT)
		return preflight_again(loop);
	return step_run(loop->drive->run, step, may_act, &loop->evidence, &loop->error);
}

/*
 * A step that waits is not looked at in between: without the lease it waits for nothing any more,
 * and what the guard makes of that the engine asks next.
 */
static bool has_lost_nodes(struct loop *loop, const struct step *step)
{
	return drive_judge_needs_lease(step, &loop->view) &&
	       run_context_lost_lease(loop->drive->run, &loop->error);
}

static enum engine_event_kind act(struct loop *loop, size_t index, bool may_act)
{
	const struct step *step = step_at(loop, index);

	loop->attempt++;
	error_release(&loop->error);
	text_clear(&loop->evidence);
	if (may_act && has_lost_nodes(loop, step))
		return take_result(loop, step, STEP_RETRY);
	return take_result(loop, step, run_step(loop, step, may_act));
}

static void note_undo(struct loop *loop, const struct step *step, const char *words)
{
	const struct drive *drive = loop->drive;
	CLEANUP(cleanup_free) char *printable = text_printable_copy(words);
	json_t *note = json_pack("{s:s, s:s}", "node", node_name(loop, step), "text", printable);
	CLEANUP(cleanup_free) char *text = note ? json_dumps(note, JSON_COMPACT) : NULL;
	CLEANUP(error_release) struct error ignored = {0};

	json_decref(note);
	journal_note(drive->run->journal, drive->run->id, NOTE_UNDO, text ? text : "{}", &ignored);
}

/* What became of it is only told: no later decision is made from the journal's word for it. */
static enum engine_event_kind undo(struct loop *loop, size_t index)
{
	const struct step *step = step_at(loop, index);
	const struct drive *drive = loop->drive;
	enum step_result result;

	error_release(&loop->error);
	text_clear(&loop->evidence);
	result = step_undo(drive->run, step->node, &loop->evidence, &loop->error);
	if (result == STEP_DONE || result == STEP_REFUSED)
		note_undo(loop, step,
			result == STEP_DONE ? text_string(&loop->evidence)
					    : error_text(&loop->error));
	return take_result(loop, step, result);
}

static enum engine_event_kind confirm(struct loop *loop, size_t index)
{
	struct drive_listener *listener = loop->drive->listener;
	uint64_t elapsed_ms = clock_monotonic_ms() - loop->engine.step_began_ms;

	if (journal_event(loop, index, JOURNAL_STEP_DONE, text_string(&loop->evidence)) < 0)
		return EVENT_BROKEN;
	listener->step_done(
		listener, step_at(loop, index), elapsed_ms, text_string(&loop->evidence));
	return EVENT_JOURNALED;
}

static void set_end(struct loop *loop, enum engine_cause cause, size_t step, bool undone)
{
	loop->end.cause = cause;
	loop->end.step = step;
	loop->end.undone = undone;
}

static int stop(struct loop *loop, size_t index, struct error *err)
{
	const struct drive *drive = loop->drive;
	const struct step *step = step_at(loop, index);
	uint64_t elapsed_ms = clock_monotonic_ms() - loop->engine.step_began_ms;
	enum journal_kind kind = drive_judge_stop_event(loop->engine.intended);
	enum journal_state state = drive_judge_stop_state(loop->engine.cause);
	CLEANUP(error_release) struct error trouble = {0};
	CLEANUP(cleanup_free)
	char *words = text_format("%s%s%s%s", loop->engine.reason,
		loop->engine.undone ? "; the services on " : "",
		loop->engine.undone ? node_name(loop, step) : "",
		loop->engine.undone ? " were started again" : "");

	error_set(err, ECANCELED, "%s", words);
	if (journal_event(loop, index, kind, words) < 0 ||
		journal_run_state(drive->run->journal, drive->run->id, state, words, &trouble) < 0)
		error_set(err, ECANCELED, "%s; the journal could not take this down: %s", words,
			error_is_set(&trouble) ? error_text(&trouble) : error_text(&loop->error));
	else
		step_told(drive->run, step);
	set_end(loop, loop->engine.cause, index, loop->engine.undone);
	drive->listener->step_stopped(drive->listener, step, elapsed_ms, error_text(err));
	return -ECANCELED;
}

/* Success is said only when the last request under way has been answered too, and the journal says
 * so as well. */
static int finish(struct loop *loop, struct error *err)
{
	const struct drive *drive = loop->drive;
	const size_t count = drive->run->plan.count;
	CLEANUP(error_release) struct error trouble = {0};
	enum journal_state state;

	if (drive->run->probe)
		probe_stop(drive->run->probe, NULL);
	run_context_view(drive->run, &loop->view);
	state = drive_judge_done_state(&loop->view, &trouble);
	if (state != JOURNAL_DONE) {
		error_set(err, ECANCELED, "every step is done, but %s", error_text(&trouble));
		if (journal_run_state(drive->run->journal, drive->run->id, state, error_text(err),
			    &loop->error) < 0)
			error_prefix(err, "the journal could not take this down");
		set_end(loop, CAUSE_FAILURE, count, false);
		return -ECANCELED;
	}
	if (journal_run_state(drive->run->journal, drive->run->id, state, "", &trouble) < 0) {
		error_set(err, ECANCELED,
			"every step is done, but the journal could not take this down: %s",
			error_text(&trouble));
		set_end(loop, CAUSE_JOURNAL, count - 1, false);
		return -ECANCELED;
	}
	set_end(loop, CAUSE_NONE, count, false);
	return 0;
}

/* Carries out one action; the event that answers it. */
static enum engine_event_kind carry_out(struct loop *loop, const struct engine_action *action)
{
	switch (action->kind) {
	case ACTION_CHECK:
		return act(loop, action->step, false);
	case ACTION_GATE:
		return ask_gate(loop, action->step);
	case ACTION_OBSERVE:
		return observe(loop, action->step);
	case ACTION_INTEND:
		return intend(loop, action->step);
	case ACTION_ACT:
		return act(loop, action->step, true);
	case ACTION_CONFIRM:
		return confirm(loop, action->step);
	case ACTION_PAUSE:
		if (action->reason)
			loop->drive->listener->step_waits(
				loop->drive->listener, step_at(loop, action->step), action->reason);
		clock_sleep_ms(action->pause_ms);
		return EVENT_ELAPSED;
	case ACTION_UNDO:
		return undo(loop, action->step);
	case ACTION_STOP:
	case ACTION_FINISH:
		break;
	}
	return EVENT_BROKEN;
}

bool drive_abort_wanted(const struct run_context *run)
{
	CLEANUP(error_release) struct error ignored = {0};
	bool asked = false;

	return journal_requested(run->journal, run->id, "abort", &asked, NULL, &ignored) == 0 &&
	       asked;
}

/* The operator's wish, which is looked at between any two actions. */
static void heed_operator(struct loop *loop, struct engine_event *event)
{
	const struct drive *drive = loop->drive;

	if (!loop->engine.abort_wanted && drive_abort_wanted(drive->run))
		engine_abort(&loop->engine);
	event->kind = drive_judge_event(event->kind, *drive->interrupted);
}

static void begin_undo(struct loop *loop)
{
	if (!drive_judge_takes_back(loop->engine.state, loop->undoing))
		return;
	loop->undoing = true;
	*loop->drive->interrupted = 0;
}

int drive_plan(const struct drive *drive, struct drive_end *end, struct error *err)
{
	struct loop loop = {.drive = drive};
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	struct engine_event event = {.kind = EVENT_START};
	struct engine_action action;
	int result;

	step_deadlines(drive->run->nodes.cluster, deadlines_ms);
	engine_init(
		&loop.engine, &drive->run->plan, drive->first_step, drive->intended, deadlines_ms);
	for (;;) {
		action = engine_handle(&loop.engine, &event, clock_monotonic_ms());
		if (action.kind == ACTION_STOP || action.kind == ACTION_FINISH)
			break;
		begin_undo(&loop);
		announce(&loop, action.step);
		event.kind = carry_out(&loop, &action);
		event.view = &loop.view;
		event.text = error_is_set(&loop.error) ? error_text(&loop.error) : NULL;
		heed_operator(&loop, &event);
	}
	if (action.kind == ACTION_STOP)
		result = stop(&loop, action.step, err);
	else
		result = finish(&loop, err);
	text_clear(&loop.evidence);
	*end = loop.end;
	error_release(&loop.error);
	return result;
}
