/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One state of the explored whole: machines, journal, and the process that carries out the run. All
 * that a later behaviour can depend on is here and nothing else: texts, clocks and counters of
 * tries are left out, time is "deadline over or not".
 */
#ifndef TESTS_SIM_STATE_H
#define TESTS_SIM_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/engine/engine.h"
#include "orchestrator/plan/plan.h"

enum { SIM_NODES_MAX = 3 };

enum sim_power { POWER_ON, POWER_BOOTING /* it will come back by itself */, POWER_CUT };
enum sim_packages { PACKAGES_OLD, PACKAGES_NEW, PACKAGES_HALF };
enum sim_services { SERVICES_OFF, SERVICES_ON, SERVICES_PART };
enum sim_job { JOB_NOT, JOB_OF_UPGRADE, JOB_OF_ROLLBACK };

struct sim_node {
	uint8_t power;
	bool cut_off;	  /* the admin machine cannot reach it */
	uint8_t packages; /* as the package database says */
	uint8_t running;  /* the packages it was booted with */
	bool unbooted;	  /* the node's own mark: packages were put on it since it booted */
	uint8_t services;
	uint8_t role; /* enum role: the newest role line of this boot, also after a stop */
	bool holds;   /* the floating IP */
	uint8_t job;  /* an installation is running there */

	/* In the run's journal: an event of its stop, or of its handing over, that is no refusal.
	 */
	bool told_to_stop, told_to_hand_over;
};

enum sim_run { RUN_RUNNING, RUN_STOPPED, RUN_ABORTED, RUN_DONE };

/* How late it is, counted from the step's or the undo's beginning. */
enum sim_time { TIME_EARLY, TIME_GRACE_OVER, TIME_DEADLINE_OVER };

/* What the newest look at the cluster showed of the step whose turn it was. */
enum sim_look {
	LOOK_OTHER_FIT = 1, /* another node served, or in a rollback nobody could be interrupted */
	LOOK_NODE_FREE = 2, /* the node was not primary and held no floating IP */
	LOOK_SERVICES_OFF = 4,	 /* its services were stopped */
	LOOK_SUCCESSOR = 8,	 /* a node could take over, or had; upgraded but for a rehearsal */
	LOOK_LEASE = 16,	 /* the lease was held */
	LOOK_BUDGET = 32,	 /* the clients had not borne too much */
	LOOK_ALL_WELL = 64,	 /* all nodes upgraded, booted with it, one primary, rest backup */
	LOOK_SERVED = 128,	 /* clients were answered */
	LOOK_REST_FIT = 256,	 /* all other nodes served or could take over */
	LOOK_NOBODY_SERVES = 512 /* every node could be asked, and none took part in serving */
};

struct sim_state {
	struct sim_node nodes[SIM_NODES_MAX];

	/* The journal. */
	uint16_t plan; /* sim_plan; begins with the part of the node whose turn it is */
	uint8_t kind;  /* enum plan_kind */
	uint8_t run;
	uint8_t at; /* the step of the newest event */
	bool intended;
	bool configured;	/* a first installation: all nodes have the files that are here */
	bool outdated;		/* they have others: those that were here before */
	uint8_t told_to_reboot; /* the node, plus one, that has not booted since it was told to */

	/* The process; all zero when there is none. */
	bool alive;
	uint8_t engine; /* enum engine_state */
	uint8_t step;
	bool step_intended;
	uint8_t after_pause;
	uint8_t cause;
	bool undone;
	bool undo_asked;
	bool abort_wanted;
	uint8_t time;
	bool sent;	  /* the step's command has been given by this process */
	bool waited;	  /* since the engine last let the step act: of RESTORE */
	bool interrupted; /* ^C, not yet noticed */
	bool written;	  /* of a stop: the step's event is in the journal */
	uint16_t look;	  /* enum sim_look */
	uint8_t look_age; /* journal writes since; 2: or more */
	bool lease_lost;
	bool budget_gone;

	bool faulty; /* something has gone wrong that nobody can blame the run for */
};

/* The state in the 16 bytes that tell it from others. */
struct sim_key {
	uint64_t machines, rest;
};

struct sim_key sim_pack(const struct sim_state *state);
void sim_unpack(const struct sim_key *key, struct sim_state *state);

/* Plans are few: each has a number. Borrowed until the end. */
uint16_t sim_plan_number(const struct step *steps, size_t count, size_t node_count);
const struct plan *sim_plan(uint16_t number);

/* Makes states equal that behave alike; after every change. */
void sim_settle(struct sim_state *state);

#endif
