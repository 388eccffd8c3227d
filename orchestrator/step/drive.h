/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out what the engine decides: looks, journals, acts, waits; one run from start to end. */
#ifndef ORCHESTRATOR_STEP_DRIVE_H
#define ORCHESTRATOR_STEP_DRIVE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "orchestrator/journal/journal.h"
#include "orchestrator/step/run.h"

/* Told what happens; for the terminal. All callbacks are set. */
struct drive_listener {
	void (*step_began)(void *data, const struct step *step);
	/* What the step is waiting for; called at every look, also with the same words. */
	void (*step_waits)(void *data, const struct step *step, const char *words);
	void (*step_done)(
		void *data, const struct step *step, uint64_t elapsed_ms, const char *evidence);
	void (*step_stopped)(
		void *data, const struct step *step, uint64_t elapsed_ms, const char *reason);
	void *data;
};

/* All borrowed. */
struct drive {
	struct run *run;
	struct journal *journal;
	int64_t run_id;
	const volatile sig_atomic_t *interrupted;
	const struct drive_listener *listener;
	size_t first_step;
	bool intended; /* the first step's intent is in the journal already */
};

/*
 * Runs the plan from first_step to its end. 0: done, and so says the journal. -ECANCELED: stopped
 * safely, the reason in err and in the journal, the step in *stopped_at.
 */
int drive_plan(const struct drive *drive, size_t *stopped_at, struct error *err);

#endif
