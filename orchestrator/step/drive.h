/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out what the engine decides: looks, journals, acts, waits; one run from start to end. */
#ifndef ORCHESTRATOR_STEP_DRIVE_H
#define ORCHESTRATOR_STEP_DRIVE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "orchestrator/engine/engine.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/step/run.h"

/* Told what happens; for the terminal. All callbacks but observed are set. */
struct drive_listener {
	void (*step_began)(void *data, const struct step *step);
	/* What the step is waiting for; called at every look, also with the same words. */
	void (*step_waits)(void *data, const struct step *step, const char *words);
	void (*step_done)(
		void *data, const struct step *step, uint64_t elapsed_ms, const char *evidence);
	void (*step_stopped)(
		void *data, const struct step *step, uint64_t elapsed_ms, const char *reason);
	/* After every look at the whole cluster; may be NULL. */
	void (*observed)(void *data, const struct cluster_view *view);
	void *data;
};

enum gate_answer {
	GATE_GO,
	GATE_WAIT, /* not yet, err says why: asked again after the engine's pause */
	GATE_HOLD, /* the run stops with CAUSE_GATE and err's words */
};

/* Asked before each step that has not begun. ask may be NULL: everything may begin. */
struct drive_gate {
	enum gate_answer (*ask)(void *data, const struct step *step, struct error *err);
	void *data;
};

/* All borrowed. */
struct drive {
	struct run *run;
	struct journal *journal;
	int64_t run_id;
	/* Set by a signal: the run stops now. Taken back before an undo, which the next one ends.
	 */
	volatile sig_atomic_t *interrupted;
	const struct drive_listener *listener;
	struct drive_gate gate;
	/* Has somebody asked for the run's end at a safe point? May be NULL. */
	bool (*abort_wanted)(void *data);
	void *abort_data;
	size_t first_step;
	bool intended; /* the first step's intent is in the journal already */
};

/* How a run ended. Plain data. */
struct drive_end {
	enum engine_cause cause; /* CAUSE_NONE: done */
	size_t step;		 /* at which it stopped; the plan's count when all were done */
	bool undone;		 /* the services of that step's node were started again */
};

/*
 * Runs the plan from first_step to its end. 0: done, and so says the journal. -ECANCELED: stopped
 * safely, the reason in err and, unless the cause is CAUSE_JOURNAL, in the journal; *end says the
 * rest. A run whose last step is done is stopped too, where the journal could not be told so.
 */
int drive_plan(const struct drive *drive, struct drive_end *end, struct error *err);

#endif
