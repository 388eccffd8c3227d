/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes into a run's journal, beside its steps, what the report shows and nobody else writes: what
 * the probe saw, how the nodes changed, their packages (journal/note.h).
 *
 * The probe's share is written by a thread of its own, once a second, and the run does not wait for
 * it. What changed on the nodes is written at once, in the run's thread, which waits for the disk
 * and, where the lease was renewed nowhere for long, for the nodes' word on it (run_context_view).
 * A note that could not be written is lost and says nothing: when the journal is broken, the run's
 * next step finds out and stops.
 */
#ifndef ORCHESTRATOR_RUN_RECORDER_H
#define ORCHESTRATOR_RUN_RECORDER_H

#include "orchestrator/journal/journal.h"
#include "orchestrator/plan/view.h"
#include "orchestrator/run/drive.h"

struct recorder;

/* run and journal are borrowed until recorder_stop; run->probe may be NULL. Never NULL. */
struct recorder *recorder_start(struct run_context *run, struct journal *journal, int64_t run_id);

/*
 * The listener for the run's drive: records how the nodes change, and passes everything on to next,
 * which is borrowed. Borrowed itself until recorder_free.
 */
struct drive_listener *recorder_listen(struct recorder *recorder, struct drive_listener *next);

/* Writes how the nodes are, if that is new; in the thread that owns the run. */
void recorder_observe(struct recorder *recorder, const struct cluster_view *view);

/* Stops the probe, writes what is left and what the probe saw in all. Before probe_free. */
void recorder_stop(struct recorder *recorder);
/* Stops as well, if that has not been done. NULL is legal. */
void recorder_free(struct recorder *recorder);
CLEANUP_DEFINE(recorder);

#endif
