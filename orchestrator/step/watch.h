/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What watches the service beside the probe during a run: a node that asks it too (probe/vantage.h)
 * and connections that are held open (probe/held_connections.h). Chooses the node, writes the
 * notes, and says at the end what was seen. Whatever goes wrong here is told and stops nothing.
 */
#ifndef ORCHESTRATOR_STEP_WATCH_H
#define ORCHESTRATOR_STEP_WATCH_H

#include <jansson.h>

#include "lib/base/text.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/plan/view.h"
#include "orchestrator/probe/config.h"
#include "orchestrator/probe/held_connections.h"
#include "orchestrator/probe/tally.h"
#include "orchestrator/step/run_context.h"

struct watch;

/* What the cluster file's probe asks for. Strings are borrowed from it, but tcp, which is owned and
 * to be kept as long as config. Not to be called without a probe (CLUSTER_PROBE_NONE). */
void watch_config(const struct cluster_probe *given, struct probe_config *config, char **tcp);

/*
 * While run->probe runs and the nodes' facts are known; NULL when there is nothing to do. The
 * caller puts it into run->watch; all else here takes NULL. run is borrowed until watch_stop.
 */
struct watch *watch_start(struct run_context *run);
/* Before a step begins: the vantage point leaves the node that is about to be touched. */
void watch_step(struct watch *watch, const struct step *step);
/* The floating IP is seen on its new holder: held connections have been used across the move, now
 * they are let go until the next step, so that a holder that drains does not wait for them. */
void watch_moved(struct watch *watch);
/* Fills in what the view has of it; summary is the probe's. */
void watch_view(
	struct watch *watch, const struct tally_summary *summary, struct cluster_view *view);
/* Ends asking and holding, and writes the last notes. */
void watch_stop(struct watch *watch);
void watch_free(struct watch *watch);
CLEANUP_DEFINE(watch);

/* What was seen; false when that node never asked, or nothing was held. */
bool watch_vantage(struct watch *watch, size_t node, struct tally_summary *summary);
bool watch_held(struct watch *watch, struct held_connections_summary *summary);
/* Why a node could not ask, as a sentence for the user; NULL when there is nothing to say. Borrowed
 * until watch_free. To be asked after watch_stop. */
const char *watch_trouble(const struct watch *watch);
/* "held connections: 2 of 2 survived" */
void watch_held_words(struct watch *watch, struct text *words);

/* Some time of a probe as NOTE_PROBE has it, by the wall clock; owned. */
json_t *watch_probe_note(
	const char *vantage, const struct timeline_bucket *sum, uint64_t from_us, uint64_t to_us);
/* Writes what the nodes saw since the last call into the journal; wall_offset_us: the wall clock
 * minus the monotonic one. One thread. */
void watch_record(struct watch *watch, uint64_t wall_offset_us);

#endif
