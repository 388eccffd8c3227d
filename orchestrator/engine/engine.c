/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The run of a plan as a pure state machine. */
#include "orchestrator/engine/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const state_names[ENGINE_STATE_COUNT] = {
	[ENGINE_READY] = "ready",
	[ENGINE_CHECKING] = "checking",
	[ENGINE_OBSERVING] = "observing",
	[ENGINE_INTENDING] = "intending",
	[ENGINE_ACTING] = "acting",
	[ENGINE_PAUSING] = "pausing",
	[ENGINE_CONFIRMING] = "confirming",
	[ENGINE_STOPPED] = "stopped",
	[ENGINE_DONE] = "done",
};

const char *engine_state_name(enum engine_state state)
{
	return state < ENGINE_STATE_COUNT ? state_names[state] : "unknown";
}

void engine_init(struct engine *engine, const struct plan *plan, size_t first_step, bool intended,
	const uint64_t deadlines_ms[STEP_KIND_COUNT])
{
	*engine = (struct engine){.plan = plan, .step = first_step, .intended = intended};
	memcpy(engine->deadlines_ms, deadlines_ms, sizeof(engine->deadlines_ms));
}

static struct engine_action enter(
	struct engine *engine, enum engine_state state, enum engine_action_kind kind)
{
	engine->state = state;
	return (struct engine_action){
		.kind = kind,
		.step = engine->step,
		.pause_ms = kind == ACTION_PAUSE ? ENGINE_PAUSE_MS : 0,
	};
}

static struct engine_action stop(struct engine *engine, const char *reason)
{
	snprintf(engine->reason, sizeof(engine->reason), "%s", reason);
	return enter(engine, ENGINE_STOPPED, ACTION_STOP);
}

static struct engine_action begin_step(struct engine *engine, uint64_t now_ms)
{
	engine->step_began_ms = now_ms;
	engine->last_trouble[0] = '\0';
	if (engine->step >= engine->plan->count)
		return enter(engine, ENGINE_DONE, ACTION_FINISH);
	/* Only a step that may have been acted on can be done already. */
	if (engine->intended)
		return enter(engine, ENGINE_CHECKING, ACTION_CHECK);
	return enter(engine, ENGINE_OBSERVING, ACTION_OBSERVE);
}

/* The step is not done yet: once more after a pause, unless its time is over. */
static struct engine_action go_on(
	struct engine *engine, enum engine_state next, const char *trouble, uint64_t now_ms)
{
	uint64_t deadline = engine->deadlines_ms[engine->plan->steps[engine->step].kind];
	char reason[ERROR_TEXT_MAX];

	engine->after_pause = next;
	if (trouble)
		snprintf(engine->last_trouble, sizeof(engine->last_trouble), "%s", trouble);
	if (now_ms - engine->step_began_ms < deadline)
		return enter(engine, ENGINE_PAUSING, ACTION_PAUSE);
	snprintf(reason, sizeof(reason), "not done within its deadline of %" PRIu64 " s: %.900s",
		deadline / 1000,
		engine->last_trouble[0] ? engine->last_trouble : "no evidence appeared");
	return stop(engine, reason);
}

static struct engine_action decide(
	struct engine *engine, const struct cluster_view *view, uint64_t now_ms)
{
	struct error err = {0};

	if (engine_guard(&engine->plan->steps[engine->step], view, &err) == 0) {
		/* The intent stays durable across retries. */
		return engine->intended ? enter(engine, ENGINE_ACTING, ACTION_ACT)
					: enter(engine, ENGINE_INTENDING, ACTION_INTEND);
	}
	/* What was begun may still be taking effect: a fail-over between its two ends, say. */
	if (engine->intended && now_ms - engine->step_began_ms < ENGINE_GRACE_MS)
		return go_on(engine, ENGINE_CHECKING, err.text, now_ms);
	return stop(engine, err.text);
}

static struct engine_action after_check(struct engine *engine, const struct engine_event *event)
{
	if (event->kind == EVENT_DONE)
		return enter(engine, ENGINE_CONFIRMING, ACTION_CONFIRM);
	if (event->kind == EVENT_REFUSED)
		return stop(engine, event->text ? event->text : "refused");
	return enter(engine, ENGINE_OBSERVING, ACTION_OBSERVE);
}

static struct engine_action after_act(
	struct engine *engine, const struct engine_event *event, uint64_t now_ms)
{
	if (event->kind == EVENT_DONE)
		return enter(engine, ENGINE_CONFIRMING, ACTION_CONFIRM);
	if (event->kind == EVENT_REFUSED)
		return stop(engine, event->text ? event->text : "refused");
	/* After trouble the world is looked at anew before anything is done again. */
	return go_on(engine, event->kind == EVENT_RETRY ? ENGINE_OBSERVING : ENGINE_ACTING,
		event->text, now_ms);
}

static struct engine_action after_pause(struct engine *engine)
{
	if (engine->after_pause == ENGINE_CHECKING)
		return enter(engine, ENGINE_CHECKING, ACTION_CHECK);
	if (engine->after_pause == ENGINE_OBSERVING)
		return enter(engine, ENGINE_OBSERVING, ACTION_OBSERVE);
	return enter(engine, ENGINE_ACTING, ACTION_ACT);
}

static struct engine_action unexpected(struct engine *engine, const struct engine_event *event)
{
	char reason[128];

	snprintf(reason, sizeof(reason), "internal error: event %d in state %s", (int)event->kind,
		engine_state_name(engine->state));
	return stop(engine, reason);
}

struct engine_action engine_handle(
	struct engine *engine, const struct engine_event *event, uint64_t now_ms)
{
	bool result = event->kind == EVENT_DONE || event->kind == EVENT_WAIT ||
		      event->kind == EVENT_RETRY || event->kind == EVENT_REFUSED;

	if (engine->state == ENGINE_STOPPED)
		return enter(engine, ENGINE_STOPPED, ACTION_STOP);
	if (engine->state == ENGINE_DONE)
		return enter(engine, ENGINE_DONE, ACTION_FINISH);
	if (event->kind == EVENT_BROKEN)
		return stop(engine, event->text ? event->text : "the journal cannot be written");
	/* Every step can be looked at and run again, so any moment is a safe point. */
	if (event->kind == EVENT_INTERRUPT)
		return stop(engine, "interrupted by the operator");

	if (engine->state == ENGINE_READY && event->kind == EVENT_START)
		return begin_step(engine, now_ms);
	if (engine->state == ENGINE_CHECKING && result)
		return after_check(engine, event);
	if (engine->state == ENGINE_OBSERVING && event->kind == EVENT_VIEW)
		return decide(engine, event->view, now_ms);
	if (engine->state == ENGINE_INTENDING && event->kind == EVENT_JOURNALED) {
		engine->intended = true;
		return enter(engine, ENGINE_ACTING, ACTION_ACT);
	}
	if (engine->state == ENGINE_ACTING && result)
		return after_act(engine, event, now_ms);
	if (engine->state == ENGINE_PAUSING && event->kind == EVENT_ELAPSED)
		return after_pause(engine);
	if (engine->state == ENGINE_CONFIRMING && event->kind == EVENT_JOURNALED) {
		engine->step++;
		engine->intended = false;
		return begin_step(engine, now_ms);
	}
	return unexpected(engine, event);
}
