/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan as the journal keeps it: JSON text, versioned, so that a later haupgrade can read it. */
#ifndef ORCHESTRATOR_COMMAND_RECORD_H
#define ORCHESTRATOR_COMMAND_RECORD_H

#include "orchestrator/journal/journal.h"
#include "orchestrator/step/run.h"

/* The plan and the versions before; owned. */
char *record_plan(const struct run *run);

/* The plan of a bootstrap: its steps are always the same; owned. */
char *record_bootstrap(const struct run *run);
bool record_is_bootstrap(const char *text);

/*
 * Reads it back into run->plan and the nodes' versions. -EINVAL when it is damaged, of a newer
 * version, is a bootstrap's, or names other nodes than the cluster file.
 */
int record_read_plan(const char *text, struct run *run, struct error *err);

/* What this run is called on the nodes: the number alone may repeat on another admin machine. */
void record_name_job(struct run *run, const struct journal_record *record);

/*
 * Where to go on: the first step that is not done, and whether its intent is durable. Recalls what
 * earlier steps wrote down.
 */
int record_resume_point(struct run *run, struct journal *journal,
	const struct journal_record *record, size_t *first_step, bool *intended, struct error *err);

#endif
