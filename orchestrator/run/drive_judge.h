/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is decided beside the engine while a plan is carried out. Pure; exploration links it too. */
#ifndef ORCHESTRATOR_RUN_DRIVE_JUDGE_H
#define ORCHESTRATOR_RUN_DRIVE_JUDGE_H

#include "orchestrator/engine/engine.h"
#include "orchestrator/journal/journal.h"

/* The node that is left out of a look before that step, or PLAN_NO_NODE. */
int drive_judge_skip(const struct step *step);

/* Does the step wait for nothing any more, once the lease is lost? view: its newest look. */
bool drive_judge_needs_lease(const struct step *step, const struct cluster_view *view);

/* What the engine is told: the answer to its action, or that the operator wants to stop now. */
enum engine_event_kind drive_judge_event(enum engine_event_kind answer, bool interrupted);

/*
 * Is the operator's signal taken back now? Once, before the engine's first look at what it might
 * undo: the signal that stopped the run would end that look as well. The next one ends the undo.
 */
bool drive_judge_takes_back(enum engine_state state, bool taken_back);

/* What a stop is to the journal: of its step, and of the run. */
enum journal_kind drive_judge_stop_event(bool intended);
enum journal_state drive_judge_stop_state(enum engine_cause cause);

/*
 * What a run is to the journal whose every step is done: JOURNAL_STOPPED with the reason when the
 * clients have borne too much up to its very end.
 */
enum journal_state drive_judge_done_state(const struct cluster_view *view, struct error *err);

#endif
