/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade's process. */
#include "tests/sim/process.h"

#include <string.h>

#include "orchestrator/run/continuation_judge.h"
#include "orchestrator/run/drive_judge.h"
#include "orchestrator/run/rescue_judge.h"

enum { DEADLINE_MS = 60000 };

/* One step of the process under way. */
struct turn {
	const struct process_sink *sink;
	const struct sim_state *before;
	struct sim_state state; /* becomes the next */
	enum sim_event event;
	bool misfortune;
	sim_rules broken; /* by the act itself */
};

static uint64_t now_of(const struct sim_state *state)
{
	static const uint64_t times_ms[] = {
		[TIME_EARLY] = 0,
		[TIME_GRACE_OVER] = ENGINE_GRACE_MS,
		[TIME_DEADLINE_OVER] = DEADLINE_MS,
	};

	return times_ms[state->time];
}

/* The engine as it was, but for words and counters; its step or undo began at 0. */
static void engine_of(const struct sim_state *state, struct engine *engine)
{
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	size_t i;

	for (i = 0; i < STEP_KIND_COUNT; i++)
		deadlines_ms[i] = DEADLINE_MS;
	engine_init(engine, sim_plan(state->plan), state->step, state->step_intended, deadlines_ms);
	engine->state = (enum engine_state)state->engine;
	engine->after_pause = (enum engine_state)state->after_pause;
	engine->cause = (enum engine_cause)state->cause;
	engine->undone = state->undone;
	engine->undo_asked = state->undo_asked;
	engine->abort_wanted = state->abort_wanted;
	/* As long as the step is under way, which is the longest it can have been. */
	engine->refused = true;
	/* How many, nobody counts here: none at first, later more than any pause grows with. */
	engine->troubles = state->time == TIME_EARLY ? 0 : 64;
}

/* Is it asked of step/drive what the engine's new state means? */
static bool is_right(const struct engine *engine, const struct engine_action *action)
{
	static const enum engine_action_kind wanted[ENGINE_STATE_COUNT] = {
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

	if (engine->state == ENGINE_READY || action->kind != wanted[engine->state] ||
		action->step != engine->step)
		return false;
	if (engine->state == ENGINE_STOPPED && strncmp(engine->reason, "internal", 8) == 0)
		return false;
	return engine->state != ENGINE_PAUSING ||
	       (action->pause_ms >= ENGINE_PAUSE_MS && action->pause_ms <= ENGINE_PAUSE_MAX_MS);
}

/* Gives the engine an event and takes over what has become of it; the rules that this breaks. */
static sim_rules handle(struct sim_state *state, const struct engine_event *event)
{
	uint64_t now_ms = now_of(state), began_ms;
	const bool stopping = state->cause != CAUSE_NONE;
	struct engine_action action;
	struct engine engine;

	engine_of(state, &engine);
	action = engine_handle(&engine, event, now_ms);
	began_ms = engine.cause == CAUSE_NONE ? engine.step_began_ms : engine.undo_began_ms;
	if (began_ms == now_ms)
		state->time = TIME_EARLY;
	if (engine.step != state->step || (engine.cause != CAUSE_NONE && !state->cause))
		state->sent = state->waited = false;
	state->engine = (uint8_t)engine.state;
	state->step = (uint8_t)engine.step;
	state->step_intended = engine.intended;
	state->after_pause = (uint8_t)engine.after_pause;
	state->cause = (uint8_t)engine.cause;
	state->undone = engine.undone;
	state->undo_asked = engine.undo_asked;
	/* The first look at what might be undone is the first after the cause. */
	if (drive_judge_takes_back(engine.state, stopping) || engine.state == ENGINE_STOPPED ||
		engine.state == ENGINE_DONE)
		state->interrupted = false;
	return is_right(&engine, &action) ? 0 : rule_bit(RULE_INTERNAL);
}

static void finish_turn(struct turn *turn, enum sim_class class)
{
	const struct process_sink *sink = turn->sink;
	sim_rules broken =
		turn->broken | rule_of_move(turn->before, &turn->state, sink->node_count);

	turn->state.faulty |= turn->misfortune;
	sink->emit(sink->data, &turn->state, turn->misfortune ? CLASS_MISHAP : class, turn->event,
		PLAN_NO_NODE, turn->misfortune);
	if (broken)
		sink->broken(sink->data, broken);
}

/* The answer to an action, unless the operator's signal comes in between. */
static void deliver(struct turn *turn, enum engine_event_kind kind, const struct cluster_view *view)
{
	const struct engine_event event = {
		.kind = drive_judge_event(kind, turn->state.interrupted), .view = view};

	turn->broken |= handle(&turn->state, &event);
	finish_turn(turn, CLASS_PROCESS);
}

static struct turn begin_turn(
	const struct sim_state *before, const struct process_sink *sink, enum sim_event event)
{
	return (struct turn){.sink = sink, .before = before, .state = *before, .event = event};
}

static const struct step *current(const struct sim_state *state)
{
	return &sim_plan(state->plan)->steps[state->step];
}

/* An event of the step whose turn it is; where the run is then, the functions say that read it. */
static void journal(struct sim_state *state, enum journal_kind event)
{
	struct rewind_point point = {state->at, state->intended, 0};
	const struct step *step = current(state);

	if (event != JOURNAL_REFUSED && step->kind == STEP_STOP)
		state->nodes[step->node].told_to_stop = true;
	if (event != JOURNAL_REFUSED &&
		(step->kind == STEP_FAILOVER || step->kind == STEP_REHEARSE))
		state->nodes[step->node].told_to_hand_over = true;
	rewind_follow(&point, state->step, continuation_judge_mark(event));
	state->at = (uint8_t)point.step;
	state->intended = point.intended;
	state->look_age = state->look_age < 2 ? state->look_age + 1 : 2;
}

static void observe(const struct sim_state *state, const struct process_sink *sink)
{
	struct turn turn = begin_turn(state, sink, SIM_LOOKED);
	const struct step *step = current(state);
	struct cluster_view view;

	world_view(state, sink->node_count, drive_judge_skip(step), &view);
	turn.state.look = world_look(state, sink->node_count, step);
	turn.state.look_age = 0;
	deliver(&turn, EVENT_VIEW, &view);
}

/* The look let the step act; since then the lease may have gone. */
static bool has_lost_nodes(const struct sim_state *state, const struct process_sink *sink)
{
	struct cluster_view view;

	if (!state->lease_lost)
		return false;
	world_view(state, sink->node_count, PLAN_NO_NODE, &view);
	view.lease_lost = false;
	view.probe_failed = 0;
	return drive_judge_needs_lease(current(state), &view);
}

static void act(const struct sim_state *state, const struct process_sink *sink, bool may_act)
{
	const struct step *step = current(state);
	struct world_outcome outcomes[WORLD_OUTCOMES_MAX];
	bool undo = state->engine == ENGINE_UNDOING;

	if (may_act && !undo && has_lost_nodes(state, sink)) {
		struct turn turn = begin_turn(state, sink, SIM_STEP_RETRY);

		return deliver(&turn, EVENT_RETRY, NULL);
	}
	size_t count = undo ? world_undo(state, step, outcomes)
			    : world_step(state, sink->node_count, step, may_act, outcomes);
	size_t i;

	for (i = 0; i < count; i++) {
		struct turn turn = begin_turn(state, sink, outcomes[i].event);

		turn.state = outcomes[i].state;
		turn.misfortune = outcomes[i].misfortune;
		if (outcomes[i].effect)
			turn.broken = undo ? rule_of_undo(state, step) : rule_of_act(state, step);
		/* Success is said of what this look shows. */
		if (step->kind == STEP_FINAL && outcomes[i].answer == EVENT_DONE) {
			turn.state.look = world_look(state, sink->node_count, step);
			turn.state.look_age = 0;
		}
		deliver(&turn, outcomes[i].answer, NULL);
	}
}

static void gate(const struct sim_state *state, const struct process_sink *sink)
{
	static const struct {
		enum engine_event_kind answer;
		enum sim_event event;
	} answers[] = {
		{EVENT_GO, SIM_GATE_GO},
		{EVENT_WAIT, SIM_GATE_WAIT},
		{EVENT_HOLD, SIM_GATE_HOLD},
	};
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct turn turn = begin_turn(state, sink, answers[i].event);

		deliver(&turn, answers[i].answer, NULL);
	}
}

static void write_journal(const struct sim_state *state, const struct process_sink *sink)
{
	bool intend = state->engine == ENGINE_INTENDING;
	struct turn turn = begin_turn(state, sink, intend ? SIM_INTENDED : SIM_CONFIRMED);
	const struct step *step = current(state);

	journal(&turn.state, intend ? JOURNAL_INTENDED : JOURNAL_STEP_DONE);
	if (intend && step->kind == STEP_REBOOT)
		turn.state.told_to_reboot = (uint8_t)(step->node + 1);
	deliver(&turn, EVENT_JOURNALED, NULL);
	turn = begin_turn(state, sink, SIM_JOURNAL_BROKEN);
	turn.misfortune = true;
	deliver(&turn, EVENT_BROKEN, NULL);
}

static void let_time_pass(const struct sim_state *state, const struct process_sink *sink)
{
	static const enum sim_event events[] = {SIM_PAUSED, SIM_PAUSED_GRACE, SIM_PAUSED_DEADLINE};
	unsigned int time;

	for (time = state->time; time <= TIME_DEADLINE_OVER; time++) {
		struct turn turn = begin_turn(state, sink, events[time]);
		const struct engine_event event = {
			.kind = drive_judge_event(EVENT_ELAPSED, state->interrupted)};

		/* Waiting for a gate has no deadline. */
		if (state->after_pause == ENGINE_GATING && time != state->time)
			break;
		turn.state.time = (uint8_t)time;
		/* What was seen before a pause is no reason to act after it. */
		turn.state.look_age = 2;
		turn.broken |= handle(&turn.state, &event);
		finish_turn(&turn, CLASS_PAUSE);
	}
}

/* Starts who may be started, as run/rescue does in one of its two passes; false: nobody. */
static bool start_nodes(struct turn *turn, bool patient)
{
	const size_t count = turn->sink->node_count;
	struct sim_state *state = &turn->state;
	bool started = false;

	for (size_t i = 0; i < count; i++) {
		struct sim_node *node = &state->nodes[i];
		struct cluster_view view;

		/* Looked at anew for each. */
		world_view(state, count, PLAN_NO_NODE, &view);
		if (!rescue_judge_may_start(i, &view, node->services == SERVICES_ON) ||
			(node->job && !patient))
			continue;
		if (node->job)
			node->packages = node->job == JOB_OF_UPGRADE ? PACKAGES_NEW : PACKAGES_OLD;
		node->job = JOB_NOT;
		turn->broken |= rule_of_rescue(state, count, i);
		node->services = SERVICES_ON;
		started = true;
	}
	return started;
}

/* Starts whom the look just before it allows, though the first one showed another world. */
static void start_after_all(struct turn *turn, enum sim_class class)
{
	turn->broken = 0;
	if (start_nodes(turn, false))
		finish_turn(turn, class);
}

/* Between the first look and the one before a start the lease may go, or somebody begin to serve.
 */
static void rescue_too_late(
	const struct turn *wanted, const struct sim_state *ended, enum sim_class class)
{
	struct turn turn = *wanted;

	turn.state = *ended;
	turn.state.lease_lost = true;
	start_after_all(&turn, class);
	for (size_t i = 0; i < turn.sink->node_count; i++) {
		const struct sim_node *node = &ended->nodes[i];

		if (node->power != POWER_ON || node->cut_off || node->services != SERVICES_ON)
			continue;
		turn.state = *ended;
		for (size_t k = 0; k < turn.sink->node_count; k++)
			turn.state.nodes[k].holds = k == i;
		turn.state.nodes[i].role = ROLE_PRIMARY;
		start_after_all(&turn, class);
	}
}

void process_rescue(const struct sim_state *before, const struct process_sink *sink,
	const struct sim_state *ended, enum sim_class class)
{
	struct turn turn = begin_turn(before, sink, SIM_RESCUED);
	struct cluster_view view;
	bool started = false;

	turn.state = *ended;
	world_view(ended, sink->node_count, PLAN_NO_NODE, &view);
	if (rescue_judge_is_wanted(&view))
		started = start_nodes(&turn, false);
	turn.broken |= rule_of_rescued(ended, &turn.state, sink->node_count);
	if (started || turn.broken)
		finish_turn(&turn, class);
	if (!rescue_judge_is_wanted(&view))
		return;
	rescue_too_late(&turn, ended, class);
	/* Whoever was started does not serve, or nobody was: then an installation is waited for. */
	turn.event = SIM_RESCUED_LATE;
	turn.broken = 0;
	if (start_nodes(&turn, true))
		finish_turn(&turn, class);
}

static uint8_t run_of(enum journal_state state)
{
	switch (state) {
	case JOURNAL_DONE:
		return RUN_DONE;
	case JOURNAL_ABORTED:
		return RUN_ABORTED;
	case JOURNAL_STOPPED:
	case JOURNAL_RUNNING:
	case JOURNAL_FAILED:
	case JOURNAL_ROLLED_BACK:
	case JOURNAL_STATE_COUNT:
		break;
	}
	return RUN_STOPPED;
}

/* As drive's stop and finish: two writes, or one, and the process is gone. */
static void end(const struct sim_state *state, const struct process_sink *sink)
{
	struct turn turn = begin_turn(state, sink, SIM_ENDED);
	struct cluster_view view;

	if (state->engine == ENGINE_STOPPED && !state->written) {
		turn.event = SIM_WROTE_STOP;
		turn.state.written = true;
		journal(&turn.state, drive_judge_stop_event(state->step_intended));
		finish_turn(&turn, CLASS_PROCESS);
		return;
	}
	world_view(state, sink->node_count, PLAN_NO_NODE, &view);
	turn.state.alive = false;
	turn.state.run = run_of(state->engine == ENGINE_STOPPED
					? drive_judge_stop_state((enum engine_cause)state->cause)
					: drive_judge_done_state(&view, NULL));
	finish_turn(&turn, CLASS_PROCESS);
	if (turn.state.run != RUN_DONE)
		process_rescue(state, sink, &turn.state, CLASS_PROCESS);
}

void process_steps(const struct sim_state *state, const struct process_sink *sink)
{
	if (!state->alive)
		return;
	switch ((enum engine_state)state->engine) {
	case ENGINE_CHECKING:
		act(state, sink, false);
		break;
	case ENGINE_GATING:
		gate(state, sink);
		break;
	case ENGINE_OBSERVING:
	case ENGINE_WEIGHING:
		observe(state, sink);
		break;
	case ENGINE_INTENDING:
	case ENGINE_CONFIRMING:
		write_journal(state, sink);
		break;
	case ENGINE_ACTING:
	case ENGINE_UNDOING:
		act(state, sink, true);
		break;
	case ENGINE_PAUSING:
		let_time_pass(state, sink);
		break;
	case ENGINE_STOPPED:
	case ENGINE_DONE:
		end(state, sink);
		break;
	case ENGINE_READY:
	case ENGINE_STATE_COUNT:
		break;
	}
}

sim_rules process_begin(struct sim_state *state)
{
	const struct engine_event start = {.kind = EVENT_START};

	state->alive = true;
	state->run = RUN_RUNNING;
	state->engine = ENGINE_READY;
	return handle(state, &start);
}
