/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out what the engine decides. */
#include "orchestrator/step/drive.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/journal/note.h"
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
};

static const struct step *step_at(const struct loop *loop, size_t index)
{
	return &loop->drive->run->plan.steps[index];
}

static const char *node_name(const struct loop *loop, const struct step *step)
{
	return step->node == PLAN_NO_NODE ? "" : loop->drive->run->cluster->nodes[step->node].name;
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

	return journal_step_event(loop->drive->journal, loop->drive->run_id, &event, &loop->error);
}

static void announce(struct loop *loop, size_t index)
{
	const struct drive_listener *listener = loop->drive->listener;

	if (index >= loop->drive->run->plan.count || loop->announced == index + 1)
		return;
	loop->announced = index + 1;
	loop->attempt = 0;
	watch_step(loop->drive->run->watch, step_at(loop, index));
	listener->step_began(listener->data, step_at(loop, index));
}

static enum engine_event_kind observe(struct loop *loop, size_t index)
{
	enum { LOOKS = 3 };
	const struct step *step = step_at(loop, index);
	/* Waiting for a machine that was just seen down would only delay seeing it up. */
	const int skip = step->kind == STEP_RETURN ? step->node : PLAN_NO_NODE;

	for (int looks = 0; looks < LOOKS; looks++) {
		CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
		uint64_t asked_ms;

		/* The bundle is verified without the nodes, and preflight asks by itself. */
		if (step->kind != STEP_VERIFY && step->kind != STEP_PREFLIGHT)
			run_ask_all(loop->drive->run, skip, errors);
		asked_ms = clock_monotonic_ms();
		run_view(loop->drive->run, &loop->view);
		/* To wait for the probe, or ^Z, has made it an old one. */
		if (loop->view.probe_starved || *loop->drive->interrupted ||
			clock_monotonic_ms() - asked_ms < RUN_FRESH_MS)
			break;
	}
	if (loop->drive->listener->observed)
		loop->drive->listener->observed(loop->drive->listener->data, &loop->view);
	return EVENT_VIEW;
}

static enum engine_event_kind ask_gate(struct loop *loop, size_t index)
{
	const struct drive_gate *gate = &loop->drive->gate;
	const struct drive_listener *listener = loop->drive->listener;
	const struct step *step = step_at(loop, index);

	if (!gate->ask)
		return EVENT_GO;
	error_release(&loop->error);
	switch (gate->ask(gate->data, step, &loop->error)) {
	case GATE_GO:
		return EVENT_GO;
	case GATE_HOLD:
		return EVENT_HOLD;
	case GATE_WAIT:
		break;
	}
	if (error_is_set(&loop->error))
		listener->step_waits(listener->data, step, error_text(&loop->error));
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
	const struct drive_listener *listener = loop->drive->listener;
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
		listener->step_waits(listener->data, step, error_text(&loop->error));
	return event;
}

static enum engine_event_kind act(struct loop *loop, size_t index, bool may_act)
{
	const struct step *step = step_at(loop, index);

	loop->attempt++;
	error_release(&loop->error);
	text_clear(&loop->evidence);
	return take_result(loop, step,
		step_run(loop->drive->run, step, may_act, &loop->evidence, &loop->error));
}

static void note_undo(struct loop *loop, const struct step *step, const char *words)
{
	const struct drive *drive = loop->drive;
	CLEANUP(cleanup_free) char *printable = text_printable_copy(words);
	json_t *note = json_pack("{s:s, s:s}", "node", node_name(loop, step), "text", printable);
	CLEANUP(cleanup_free) char *text = note ? json_dumps(note, JSON_COMPACT) : NULL;
	CLEANUP(error_release) struct error ignored = {0};

	json_decref(note);
	journal_note(drive->journal, drive->run_id, NOTE_UNDO, text ? text : "{}", &ignored);
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
	const struct drive_listener *listener = loop->drive->listener;
	uint64_t elapsed_ms = clock_monotonic_ms() - loop->engine.step_began_ms;

	if (journal_event(loop, index, JOURNAL_STEP_DONE, text_string(&loop->evidence)) < 0)
		return EVENT_BROKEN;
	listener->step_done(
		listener->data, step_at(loop, index), elapsed_ms, text_string(&loop->evidence));
	return EVENT_JOURNALED;
}

static int stop(struct loop *loop, size_t index, struct drive_end *end, struct error *err)
{
	const struct drive *drive = loop->drive;
	const struct step *step = step_at(loop, index);
	uint64_t elapsed_ms = clock_monotonic_ms() - loop->engine.step_began_ms;
	enum journal_kind kind = loop->engine.intended ? JOURNAL_STEP_FAILED : JOURNAL_REFUSED;
	enum journal_state state =
		loop->engine.cause == CAUSE_ABORT ? JOURNAL_ABORTED : JOURNAL_STOPPED;
	CLEANUP(error_release) struct error trouble = {0};
	CLEANUP(cleanup_free)
	char *words = text_format("%s%s%s%s", loop->engine.reason,
		loop->engine.undone ? "; the services on " : "",
		loop->engine.undone ? node_name(loop, step) : "",
		loop->engine.undone ? " were started again" : "");

	error_set(err, ECANCELED, "%s", words);
	if (journal_event(loop, index, kind, words) < 0 ||
		journal_run_state(drive->journal, drive->run_id, state, words, &trouble) < 0)
		error_set(err, ECANCELED, "%s; the journal could not take this down: %s", words,
			error_is_set(&trouble) ? error_text(&trouble) : error_text(&loop->error));
	else
		step_told(drive->run, step);
	*end = (struct drive_end){loop->engine.cause, index, loop->engine.undone};
	drive->listener->step_stopped(drive->listener->data, step, elapsed_ms, error_text(err));
	return -ECANCELED;
}

/* Success is said only when the last request under way has been answered too, and the journal says
 * so as well. */
static int finish(struct loop *loop, struct drive_end *end, struct error *err)
{
	const struct drive *drive = loop->drive;
	const size_t count = drive->run->plan.count;
	CLEANUP(error_release) struct error trouble = {0};

	if (drive->run->probe)
		probe_stop(drive->run->probe, NULL);
	run_view(drive->run, &loop->view);
	if (engine_guard_budgets(&loop->view, &trouble) < 0) {
		error_set(err, ECANCELED, "every step is done, but %s", error_text(&trouble));
		if (journal_run_state(drive->journal, drive->run_id, JOURNAL_STOPPED,
			    error_text(err), &loop->error) < 0)
			error_prefix(err, "the journal could not take this down");
		*end = (struct drive_end){CAUSE_FAILURE, count, false};
		return -ECANCELED;
	}
	if (journal_run_state(drive->journal, drive->run_id, JOURNAL_DONE, "", &trouble) < 0) {
		error_set(err, ECANCELED,
			"every step is done, but the journal could not take this down: %s",
			error_text(&trouble));
		*end = (struct drive_end){CAUSE_JOURNAL, count - 1, false};
		return -ECANCELED;
	}
	*end = (struct drive_end){CAUSE_NONE, count, false};
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
			loop->drive->listener->step_waits(loop->drive->listener->data,
				step_at(loop, action->step), action->reason);
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

/* The operator's wish, which is looked at between any two actions. */
static void heed_operator(struct loop *loop, struct engine_event *event)
{
	const struct drive *drive = loop->drive;

	if (drive->abort_wanted && !loop->engine.abort_wanted &&
		drive->abort_wanted(drive->abort_data))
		engine_abort(&loop->engine);
	/* A journaled fact must reach the engine, whatever the operator wants. */
	if (*drive->interrupted && event->kind != EVENT_JOURNALED)
		event->kind = EVENT_INTERRUPT;
}

/* The signal that stopped the run would also end every look at the node. */
static void begin_undo(struct loop *loop)
{
	if (loop->undoing || loop->engine.state != ENGINE_WEIGHING)
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

	step_deadlines(drive->run->cluster, deadlines_ms);
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
		result = stop(&loop, action.step, end, err);
	else
		result = finish(&loop, end, err);
	text_clear(&loop.evidence);
	error_release(&loop.error);
	return result;
}
