/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out what the engine decides. */
#include "orchestrator/step/drive.h"

#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/step/step.h"

/* Where the loop stands between two of the engine's actions. */
struct loop {
	const struct drive *drive;
	struct engine engine;
	struct cluster_view view;
	struct error error;   /* the last trouble or reason */
	struct text evidence; /* of the step that just got done */
	size_t announced;     /* step the listener knows about, plus one */
	uint32_t attempt;
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
	listener->step_began(listener->data, step_at(loop, index));
}

static enum engine_event_kind observe(struct loop *loop, size_t index)
{
	const struct step *step = step_at(loop, index);
	struct error errors[CLUSTER_NODES_MAX] = {0};

	/* Waiting for a machine that was just seen down would only delay seeing it up. */
	run_ask_all(
		loop->drive->run, step->kind == STEP_RETURN ? step->node : PLAN_NO_NODE, errors);
	run_view(loop->drive->run, &loop->view);
	return EVENT_VIEW;
}

static enum engine_event_kind intend(struct loop *loop, size_t index)
{
	CLEANUP(cleanup_text) struct text detail = {0};

	step_intend(loop->drive->run, step_at(loop, index), &detail);
	return journal_event(loop, index, JOURNAL_INTENDED, text_string(&detail)) < 0
		       ? EVENT_BROKEN
		       : EVENT_JOURNALED;
}

static enum engine_event_kind act(struct loop *loop, size_t index, bool may_act)
{
	const struct drive_listener *listener = loop->drive->listener;
	enum engine_event_kind event = EVENT_WAIT;

	loop->attempt++;
	loop->error = (struct error){0};
	text_clear(&loop->evidence);
	switch (step_run(
		loop->drive->run, step_at(loop, index), may_act, &loop->evidence, &loop->error)) {
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
	if (loop->error.text[0])
		listener->step_waits(listener->data, step_at(loop, index), loop->error.text);
	return event;
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

static int stop(struct loop *loop, size_t index, size_t *stopped_at, struct error *err)
{
	const struct drive *drive = loop->drive;
	uint64_t elapsed_ms = clock_monotonic_ms() - loop->engine.step_began_ms;
	enum journal_kind kind = loop->engine.intended ? JOURNAL_STEP_FAILED : JOURNAL_REFUSED;
	struct error trouble = {0};

	error_set(err, ECANCELED, "%s", loop->engine.reason);
	if (journal_event(loop, index, kind, loop->engine.reason) < 0 ||
		journal_run_state(drive->journal, drive->run_id, JOURNAL_STOPPED,
			loop->engine.reason, &trouble) < 0)
		error_set(err, ECANCELED, "%.600s; the journal could not take this down: %.300s",
			loop->engine.reason, trouble.text[0] ? trouble.text : loop->error.text);
	drive->listener->step_stopped(
		drive->listener->data, step_at(loop, index), elapsed_ms, err->text);
	*stopped_at = index;
	return -ECANCELED;
}

/* Success is said only when the last request under way has been answered too. */
static int finish(struct loop *loop, size_t *stopped_at, struct error *err)
{
	const struct drive *drive = loop->drive;
	uint64_t budget = drive->run->cluster->probe.budget;
	struct tally_summary summary = {0};

	if (drive->run->probe)
		probe_stop(drive->run->probe, &summary);
	if (summary.failed <= budget)
		return journal_run_state(drive->journal, drive->run_id, JOURNAL_DONE, "", err);
	error_set(err, ECANCELED,
		"every step is done, but the floating IP failed to answer %llu requests, more than "
		"the budget of %llu",
		(unsigned long long)summary.failed, (unsigned long long)budget);
	if (journal_run_state(
		    drive->journal, drive->run_id, JOURNAL_STOPPED, err->text, &loop->error) < 0)
		error_prefix(err, "the journal could not take this down");
	*stopped_at = drive->run->plan.count - 1;
	return -ECANCELED;
}

/* Carries out one action; the event that answers it. */
static enum engine_event_kind carry_out(struct loop *loop, const struct engine_action *action)
{
	switch (action->kind) {
	case ACTION_CHECK:
		return act(loop, action->step, false);
	case ACTION_OBSERVE:
		return observe(loop, action->step);
	case ACTION_INTEND:
		return intend(loop, action->step);
	case ACTION_ACT:
		return act(loop, action->step, true);
	case ACTION_CONFIRM:
		return confirm(loop, action->step);
	case ACTION_PAUSE:
		clock_sleep_ms(action->pause_ms);
		return EVENT_ELAPSED;
	case ACTION_STOP:
	case ACTION_FINISH:
		break;
	}
	return EVENT_BROKEN;
}

int drive_plan(const struct drive *drive, size_t *stopped_at, struct error *err)
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
		announce(&loop, action.step);
		event.kind = carry_out(&loop, &action);
		event.view = &loop.view;
		event.text = loop.error.text[0] ? loop.error.text : NULL;
		/* A journaled fact must reach the engine, whatever the operator wants. */
		if (*drive->interrupted && event.kind != EVENT_JOURNALED)
			event.kind = EVENT_INTERRUPT;
	}
	if (action.kind == ACTION_STOP)
		result = stop(&loop, action.step, stopped_at, err);
	else
		result = finish(&loop, stopped_at, err);
	text_clear(&loop.evidence);
	return result;
}
