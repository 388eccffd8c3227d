/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade's process, and the people who start, kill and stop it. */
#include "tests/sim/process.h"

#include <string.h>

#include "orchestrator/engine/rewind.h"

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

/* As drive_plan: the answer to an action, unless the operator's signal comes in between. */
static void deliver(struct turn *turn, enum engine_event_kind kind, const struct cluster_view *view)
{
	struct engine_event event = {.kind = kind, .view = view};
	struct sim_state *state = &turn->state;

	if (state->interrupted && kind != EVENT_JOURNALED) {
		event.kind = EVENT_INTERRUPT;
		state->interrupted = false;
	}
	turn->broken |= handle(state, &event);
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

/* What the journal's newest event says, through the same function that reads it. */
static void journal(struct sim_state *state, enum rewind_mark mark)
{
	struct rewind_point point = {state->at, state->intended, 0};

	rewind_follow(&point, state->step, mark);
	state->at = (uint8_t)point.step;
	state->intended = point.intended;
	state->look_age = state->look_age < 2 ? state->look_age + 1 : 2;
}

static void observe(const struct sim_state *state, const struct process_sink *sink)
{
	struct turn turn = begin_turn(state, sink, SIM_LOOKED);
	const struct step *step = current(state);
	struct cluster_view view;

	world_view(state, sink->node_count, step->kind == STEP_RETURN ? step->node : PLAN_NO_NODE,
		&view);
	turn.state.look = world_look(state, sink->node_count, step);
	turn.state.look_age = 0;
	deliver(&turn, EVENT_VIEW, &view);
}

static void act(const struct sim_state *state, const struct process_sink *sink, bool may_act)
{
	const struct step *step = current(state);
	struct world_outcome outcomes[WORLD_OUTCOMES_MAX];
	bool undo = state->engine == ENGINE_UNDOING;
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

	journal(&turn.state, intend ? REWIND_INTENDED : REWIND_DONE);
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
		struct engine_event event = {.kind = EVENT_ELAPSED};

		/* Waiting for a gate has no deadline. */
		if (state->after_pause == ENGINE_GATING && time != state->time)
			break;
		turn.state.time = (uint8_t)time;
		/* What was seen before a pause is no reason to act after it. */
		turn.state.look_age = 2;
		if (state->interrupted) {
			event.kind = EVENT_INTERRUPT;
			turn.state.interrupted = false;
		}
		turn.broken |= handle(&turn.state, &event);
		finish_turn(&turn, CLASS_PAUSE);
	}
}

/* As step/rescue, once the run's end is journaled: unless it is killed before. */
static void rescue(
	const struct sim_state *before, const struct process_sink *sink, struct sim_state ended)
{
	struct turn turn = begin_turn(before, sink, SIM_RESCUED);
	struct cluster_view view;
	bool started = false;
	size_t i;

	turn.state = ended;
	world_view(before, sink->node_count, PLAN_NO_NODE, &view);
	for (i = 0; i < sink->node_count; i++) {
		if (engine_guard_rescue(i, &view, NULL) < 0 || before->nodes[i].job)
			continue;
		turn.broken |= rule_of_rescue(before, sink->node_count, i);
		turn.state.nodes[i].services = SERVICES_ON;
		started = true;
	}
	if (started)
		finish_turn(&turn, CLASS_PROCESS);
}

/* As drive's stop and finish: two writes, or one, and the process is gone. */
static void end(const struct sim_state *state, const struct process_sink *sink)
{
	struct turn turn = begin_turn(state, sink, SIM_ENDED);

	if (state->engine == ENGINE_STOPPED && !state->written) {
		turn.event = SIM_WROTE_STOP;
		turn.state.written = true;
		journal(&turn.state, state->step_intended ? REWIND_FAILED : REWIND_REFUSED);
		finish_turn(&turn, CLASS_PROCESS);
		return;
	}
	turn.state.alive = false;
	turn.state.run = RUN_STOPPED;
	if (state->engine == ENGINE_DONE && !state->budget_gone)
		turn.state.run = RUN_DONE;
	else if (state->cause == CAUSE_ABORT)
		turn.state.run = RUN_ABORTED;
	finish_turn(&turn, CLASS_PROCESS);
	if (state->engine == ENGINE_STOPPED)
		rescue(state, sink, turn.state);
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

/* As run/continuation: the nodes say where the run is. */
static void resume(const struct sim_state *state, const struct process_sink *sink)
{
	const struct rewind_point point = {state->at, state->intended, state->at + 1U};
	struct sim_state next = *state;
	struct rewind_facts facts = {0};
	struct rewind rewind;
	sim_rules broken;

	world_view(state, sink->node_count, PLAN_NO_NODE, &facts.view);
	facts.files_ready = state->configured;
	if (state->told_to_reboot)
		facts.same_boot[state->told_to_reboot - 1] =
			facts.view.nodes[state->told_to_reboot - 1].reachable;
	if (rewind_find((enum plan_kind)state->kind, sim_plan(state->plan), &point, &facts, &rewind,
		    NULL) < 0)
		return;
	next.step = (uint8_t)rewind.point.step;
	next.step_intended = rewind.point.intended;
	if (rewind.replanned) {
		next.plan = sim_plan_number(rewind.plan.steps + rewind.point.step,
			rewind.plan.count - rewind.point.step, sink->node_count);
		next.step = next.at = 0;
		next.intended = false;
	}
	broken = process_begin(&next);
	sink->emit(sink->data, &next, CLASS_RESUME, SIM_RESUME, PLAN_NO_NODE, false);
	if (broken)
		sink->broken(sink->data, broken);
}

/* A new run, as command/prepare plans it: only of a cluster that can all be asked. */
static void begin_anew(
	const struct sim_state *state, const struct process_sink *sink, enum plan_kind kind)
{
	struct plan_node nodes[SIM_NODES_MAX];
	struct sim_state next = *state;
	struct cluster_view view;
	sim_rules broken = 0;
	struct plan plan;
	size_t i;

	next.kind = kind;
	world_view(&next, sink->node_count, PLAN_NO_NODE, &view);
	for (i = 0; i < sink->node_count; i++) {
		const struct node_view *node = &view.nodes[i];

		if (!node->reachable)
			return;
		nodes[i].role = view_role(node);
		nodes[i].needs_upgrade = view_needs_work(node, kind == PLAN_ROLLBACK);
	}
	if (plan_make(kind, nodes, sink->node_count, &plan, NULL) < 0)
		return;
	next.told_to_reboot = 0;
	next.at = next.step = 0;
	next.intended = next.step_intended = false;
	/* Nothing to do: the run before it is the last word. */
	if (!plan.count) {
		next.run = RUN_DONE;
	} else {
		next.plan = sim_plan_number(plan.steps, plan.count, sink->node_count);
		broken = process_begin(&next);
	}
	sink->emit(sink->data, &next, kind == PLAN_ROLLBACK ? CLASS_ROLLBACK : CLASS_UPGRADE,
		kind == PLAN_ROLLBACK ? SIM_ROLLBACK : SIM_UPGRADE, PLAN_NO_NODE, false);
	if (broken)
		sink->broken(sink->data, broken);
}

/* Another bootstrap, after one that was aborted: it may have come to the starting. */
static void bootstrap_anew(const struct sim_state *state, const struct process_sink *sink)
{
	struct plan_node nodes[SIM_NODES_MAX] = {0};
	struct sim_state next = *state;
	struct cluster_view view;
	struct plan plan;
	sim_rules broken;

	world_view(&next, sink->node_count, PLAN_NO_NODE, &view);
	for (size_t i = 0; i < sink->node_count; i++) {
		if (!view.nodes[i].reachable)
			return;
		nodes[i].role = view_takes_part(&view.nodes[i]) ? ROLE_PRIMARY : ROLE_UNKNOWN;
		nodes[i].needs_upgrade = !view.nodes[i].upgraded;
	}
	if (plan_make(PLAN_BOOTSTRAP, nodes, sink->node_count, &plan, NULL) < 0)
		return;
	next.at = next.step = 0;
	next.intended = next.step_intended = false;
	next.plan = sim_plan_number(plan.steps, plan.count, sink->node_count);
	broken = process_begin(&next);
	sink->emit(sink->data, &next, CLASS_UPGRADE, SIM_BOOTSTRAP, PLAN_NO_NODE, false);
	if (broken)
		sink->broken(sink->data, broken);
}

/* Has the run come to the part of that node? The plan begins with the part under way. */
static bool was_stopped(const struct sim_state *state, int node)
{
	const struct plan *plan = sim_plan(state->plan);
	size_t i;

	for (i = state->at + (state->intended ? 1U : 0U); i < plan->count; i++) {
		if (plan->steps[i].kind == STEP_STOP && plan->steps[i].node == node)
			return false;
	}
	return true;
}

/* As command/abort, of a run that nobody works on: what it stopped is started, if it is whole. */
static void abort_dead(const struct sim_state *state, const struct process_sink *sink)
{
	struct sim_state next = *state;
	size_t i;

	/* A first installation has stopped nobody who served. */
	for (i = 0; i < sink->node_count && state->kind != PLAN_BOOTSTRAP; i++) {
		struct sim_node *node = &next.nodes[i];

		if (was_stopped(state, (int)i) && node->power == POWER_ON && !node->cut_off &&
			!node->job && node->services == SERVICES_OFF &&
			node->packages != PACKAGES_HALF)
			node->services = SERVICES_ON;
	}
	next.run = RUN_ABORTED;
	sink->emit(sink->data, &next, CLASS_FAULT, SIM_ABORT_DEAD, PLAN_NO_NODE, false);
}

void process_people(const struct sim_state *state, const struct process_sink *sink)
{
	struct sim_state next = *state;

	if (!state->alive) {
		if (state->run == RUN_RUNNING || state->run == RUN_STOPPED) {
			resume(state, sink);
			abort_dead(state, sink);
		}
		/* A rollback that was aborted may be begun anew; one that stopped is resumed. */
		if (state->kind == PLAN_UPGRADE ||
			(state->kind == PLAN_ROLLBACK && state->run == RUN_ABORTED))
			begin_anew(state, sink, PLAN_ROLLBACK);
		if (state->run == RUN_ABORTED && state->kind == PLAN_BOOTSTRAP)
			bootstrap_anew(state, sink);
		else if (state->run == RUN_ABORTED)
			begin_anew(state, sink, PLAN_UPGRADE);
		return;
	}
	next.alive = false;
	sink->emit(sink->data, &next, CLASS_FAULT, SIM_KILLED, PLAN_NO_NODE, false);
	next = *state;
	if (!state->interrupted && state->engine != ENGINE_STOPPED &&
		state->engine != ENGINE_DONE) {
		next.interrupted = true;
		sink->emit(sink->data, &next, CLASS_FAULT, SIM_INTERRUPT, PLAN_NO_NODE, false);
		next = *state;
	}
	if (!state->abort_wanted && !state->cause && state->engine != ENGINE_DONE) {
		next.abort_wanted = true;
		sink->emit(sink->data, &next, CLASS_FAULT, SIM_ABORT, PLAN_NO_NODE, false);
		next = *state;
	}
	if (!state->lease_lost) {
		next.lease_lost = true;
		sink->emit(sink->data, &next, CLASS_FAULT, SIM_LEASE_LOST, PLAN_NO_NODE, true);
		next = *state;
	}
	/* A first installation has no budget: nobody is served yet. */
	if (!state->budget_gone && state->kind != PLAN_BOOTSTRAP) {
		next.budget_gone = true;
		sink->emit(sink->data, &next, CLASS_FAULT, SIM_BUDGET_GONE, PLAN_NO_NODE, true);
	}
}
