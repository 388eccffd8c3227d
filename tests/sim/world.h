/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines as the cluster software and fate move them, and what the steps' commands do to
 * them. The evidence for each step is asked for as orchestrator/step does.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "tests/sim/state.h"

/* What can be allowed or not in a way through the states. */
enum sim_class {
	CLASS_PROCESS,	/* haupgrade does something, successfully or not */
	CLASS_PAUSE,	/* it lets time pass */
	CLASS_PROGRESS, /* the machines do what they always do: boot, agree on roles */
	CLASS_HEALING,	/* what was broken comes back */
	CLASS_RESUME,
	CLASS_ROLLBACK,
	CLASS_UPGRADE, /* a new one */
	CLASS_FAULT,   /* misfortune, also kill, ^C and abort */
	CLASS_MISHAP,  /* a misfortune of the process's own command */
	CLASS_COUNT
};

/* What happened, for traces; the words are in trace.c. */
enum sim_event {
	SIM_BEGIN,
	/* fate */
	SIM_POWER_CUT,
	SIM_POWER_BACK,
	SIM_POWER_BACK_BAD,
	SIM_LINK_CUT,
	SIM_LINK_BACK,
	SIM_SERVICES_DIE,
	SIM_SERVICES_START,
	SIM_ROLES_MOVE,
	SIM_PREVIOUS_PACKAGES,
	SIM_JOB_HALF,
	/* what machines do */
	SIM_BOOTED,
	SIM_BOOTED_BAD,
	SIM_AGREED,
	SIM_JOB_ENDED,
	/* people */
	SIM_KILLED,
	SIM_INTERRUPT,
	SIM_ABORT,
	SIM_LEASE_LOST,
	SIM_BUDGET_GONE,
	SIM_RESUME,
	SIM_ROLLBACK,
	SIM_UPGRADE,
	SIM_BOOTSTRAP,
	SIM_ABORT_DEAD,
	SIM_FILES_CHANGED,
	/* the process, by what it is asked to do and what comes of it */
	SIM_STEP_DONE,
	SIM_STEP_WAIT,
	SIM_STEP_RETRY,
	SIM_STEP_REFUSED,
	SIM_ACT_LOST,
	SIM_ACT_LIE,
	SIM_ACT_HALF,
	SIM_GATE_GO,
	SIM_GATE_WAIT,
	SIM_GATE_HOLD,
	SIM_LOOKED,
	SIM_INTENDED,
	SIM_CONFIRMED,
	SIM_JOURNAL_BROKEN,
	SIM_PAUSED,
	SIM_PAUSED_GRACE,
	SIM_PAUSED_DEADLINE,
	SIM_UNDONE,
	SIM_WROTE_STOP,
	SIM_ENDED,
	SIM_RESCUED,
	SIM_RESCUED_LATE,
	SIM_EVENT_COUNT
};

typedef void sim_emit(void *data, const struct sim_state *next, enum sim_class class,
	enum sim_event event, int node, bool misfortune);

/* All nodes run the old packages, node 0 is primary; the upgrade has just been journaled. */
void world_begin(struct sim_state *state, size_t node_count);
/* Nothing is on any node; the first installation has just been journaled. */
void world_begin_bare(struct sim_state *state, size_t node_count);
/* Would its services come up there? In a first installation they need packages and files, be it
 * others than those that are here. */
bool world_can_start(const struct sim_state *state, const struct sim_node *node);

/* What a look shows; the node skip (or PLAN_NO_NODE) is not asked. */
void world_view(
	const struct sim_state *state, size_t node_count, int skip, struct cluster_view *view);
/* Is a client answered now, whoever of us can reach the node? */
bool world_is_served(const struct sim_state *state, size_t node_count);
/* enum sim_look: the truth, told in other words than the guard's. */
uint16_t world_look(const struct sim_state *state, size_t node_count, const struct step *step);

/* The packages that a plan of that kind is for. */
uint8_t world_target(uint8_t kind);

/* One way an act can go. */
struct world_outcome {
	struct sim_state state;
	enum engine_event_kind answer;
	enum sim_event event;
	bool misfortune; /* somebody else's fault */
	bool effect;	 /* it did something to the cluster */
};
enum { WORLD_OUTCOMES_MAX = 8 };

/* The step's evidence is looked for, and acted once if may_act: all ways that can go. */
size_t world_step(const struct sim_state *state, size_t node_count, const struct step *step,
	bool may_act, struct world_outcome outcomes[WORLD_OUTCOMES_MAX]);
/* The step's node is started again. */
size_t world_undo(const struct sim_state *state, const struct step *step,
	struct world_outcome outcomes[WORLD_OUTCOMES_MAX]);

/* All that fate, machines and helpful people can do now. */
void world_changes(const struct sim_state *state, size_t node_count, sim_emit *emit, void *data);

#endif
