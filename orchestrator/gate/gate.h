/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may hold a step that the engine would allow: maintenance window, pause points, the
 * operator's approval, hooks; and who is told that a run begins and ends.
 */
#ifndef ORCHESTRATOR_GATE_GATE_H
#define ORCHESTRATOR_GATE_GATE_H

#include "lib/base/cleanup.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/gate/expected_duration.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/node/target.h"
#include "orchestrator/probe/probe.h"

/* How often --window and --pause-after may be given. */
enum { GATE_GIVEN_MAX = 16 };

/* From the command line. Plain data, words borrowed. */
struct gate_options {
	const char *windows[GATE_GIVEN_MAX]; /* in place of the cluster file's; "always": none */
	size_t window_count;
	const char *pauses[GATE_GIVEN_MAX]; /* besides the cluster file's */
	size_t pause_count;
	bool pauses_recalled; /* they were right when the run began; its plan may be another now */
	bool approve; /* asks; where nobody can be asked, it is the answer for the first step */
	bool approval_wanted; /* the run began with approve: asks, and is no answer */
};

/* Adds one; -E2BIG with a message when there are too many, -EINVAL when a window is none. */
int gate_options_window(struct gate_options *options, const char *words, struct error *err);
int gate_options_pause(struct gate_options *options, const char *words, struct error *err);

/* Something a gate did or wants. Plain data, borrowed. */
struct gate_news {
	const char *what; /* "window", "pause", "approval", "hook", "notification" */
	const char *name; /* of a hook ("pre-run") or notification ("mail"), else "" */
	const char *node; /* its name, or "" */
	bool good;	  /* it let go on, or was done */
	const char *text;
};

/* All borrowed; callbacks may be NULL. */
struct gate_setup {
	const struct target *target;
	const struct plan *plan;
	struct probe *probe;	      /* or NULL */
	const uint64_t *deadlines_ms; /* of each kind of step; copied */
	struct journal *journal;
	const struct gate_options *options;
	const volatile sig_atomic_t *interrupted;
	void (*told)(void *data, const struct gate_news *news);
	/* Asks somebody at a terminal: 1 yes, 0 no, -EINTR interrupted, -ECANCELED given_up said
	 * so (asked for a few times in a second). NULL: nobody is there. */
	int (*ask)(void *data, const char *question, bool (*given_up)(void *gate), void *gate);
	void *data;
};

struct gate;

/*
 * Checks all that is given against the plan, and learns from earlier runs. -EINVAL with a message.
 */
int gate_new(const struct gate_setup *setup, struct gate **gate, struct error *err);
/* NULL is legal. */
void gate_free(struct gate *gate);
CLEANUP_DEFINE(gate);

/* May a run begin, or go on, at that step now? -EAGAIN, the message saying when. */
int gate_may_begin(struct gate *gate, size_t first_step, struct error *err);

/* What the gate is to know of the run once the journal has it. */
struct gate_run {
	int64_t run_id;
	const char *kind; /* "upgrade", "rollback"; borrowed */
	size_t first_step;
	bool resumed;
};

/*
 * Tells whom the cluster file wants told, and runs the hook pre-run. Negative: it failed, and
 * the run is not to take a step; gate_end is still to be called.
 */
int gate_begin(struct gate *gate, const struct gate_run *run, struct error *err);

enum gate_answer {
	GATE_GO,
	GATE_WAIT, /* not yet, err says why: asked again after the engine's pause */
	GATE_HOLD, /* the run stops with CAUSE_GATE and err's words */
};

/* Asked before each step of the plan that has not begun; asks all nodes anew before somebody is
 * asked or told about one. */
enum gate_answer gate_ask(struct gate *gate, const struct step *step, struct error *err);

/* Runs the hook post-run and tells how the run ended. reason: "" when done. */
void gate_end(struct gate *gate, enum engine_cause cause, const char *reason);

/* What was learned from earlier runs; borrowed. */
const struct expected_duration *gate_expected_duration(const struct gate *gate);

#endif
