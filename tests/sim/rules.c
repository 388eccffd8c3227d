/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be true in every state, or of every act. */
#include "tests/sim/rules.h"

#include <string.h>

static const struct {
	const char *name, *sentence;
} rules[RULE_COUNT] = {
	[RULE_NONE] = {"none", "nothing is wrong"},
	[RULE_LAST_ONE] = {"last-one",
		"no node is stopped, installed on or rebooted unless another one was seen serving, or, in a rollback, none was serving or holding the floating IP, and this one not up"},
	[RULE_REST] = {"rest",
		"an upgrade stops no node unless all others were seen serving or able to take over"},
	[RULE_HOLDER] = {"holder",
		"no node that was seen holding the floating IP, or primary, is stopped, installed on or rebooted"},
	[RULE_RUNNING_SERVICES] = {"running-services",
		"nothing is installed on a node whose services were seen running"},
	[RULE_INSTALLATION] = {"installation",
		"no node is rebooted while an installation runs there"},
	[RULE_SUCCESSOR] = {"successor",
		"nobody is told to fail over unless a node was seen that can take over, and is upgraded if it is no rehearsal"},
	[RULE_LEASE] = {"lease",
		"nobody acts who has seen, or knows when he begins, that the lease is lost"},
	[RULE_BUDGET] = {"budget",
		"nobody acts who has seen that the clients have borne too much, and no run is done then"},
	[RULE_INTENT] = {"intent",
		"whatever is done to a node is in the journal before, and a stop of the run does not take that back"},
	[RULE_OLD_LOOK] = {"old-look",
		"between the look at the cluster and the act is at most one write to the journal"},
	[RULE_UNDO] = {"undo",
		"services are started again only with the packages of before the run, under the lease, and \"started again\" is said only when they run"},
	[RULE_RESCUE] = {"rescue",
		"after a run's end services are started only under the lease, never by a first installation, where not all of them run, and while no node is seen serving; then they are on all nodes that can be asked"},
	[RULE_START_SERVICES_AGAIN] = {"start-again",
		"an abort of a run that nobody works on starts services where the run had begun to stop them or to hand over, the packages are whole and no installation runs, and nowhere else, and never of a first installation; and as long as nothing goes wrong, it leaves no node of an upgrade without"},
	[RULE_BARE] = {"bare",
		"a first installation stops, installs on and configures no node unless every node could be asked and none took part in serving"},
	[RULE_BARE_PACKAGES] = {"bare-packages",
		"a first installation starts no node that lacks the packages or the files, nor one while an installation runs there, nor one with other files than those here while nobody takes part in serving"},
	[RULE_SERVED] = {"served",
		"as long as nothing goes wrong, some fit node is neither stopped, installed on nor rebooting"},
	[RULE_PROMPT] = {"prompt",
		"with a node out of service, and nobody seen to be served, no run waits for better times before it has begun a step"},
	[RULE_DONE] = {"done",
		"\"done\" is said only when every node was just seen upgraded, and has booted so, and exactly one was primary, the others backup"},
	[RULE_ABORT_HEEDED] = {"abort-heeded",
		"once an abort is asked for, no further node and no fail-over is begun, and \"aborted\" is the end of such a run and of no other"},
	[RULE_INTERRUPT_HEEDED] = {"interrupt-heeded",
		"once ^C is pressed, the process does nothing more but journal a fact that it is at, enter the step whose intent it had just journalled (its call to the node is cut short), and start again what it had stopped unless ^C is pressed again"},
	[RULE_ABORT_WHOLE] = {"abort-whole",
		"as long as nothing goes wrong, and nobody presses ^C, an abort of an upgrade leaves every node in service"},
	[RULE_REDUNDANCY] = {"redundancy",
		"no run ends, of itself, with a node stopped by it whose packages are as before"},
	[RULE_INTERNAL] = {"internal",
		"no event is unexpected to the engine, and it asks for what its state means, of the step whose turn it is, with pauses within their bounds"},
	[RULE_ENDS] = {"ends",
		"every run that works can end without anything else happening, and once the deadline is over nothing but a gate keeps it from that"},
	[RULE_NO_SPINNING] = {"no-spinning", "nothing is done for ever without letting time pass"},
	[RULE_WAY_ON] = {"way-on",
		"a run that ended or died can be brought to \"done\" by resume alone after one misfortune, else by resume or rollback, once nothing is broken any more"},
	[RULE_WAY_OUT] = {"way-out",
		"from every state, resume, rollback or a new upgrade lead to a cluster that is whole, once nothing is broken any more"},
};

const char *rule_name(enum sim_rule rule)
{
	return rules[rule].name;
}

const char *rule_sentence(enum sim_rule rule)
{
	return rules[rule].sentence;
}

static bool saw(const struct sim_state *state, enum sim_look what)
{
	return state->look & what;
}

enum sim_rule rule_find(const char *name)
{
	unsigned int rule;

	for (rule = RULE_NONE + 1; rule < RULE_COUNT; rule++) {
		if (strcmp(rules[rule].name, name) == 0)
			return (enum sim_rule)rule;
	}
	return RULE_NONE;
}

/* The rule's bit unless the condition holds. */
static sim_rules unless(bool holds, enum sim_rule rule)
{
	return holds ? 0 : rule_bit(rule);
}

sim_rules rule_of_act(const struct sim_state *state, const struct step *step)
{
	bool installs = step->kind == STEP_INSTALL, reboots = step->kind == STEP_REBOOT;
	bool disrupts = step->kind == STEP_STOP || installs || reboots;
	bool hands_over = step->kind == STEP_FAILOVER || step->kind == STEP_REHEARSE;
	bool bare = state->kind == PLAN_BOOTSTRAP;
	sim_rules broken = unless(state->intended && state->at == state->step, RULE_INTENT);

	/* Who has no look that counts has seen nothing. */
	if (state->look_age > 1)
		return broken | rule_bit(RULE_OLD_LOOK);
	broken |= unless(saw(state, LOOK_LEASE) && !state->lease_lost, RULE_LEASE);
	/* Of a first installation the clients have borne nothing: there are none. */
	broken |= unless(bare || saw(state, LOOK_BUDGET), RULE_BUDGET);
	broken |= unless(!disrupts || saw(state, LOOK_NODE_FREE), RULE_HOLDER);
	broken |= unless(!disrupts || bare || saw(state, LOOK_OTHER_FIT), RULE_LAST_ONE);
	broken |= unless(
		!bare || step->kind == STEP_START || saw(state, LOOK_NOBODY_SERVES), RULE_BARE);
	broken |= unless(
		step->kind != STEP_START || world_can_start(state, &state->nodes[step->node]),
		RULE_BARE_PACKAGES);
	broken |= unless(
		step->kind != STEP_START || !state->outdated || !saw(state, LOOK_NOBODY_SERVES),
		RULE_BARE_PACKAGES);
	broken |= unless(
		step->kind != STEP_STOP || state->kind != PLAN_UPGRADE || saw(state, LOOK_REST_FIT),
		RULE_REST);
	broken |= unless(!installs || saw(state, LOOK_SERVICES_OFF), RULE_RUNNING_SERVICES);
	broken |= unless(!reboots || !state->nodes[step->node].job, RULE_INSTALLATION);
	broken |= unless(!hands_over || saw(state, LOOK_SUCCESSOR), RULE_SUCCESSOR);
	return broken;
}

sim_rules rule_of_undo(const struct sim_state *state, const struct step *step)
{
	uint8_t before = state->kind == PLAN_ROLLBACK ? PACKAGES_NEW : PACKAGES_OLD;
	sim_rules broken = unless(state->look_age <= 1, RULE_OLD_LOOK);

	broken |= unless(state->look_age > 1 || saw(state, LOOK_LEASE), RULE_LEASE);
	/* The packages are asked for once more by the very undo. */
	broken |= unless(state->nodes[step->node].packages == before, RULE_UNDO);
	broken |= unless(state->kind != PLAN_BOOTSTRAP, RULE_UNDO);
	return broken;
}

static bool can_be_asked(const struct sim_node *node)
{
	return node->power == POWER_ON && !node->cut_off;
}

static bool is_seen_served(const struct sim_state *state, size_t node_count)
{
	for (size_t i = 0; i < node_count; i++) {
		const struct sim_node *node = &state->nodes[i];

		if (can_be_asked(node) && node->holds && node->services == SERVICES_ON &&
			node->role == ROLE_PRIMARY)
			return true;
	}
	return false;
}

sim_rules rule_of_rescue(const struct sim_state *state, size_t node_count, size_t node)
{
	const struct sim_node *started = &state->nodes[node];

	return unless(!state->lease_lost && state->kind != PLAN_BOOTSTRAP &&
			      can_be_asked(started) && started->services != SERVICES_ON &&
			      !started->job && !is_seen_served(state, node_count),
		RULE_RESCUE);
}

sim_rules rule_of_rescued(
	const struct sim_state *before, const struct sim_state *after, size_t node_count)
{
	sim_rules broken = 0;

	if (before->lease_lost || before->kind == PLAN_BOOTSTRAP ||
		is_seen_served(before, node_count))
		return 0;
	for (size_t i = 0; i < node_count; i++)
		broken |= unless(!can_be_asked(&before->nodes[i]) || before->nodes[i].job ||
					 after->nodes[i].services == SERVICES_ON,
			RULE_RESCUE);
	return broken;
}

sim_rules rule_of_abort(
	const struct sim_state *before, const struct sim_state *after, size_t node_count)
{
	const bool whole = before->kind == PLAN_UPGRADE && !before->faulty;
	sim_rules broken = 0;

	for (size_t i = 0; i < node_count; i++) {
		const struct sim_node *node = &before->nodes[i];
		const bool due = before->kind != PLAN_BOOTSTRAP &&
				 (node->told_to_stop || node->told_to_hand_over) &&
				 can_be_asked(node) && !node->job &&
				 node->packages != PACKAGES_HALF;

		broken |= unless(after->nodes[i].services == (due ? SERVICES_ON : node->services),
			RULE_START_SERVICES_AGAIN);
		broken |= unless(!whole || node->power != POWER_ON || node->job ||
					 after->nodes[i].services == SERVICES_ON,
			RULE_START_SERVICES_AGAIN);
	}
	return broken;
}

/* Did the run stop this node, and could its services be started as they were? */
static bool lacks_its_services(const struct sim_state *state, const struct step *step)
{
	const struct sim_node *node = &state->nodes[step->node];
	uint8_t before = state->kind == PLAN_ROLLBACK ? PACKAGES_NEW : PACKAGES_OLD;

	return state->kind != PLAN_BOOTSTRAP && node->power == POWER_ON && !node->cut_off &&
	       !node->job && node->services != SERVICES_ON && node->packages == before &&
	       !state->lease_lost;
}

/* An abort of an upgrade; a rollback may find a node in the middle before it comes to it. */
static bool must_be_whole(const struct sim_state *before, const struct sim_state *after)
{
	return after->cause == CAUSE_ABORT && after->kind == PLAN_UPGRADE && !after->faulty &&
	       !before->interrupted;
}

static sim_rules rule_of_stop(
	const struct sim_state *before, const struct sim_state *after, size_t node_count)
{
	const struct plan *plan = sim_plan(after->plan);
	const struct step *step = &plan->steps[after->step];
	bool undoable =
		after->step < plan->count &&
		(step->kind == STEP_INSTALL || (step->kind == STEP_STOP && after->step_intended));
	sim_rules broken = 0;
	size_t i;

	broken |= unless(
		!after->undone || after->nodes[step->node].services == SERVICES_ON, RULE_UNDO);
	broken |= unless(!undoable || before->cause != CAUSE_NONE, RULE_REDUNDANCY);
	broken |= unless(!undoable || before->engine != ENGINE_WEIGHING || before->interrupted ||
				 !lacks_its_services(before, step),
		RULE_REDUNDANCY);
	for (i = 0; i < node_count && must_be_whole(before, after); i++) {
		/* New packages that an earlier run left there are not started unbooted. */
		broken |= unless(after->nodes[i].services == SERVICES_ON ||
					 (after->nodes[i].packages != PACKAGES_OLD && undoable),
			RULE_ABORT_WHOLE);
	}
	return broken;
}

/* Does it put off a step of a node that it has out of service, though nobody is served? */
static bool dawdles(const struct sim_state *before, const struct sim_state *after)
{
	const struct plan *plan = sim_plan(after->plan);
	enum step_kind kind = plan->steps[after->step].kind;

	return after->kind != PLAN_BOOTSTRAP && before->engine == ENGINE_OBSERVING &&
	       after->engine == ENGINE_PAUSING && !after->step_intended &&
	       (kind == STEP_INSTALL || kind == STEP_REBOOT) && !saw(after, LOOK_SERVED);
}

/* The steps at which an abort must have been heeded. */
static bool begins_anew(enum step_kind kind)
{
	return kind == STEP_STOP || kind == STEP_FAILOVER || kind == STEP_PROPAGATE ||
	       kind == STEP_START;
}

static sim_rules rule_of_signal(const struct sim_state *before, const struct sim_state *after)
{
	const bool journals =
		before->engine == ENGINE_INTENDING || before->engine == ENGINE_CONFIRMING;
	const bool weighs = after->engine == ENGINE_WEIGHING;

	return unless(!before->interrupted || journals || weighs || after->engine == ENGINE_STOPPED,
		       RULE_INTERRUPT_HEEDED) |
	       unless(!weighs || before->cause || !after->interrupted, RULE_INTERRUPT_HEEDED);
}

/* What the run's end is to the journal. */
static sim_rules rule_of_end(const struct sim_state *before, const struct sim_state *after)
{
	sim_rules broken = unless(
		(after->run == RUN_ABORTED) == (before->cause == CAUSE_ABORT), RULE_ABORT_HEEDED);

	if (after->run != RUN_DONE)
		return broken;
	broken |= unless(!before->budget_gone, RULE_BUDGET);
	return broken | unless(saw(before, LOOK_ALL_WELL) && before->look_age <= 1, RULE_DONE);
}

static sim_rules rule_of_turn(
	const struct sim_state *before, const struct sim_state *after, size_t node_count)
{
	const struct plan *plan = sim_plan(after->plan);

	if (after->engine == ENGINE_STOPPED && before->engine != ENGINE_STOPPED)
		return rule_of_stop(before, after, node_count);
	if (after->engine == ENGINE_INTENDING && before->engine != ENGINE_INTENDING)
		return unless(!before->abort_wanted || !begins_anew(plan->steps[after->step].kind),
			RULE_ABORT_HEEDED);
	if (after->engine == ENGINE_PAUSING)
		return unless(!dawdles(before, after), RULE_PROMPT);
	return 0;
}

sim_rules rule_of_move(
	const struct sim_state *before, const struct sim_state *after, size_t node_count)
{
	if (!after->alive)
		return before->alive ? rule_of_end(before, after) : 0;
	if (after->written)
		return unless(after->intended == after->step_intended, RULE_INTENT);
	return rule_of_signal(before, after) | rule_of_turn(before, after, node_count);
}

sim_rules rule_of_state(const struct sim_state *state, size_t node_count)
{
	size_t i;

	for (i = 0; i < node_count && !state->faulty; i++) {
		const struct sim_node *node = &state->nodes[i];

		if (node->power == POWER_ON && node->services == SERVICES_ON && !node->job)
			return 0;
	}
	return unless(state->faulty || state->kind == PLAN_BOOTSTRAP, RULE_SERVED);
}
