/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The run of a plan as a pure state machine. */
#include "orchestrator/engine/engine.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const state_names[ENGINE_STATE_COUNT] = {
	[ENGINE_READY] = "ready",
	[ENGINE_CHECKING] = "checking",
	[ENGINE_GATING] = "gating",
	[ENGINE_OBSERVING] = "observing",
	[ENGINE_INTENDING] = "intending",
	[ENGINE_ACTING] = "acting",
	[ENGINE_PAUSING] = "pausing",
	[ENGINE_CONFIRMING] = "confirming",
	[ENGINE_WEIGHING] = "weighing",
	[ENGINE_UNDOING] = "undoing",
	[ENGINE_STOPPED] = "stopped",
	[ENGINE_DONE] = "done",
};

static const char *const cause_names[ENGINE_CAUSE_COUNT] = {
	[CAUSE_NONE] = "done",
	[CAUSE_FAILURE] = "failure",
	[CAUSE_INTERRUPT] = "interrupt",
	[CAUSE_ABORT] = "abort",
	[CAUSE_GATE] = "gate",
	[CAUSE_JOURNAL] = "journal",
};

/* What is asked of the caller in each state that waits for an answer. */
static const enum engine_action_kind questions[ENGINE_STATE_COUNT] = {
	[ENGINE_CHECKING] = ACTION_CHECK,
	[ENGINE_GATING] = ACTION_GATE,
	[ENGINE_OBSERVING] = ACTION_OBSERVE,
	[ENGINE_INTENDING] = ACTION_INTEND,
	[ENGINE_ACTING] = ACTION_ACT,
	[ENGINE_PAUSING] = ACTION_PAUSE,
	[ENGINE_CONFIRMING] = ACTION_CONFIRM,
	[ENGINE_WEIGHING] = ACTION_OBSERVE,
	[ENGINE_UNDOING] = ACTION_UNDO,
	[ENGINE_STOPPED] = ACTION_STOP,
	[ENGINE_DONE] = ACTION_FINISH,
};

const char *engine_state_name(enum engine_state state)
{
	return state < ENGINE_STATE_COUNT ? state_names[state] : "unknown";
}

const char *engine_cause_name(enum engine_cause cause)
{
	return cause < ENGINE_CAUSE_COUNT ? cause_names[cause] : "unknown";
}

void engine_init(struct engine *engine, const struct plan *plan, size_t first_step, bool intended,
	const uint64_t deadlines_ms[STEP_KIND_COUNT])
{
	memset(engine, 0, offsetof(struct engine, reason));
	engine->reason[0] = '\0';
	engine->last_trouble[0] = '\0';
	engine->plan = plan;
	engine->step = first_step;
	engine->intended = intended;
	memcpy(engine->deadlines_ms, deadlines_ms, sizeof(engine->deadlines_ms));
}

void engine_abort(struct engine *engine)
{
	engine->abort_wanted = true;
}

static enum step_kind kind_of(const struct engine *engine)
{
	return engine->plan->steps[engine->step].kind;
}

static struct engine_action enter(struct engine *engine, enum engine_state state)
{
	engine->state = state;
	return (struct engine_action){.kind = questions[state], .step = engine->step};
}

static struct engine_action pause_for(struct engine *engine, enum engine_state next, uint32_t ms)
{
	struct engine_action action = enter(engine, ENGINE_PAUSING);

	engine->after_pause = next;
	action.pause_ms = ms;
	return action;
}

/* Twice as long after every trouble in a row: what is broken is not mended by asking faster. */
static struct engine_action back_off(struct engine *engine, enum engine_state next)
{
	uint32_t ms = ENGINE_PAUSE_MS;
	unsigned int i;

	for (i = 0; i < engine->troubles && ms < ENGINE_PAUSE_MAX_MS; i++)
		ms *= 2;
	engine->troubles++;
	return pause_for(engine, next, ms < ENGINE_PAUSE_MAX_MS ? ms : ENGINE_PAUSE_MAX_MS);
}

/*
 * Has the node lost its services to this run, with its packages perhaps as they were? Whether they
 * are, the view and the caller say.
 */
static bool may_be_undone(const struct engine *engine)
{
	if (engine->step >= engine->plan->count)
		return false;
	return kind_of(engine) == STEP_INSTALL ||
	       (kind_of(engine) == STEP_STOP && engine->intended);
}

static struct engine_action stop(
	struct engine *engine, enum engine_cause cause, const char *reason, uint64_t now_ms)
{
	snprintf(engine->reason, sizeof(engine->reason), "%s", reason);
	engine->cause = cause;
	engine->undo_began_ms = now_ms;
	engine->troubles = 0;
	return enter(engine, may_be_undone(engine) ? ENGINE_WEIGHING : ENGINE_STOPPED);
}

/*
 * Would a stop here leave every node either untouched or finished? Between a node's STOP and its
 * ROLE, and in a fail-over, it would not.
 */
static bool is_safe_point(const struct engine *engine)
{
	enum step_kind kind = kind_of(engine);

	if (kind < STEP_STOP || kind == STEP_FINAL)
		return true;
	/*
	 * Between the two ends of a rehearsal the roles have changed sides, that is all; and a
	 * first installation leaves nobody without a service that was there.
	 */
	return (kind == STEP_STOP || kind == STEP_FAILOVER || kind == STEP_REHEARSE ||
		       kind == STEP_RESTORE || kind == STEP_PROPAGATE || kind == STEP_START) &&
	       !engine->intended;
}

static struct engine_action abort_now(struct engine *engine, uint64_t now_ms)
{
	return stop(engine, CAUSE_ABORT, "aborted as asked for", now_ms);
}

static struct engine_action begin_step(struct engine *engine, uint64_t now_ms)
{
	engine->step_began_ms = now_ms;
	engine->last_trouble[0] = '\0';
	engine->troubles = 0;
	engine->refused = false;
	if (engine->step >= engine->plan->count)
		return enter(engine, ENGINE_DONE);
	if (engine->abort_wanted && is_safe_point(engine))
		return abort_now(engine, now_ms);
	/* Only a step that may have been acted on can be done already. */
	return enter(engine, engine->intended ? ENGINE_CHECKING : ENGINE_GATING);
}

static void keep_trouble(struct engine *engine, const char *trouble)
{
	if (trouble)
		snprintf(engine->last_trouble, sizeof(engine->last_trouble), "%s", trouble);
}

static struct engine_action after_gate(
	struct engine *engine, const struct engine_event *event, uint64_t now_ms)
{
	if (event->kind == EVENT_HOLD)
		return stop(
			engine, CAUSE_GATE, event->text ? event->text : "held by a gate", now_ms);
	if (event->kind == EVENT_WAIT) {
		/* It may wait for days; a node that is only stopped can be started again. */
		if (engine->abort_wanted &&
			(is_safe_point(engine) || kind_of(engine) == STEP_INSTALL))
			return abort_now(engine, now_ms);
		return back_off(engine, ENGINE_GATING);
	}
	engine->step_began_ms = now_ms;
	engine->troubles = 0;
	engine->refused = false;
	return enter(engine, ENGINE_OBSERVING);
}

/* Is the step's time over? Then it has stopped, and *action says so. */
static bool is_over(struct engine *engine, uint64_t now_ms, struct engine_action *action)
{
	uint64_t deadline = engine->deadlines_ms[kind_of(engine)];
	char reason[ENGINE_REASON_SIZE + 64];

	if (engine->abort_wanted && is_safe_point(engine)) {
		*action = abort_now(engine, now_ms);
		return true;
	}
	if (now_ms - engine->step_began_ms < deadline)
		return false;
	snprintf(reason, sizeof(reason), "not done within its deadline of %" PRIu64 " s: %s",
		deadline / 1000,
		engine->last_trouble[0] ? engine->last_trouble : "no evidence appeared");
	*action = stop(engine, CAUSE_FAILURE, reason, now_ms);
	return true;
}

/*
 * A look is of one moment: a login took too long, the roles were just moving. May the next one be
 * waited for? Not where waiting mends nothing; and while the step's node is out of service, only as
 * long as the clients are served without it. What was begun may still be taking effect, a fail-over
 * between its two ends, say.
 */
static bool may_look_again(const struct engine *engine, const struct cluster_view *view)
{
	bool out_of_service = kind_of(engine) == STEP_INSTALL || kind_of(engine) == STEP_REBOOT;

	if (engine->intended)
		return true;
	if (view->lease_lost || engine_guard_budgets(view, NULL) < 0)
		return false;
	return view->kind == PLAN_BOOTSTRAP || view->probe_answered || !out_of_service;
}

static struct engine_action decide(
	struct engine *engine, const struct cluster_view *view, uint64_t now_ms)
{
	struct engine_action action;
	CLEANUP(error_release) struct error err = {0};

	/* Asked for since the gate was: nothing has begun yet. */
	if (engine->abort_wanted && is_safe_point(engine))
		return abort_now(engine, now_ms);
	if (engine_guard(&engine->plan->steps[engine->step], view, &err) == 0) {
		engine->refused = false;
		/* The intent stays durable across retries. */
		return enter(engine, engine->intended ? ENGINE_ACTING : ENGINE_INTENDING);
	}
	/* A look may take as long as a login does: its time counts from its end. */
	if (!engine->refused)
		engine->refused_ms = now_ms;
	engine->refused = true;
	if (now_ms - engine->refused_ms >= ENGINE_GRACE_MS || !may_look_again(engine, view))
		return stop(engine, CAUSE_FAILURE, error_text(&err), now_ms);
	keep_trouble(engine, error_text(&err));
	if (is_over(engine, now_ms, &action))
		return action;
	action = pause_for(
		engine, engine->intended ? ENGINE_CHECKING : ENGINE_OBSERVING, ENGINE_PAUSE_MS);
	action.reason = engine->last_trouble;
	return action;
}

static struct engine_action after_check(
	struct engine *engine, const struct engine_event *event, uint64_t now_ms)
{
	if (event->kind == EVENT_DONE)
		return enter(engine, ENGINE_CONFIRMING);
	if (event->kind == EVENT_REFUSED)
		return stop(engine, CAUSE_FAILURE, event->text ? event->text : "refused", now_ms);
	return enter(engine, ENGINE_OBSERVING);
}

static struct engine_action after_act(
	struct engine *engine, const struct engine_event *event, uint64_t now_ms)
{
	struct engine_action action;

	if (event->kind == EVENT_DONE)
		return enter(engine, ENGINE_CONFIRMING);
	if (event->kind == EVENT_REFUSED)
		return stop(engine, CAUSE_FAILURE, event->text ? event->text : "refused", now_ms);
	keep_trouble(engine, event->text);
	if (is_over(engine, now_ms, &action))
		return action;
	/* After trouble the world is looked at anew before anything is done again. */
	if (event->kind == EVENT_RETRY)
		return back_off(engine, ENGINE_OBSERVING);
	/* Waiting is progress, and how long it takes is measured: no longer pauses than needed. */
	engine->troubles = 0;
	return pause_for(engine, ENGINE_ACTING, ENGINE_PAUSE_MS);
}

static struct engine_action weigh(struct engine *engine, const struct cluster_view *view)
{
	const struct step *step = &engine->plan->steps[engine->step];

	if (engine_guard_undo(step, view, NULL) == 0) {
		engine->undo_asked = true;
		return enter(engine, ENGINE_UNDOING);
	}
	engine->undone = engine->undo_asked && view->nodes[step->node].services_active;
	return enter(engine, ENGINE_STOPPED);
}

static struct engine_action after_undo(
	struct engine *engine, const struct engine_event *event, uint64_t now_ms)
{
	bool over = now_ms - engine->undo_began_ms >= engine->deadlines_ms[STEP_SERVICES];

	engine->undone = event->kind == EVENT_DONE;
	if (engine->undone || event->kind == EVENT_REFUSED || over)
		return enter(engine, ENGINE_STOPPED);
	/* Whatever was seen before a pause is no reason to act after it. */
	if (event->kind == EVENT_RETRY)
		return back_off(engine, ENGINE_WEIGHING);
	return pause_for(engine, ENGINE_WEIGHING, ENGINE_PAUSE_MS);
}

static struct engine_action unexpected(struct engine *engine, const struct engine_event *event)
{
	snprintf(engine->reason, sizeof(engine->reason), "internal error: event %d in state %s",
		(int)event->kind, engine_state_name(engine->state));
	engine->cause = CAUSE_FAILURE;
	return enter(engine, ENGINE_STOPPED);
}

static struct engine_action journaled(struct engine *engine, uint64_t now_ms)
{
	if (engine->state == ENGINE_INTENDING) {
		engine->intended = true;
		return enter(engine, ENGINE_ACTING);
	}
	engine->step++;
	engine->intended = false;
	return begin_step(engine, now_ms);
}

/* What ends a run in any state; false: nothing of that kind. */
static bool breaks_off(struct engine *engine, const struct engine_event *event, uint64_t now_ms,
	struct engine_action *action)
{
	bool stopping = engine->cause != CAUSE_NONE;

	if (event->kind != EVENT_BROKEN && event->kind != EVENT_INTERRUPT)
		return false;
	if (stopping) /* Not even the undo is waited for; the first cause stays. */
		*action = enter(engine, ENGINE_STOPPED);
	else if (event->kind == EVENT_BROKEN)
		*action = stop(engine, CAUSE_JOURNAL,
			event->text ? event->text : "the journal cannot be written", now_ms);
	else /* Every step can be looked at and run again, so any moment will do. */
		*action = stop(engine, CAUSE_INTERRUPT, "interrupted by the operator", now_ms);
	return true;
}

static bool is_result(enum engine_event_kind kind)
{
	return kind == EVENT_DONE || kind == EVENT_WAIT || kind == EVENT_RETRY ||
	       kind == EVENT_REFUSED;
}

struct engine_action engine_handle(
	struct engine *engine, const struct engine_event *event, uint64_t now_ms)
{
	struct engine_action action;
	enum engine_event_kind kind = event->kind;

	if (engine->state == ENGINE_STOPPED || engine->state == ENGINE_DONE)
		return enter(engine, engine->state);
	if (breaks_off(engine, event, now_ms, &action))
		return action;
	if (engine->state == ENGINE_READY && kind == EVENT_START)
		return begin_step(engine, now_ms);
	if (engine->state == ENGINE_CHECKING && is_result(kind))
		return after_check(engine, event, now_ms);
	if (engine->state == ENGINE_GATING &&
		(kind == EVENT_GO || kind == EVENT_WAIT || kind == EVENT_HOLD))
		return after_gate(engine, event, now_ms);
	if (engine->state == ENGINE_OBSERVING && kind == EVENT_VIEW)
		return decide(engine, event->view, now_ms);
	if (engine->state == ENGINE_WEIGHING && kind == EVENT_VIEW)
		return weigh(engine, event->view);
	if (engine->state == ENGINE_UNDOING && is_result(kind))
		return after_undo(engine, event, now_ms);
	if ((engine->state == ENGINE_INTENDING || engine->state == ENGINE_CONFIRMING) &&
		kind == EVENT_JOURNALED)
		return journaled(engine, now_ms);
	if (engine->state == ENGINE_ACTING && is_result(kind))
		return after_act(engine, event, now_ms);
	if (engine->state == ENGINE_PAUSING && kind == EVENT_ELAPSED)
		return enter(engine, engine->after_pause);
	return unexpected(engine, event);
}
