/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out what the engine decides: looks, journals, acts, waits; one run from start to end. */
#ifndef ORCHESTRATOR_RUN_DRIVE_H
#define ORCHESTRATOR_RUN_DRIVE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "orchestrator/check/preflight.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/gate/gate.h"
#include "orchestrator/step/run_context.h"

/*
 * Told what happens; for the terminal. All callbacks but observed are set. Whoever listens keeps
 * one in a structure of his own, as with a teller.
 */
struct drive_listener {
	void (*step_began)(struct drive_listener *listener, const struct step *step);
	/* What the step is waiting for; called at every look, also with the same words. */
	void (*step_waits)(
		struct drive_listener *listener, const struct step *step, const char *words);
	void (*step_done)(struct drive_listener *listener, const struct step *step,
		uint64_t elapsed_ms, const char *evidence);
	void (*step_stopped)(struct drive_listener *listener, const struct step *step,
		uint64_t elapsed_ms, const char *reason);
	/* After every look at the whole cluster; may be NULL. */
	void (*observed)(struct drive_listener *listener, const struct cluster_view *view);
};

/* All borrowed. */
struct drive {
	struct run_context *run; /* with its journal and number */
	/* Set by a signal: the run stops now. Taken back before an undo, which the next one ends.
	 */
	volatile sig_atomic_t *interrupted;
	struct drive_listener *listener;
	struct gate *gate; /* NULL: everything may begin */
	/* Of the step "preflight". */
	const struct preflight_wishes *wishes;
	/* When bundle and preflight were found good by this process; 0: not yet. What was found
	 * good a moment ago need not be looked at again. */
	uint64_t checked_us;
	size_t first_step;
	bool intended; /* the first step's intent is in the journal already */
};

/* How a run ended. Plain data. */
struct drive_end {
	enum engine_cause cause; /* CAUSE_NONE: done */
	size_t step;		 /* at which it stopped; the plan's count when all were done */
	bool undone;		 /* the services of that step's node were started again */
	/* The step "preflight" looked for the way back once more, and whether it is there. */
	bool way_back_known, way_back;
};

/* Has `haupgrade abort` asked for the run's end at a safe point? */
bool drive_abort_wanted(const struct run_context *run);

/*
 * Runs the plan from first_step to its end. 0: done, and so says the journal. -ECANCELED: stopped
 * safely, the reason in err and, unless the cause is CAUSE_JOURNAL, in the journal; *end says the
 * rest. A run whose last step is done is stopped too, where the journal could not be told so.
 */
int drive_plan(const struct drive *drive, struct drive_end *end, struct error *err);

#endif
