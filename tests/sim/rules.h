/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be true in every state, or of every act: each rule has a name and a sentence. */
#ifndef TESTS_SIM_RULES_H
#define TESTS_SIM_RULES_H

#include "tests/sim/world.h"

/*
 * An act can always come too late: between the look and the command the world may change, and
 * nobody can exclude that. So acts are judged by the newest look, which may not be older than one
 * write to the journal.
 */
enum sim_rule {
	RULE_NONE,
	/* of acts */
	RULE_LAST_ONE,
	RULE_REST,
	RULE_HOLDER,
	RULE_RUNNING_SERVICES,
	RULE_INSTALLATION,
	RULE_SUCCESSOR,
	RULE_LEASE,
	RULE_BUDGET,
	RULE_INTENT,
	RULE_OLD_LOOK,
	RULE_UNDO,
	RULE_RESCUE,
	RULE_START_SERVICES_AGAIN,
	RULE_BARE,
	RULE_BARE_PACKAGES,
	/* of states */
	RULE_SERVED,
	RULE_PROMPT,
	RULE_DONE,
	RULE_ABORT_HEEDED,
	RULE_INTERRUPT_HEEDED,
	RULE_ABORT_WHOLE,
	RULE_REDUNDANCY,
	RULE_INTERNAL,
	/* of the whole */
	RULE_ENDS,
	RULE_NO_SPINNING,
	RULE_WAY_ON,
	RULE_WAY_OUT,
	RULE_COUNT
};

/* The rule of that name, or RULE_NONE. */
enum sim_rule rule_find(const char *name);
const char *rule_name(enum sim_rule rule);
const char *rule_sentence(enum sim_rule rule);

/* Several rules: a bit each. 0: none is broken. */
typedef uint32_t sim_rules;
static inline sim_rules rule_bit(enum sim_rule rule)
{
	return (sim_rules)1 << rule;
}

/* Of an act that has an effect: before it, by what was seen. */
sim_rules rule_of_act(const struct sim_state *state, const struct step *step);
/* Of starting a node's services again. */
sim_rules rule_of_undo(const struct sim_state *state, const struct step *step);
/* Of starting a node's services after the run's end, because nobody serves. */
sim_rules rule_of_rescue(const struct sim_state *state, size_t node_count, size_t node);
/* Of all that was started then, but for who had an installation to wait for. */
sim_rules rule_of_rescued(
	const struct sim_state *before, const struct sim_state *after, size_t node_count);
/* Of what an abort starts of a run that nobody works on. */
sim_rules rule_of_abort(
	const struct sim_state *before, const struct sim_state *after, size_t node_count);
/* Of the process's way from one state to the next. */
sim_rules rule_of_move(
	const struct sim_state *before, const struct sim_state *after, size_t node_count);
/* Of any state. */
sim_rules rule_of_state(const struct sim_state *state, size_t node_count);

#endif
