/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The people who start, kill and stop haupgrade's process, and take up what it left. */
#include "tests/sim/people.h"

#include "orchestrator/run/continuation_judge.h"
#include "orchestrator/run/start_services_again_judge.h"

/* Nobody replaces files under who takes part in serving: those that the nodes have are right then.
 */
static void accept_files(struct sim_state *state, const struct cluster_view *view)
{
	for (size_t i = 0; i < view->node_count && state->outdated; i++) {
		if (!view_takes_part(&view->nodes[i]))
			continue;
		state->configured = true;
		state->outdated = false;
	}
}

/* As run/continuation: the nodes say where the run is. */
static void resume(const struct sim_state *state, const struct process_sink *sink)
{
	const struct rewind_point point = {state->at, state->intended, state->at + 1U};
	struct continuation_seen seen = {.files_asked = true};
	struct sim_state next = *state;
	struct rewind rewind;
	sim_rules broken;

	world_view(state, sink->node_count, PLAN_NO_NODE, &seen.view);
	for (size_t i = 0; i < sink->node_count; i++) {
		seen.boots[i] = seen.view.nodes[i].reachable ? "now" : NULL;
		seen.boots_before[i] = state->told_to_reboot == i + 1 ? "now" : "";
		seen.files_asked &= seen.view.nodes[i].reachable;
	}
	seen.files_wanted = seen.files_asked && !state->configured;
	if (continuation_judge_find(sim_plan(state->plan), &point, &seen, &rewind, NULL) < 0)
		return;
	accept_files(&next, &seen.view);
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

/* A new run has a journal of its own. */
static void forget_events(struct sim_state *state)
{
	state->told_to_reboot = 0;
	for (size_t i = 0; i < SIM_NODES_MAX; i++)
		state->nodes[i].told_to_stop = state->nodes[i].told_to_hand_over = false;
}

/* A new run, as run/planning plans it: only of a cluster that can all be asked. */
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
	forget_events(&next);
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
	forget_events(&next);
	accept_files(&next, &view);
	next.at = next.step = 0;
	next.intended = next.step_intended = false;
	next.plan = sim_plan_number(plan.steps, plan.count, sink->node_count);
	broken = process_begin(&next);
	sink->emit(sink->data, &next, CLASS_UPGRADE, SIM_BOOTSTRAP, PLAN_NO_NODE, false);
	if (broken)
		sink->broken(sink->data, broken);
}

/* Has the run stopped the node's services? By all events of its steps that the journal can have. */
static bool was_stopped(const struct sim_state *state, size_t node)
{
	const struct sim_node *told = &state->nodes[node];
	const struct {
		enum step_kind step;
		enum journal_kind event;
	} events[] = {
		{STEP_INSTALL, JOURNAL_STEP_DONE},
		{STEP_STOP, told->told_to_stop ? JOURNAL_INTENDED : JOURNAL_REFUSED},
		{STEP_FAILOVER, told->told_to_hand_over ? JOURNAL_INTENDED : JOURNAL_REFUSED},
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		if (start_services_again_judge_was_stopped(
			    (enum plan_kind)state->kind, events[i].step, events[i].event))
			return true;
	}
	return false;
}

/* As run/start_services_again; it waits for no installation here, which may end before. */
static void start_services_again(struct sim_state *state, struct sim_node *node)
{
	static char name[] = "a", whole[] = "", half[] = "half-installed";
	const uint8_t before = state->kind == PLAN_ROLLBACK ? PACKAGES_NEW : PACKAGES_OLD;
	struct facts_package package = {
		name, name, name, node->packages == PACKAGES_HALF ? half : whole};
	const struct facts facts = {.packages = &package, .package_count = 1};

	if (node->power != POWER_ON || node->cut_off || node->services == SERVICES_ON || node->job)
		return;
	switch (start_services_again_judge_move(&facts, node->packages == before, name, NULL)) {
	case START_SERVICES_AGAIN_NOT:
		return;
	case START_SERVICES_AGAIN_UNMARK:
		/* The mark of this run goes; what an earlier one left there has its own. */
		node->unbooted = node->packages == before && node->running != node->packages;
		break;
	case START_SERVICES_AGAIN_START:
		break;
	}
	node->services = SERVICES_ON;
}

/* As run/abort_run, of a run that nobody works on: what it stopped is started, if it is whole. */
static void abort_dead(const struct sim_state *state, const struct process_sink *sink)
{
	struct sim_state next = *state;
	sim_rules broken;

	for (size_t i = 0; i < sink->node_count; i++) {
		if (was_stopped(state, i))
			start_services_again(&next, &next.nodes[i]);
	}
	next.run = RUN_ABORTED;
	broken = rule_of_abort(state, &next, sink->node_count);
	sink->emit(sink->data, &next, CLASS_FAULT, SIM_ABORT_DEAD, PLAN_NO_NODE, false);
	if (broken)
		sink->broken(sink->data, broken);
	process_rescue(state, sink, &next, CLASS_FAULT);
}

/* Between the sittings of a first installation: its files are no longer those that the nodes got.
 */
static void change_files(const struct sim_state *state, const struct process_sink *sink)
{
	struct sim_state next = *state;

	if (!state->configured || state->run == RUN_DONE)
		return;
	next.configured = false;
	next.outdated = true;
	sink->emit(sink->data, &next, CLASS_FAULT, SIM_FILES_CHANGED, PLAN_NO_NODE, false);
}

void people_act(const struct sim_state *state, const struct process_sink *sink)
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
		change_files(state, sink);
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
