/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a resumed run goes on: asks the nodes, has engine/rewind decide, journals a new plan. */
#ifndef ORCHESTRATOR_RUN_CONTINUATION_H
#define ORCHESTRATOR_RUN_CONTINUATION_H

#include "orchestrator/engine/rewind.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/step/run_context.h"

/*
 * point: the journal's (plan_record_resume_point), becomes the true one; run->plan may become a new
 * one, which is durable then. *words says why it is not the journal's, and which files on the nodes
 * differ from those here and stay so: owned, NULL when there is nothing to say. Errors: the
 * journal's, -ENOSPC when the run was planned anew too often.
 */
int continuation_find(struct run_context *run, struct journal *journal, int64_t run_id,
	struct rewind_point *point, char **words, struct error *err);

#endif
