/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan as the journal keeps it: JSON text, versioned, so that a later haupgrade can read it. */
#ifndef ORCHESTRATOR_RUN_PLAN_RECORD_H
#define ORCHESTRATOR_RUN_PLAN_RECORD_H

#include "orchestrator/engine/rewind.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/step/run_context.h"

/* The plan and the versions before; *text is owned. -EILSEQ when a node's words are no UTF-8. */
int plan_record_make(const struct run_context *run, char **text, struct error *err);

/* The text of NOTE_PLAN: run's plan, new from its step `from` on; otherwise as plan_record_make. */
int plan_record_renewed(const struct run_context *run, size_t from, const char *reason, char **text,
	struct error *err);

/* Is it the plan of a bootstrap of an earlier version, which has no steps? */
bool plan_record_is_bootstrap(const char *text);

/*
 * Reads it back into run->plan and the nodes' versions. -EINVAL when it is damaged, of a newer
 * version, is a bootstrap's, or names other nodes than the cluster file.
 */
int plan_record_read(const char *text, struct run_context *run, struct error *err);

/*
 * Only what the nodes had before the run, for those of its nodes that the cluster file still has by
 * that name, wherever they are now. -EINVAL when it is damaged or of another version.
 */
int plan_record_read_versions(const char *text, struct run_context *run, struct error *err);

/* What this run is called on the nodes: the number alone may repeat on another admin machine. */
void plan_record_name_job(struct run_context *run, const struct journal_record *record);

/*
 * Where the journal says that the run is. Recalls what earlier steps wrote down, and takes the
 * newest plan if it was made anew on the way.
 */
int plan_record_resume_point(struct run_context *run, struct journal *journal,
	const struct journal_record *record, struct rewind_point *point, struct error *err);
/* The same, of lines that were read. -EINVAL when they do not belong to the plan. */
int plan_record_follow(struct run_context *run, const struct journal_line *lines, size_t count,
	struct rewind_point *point, struct error *err);

#endif
