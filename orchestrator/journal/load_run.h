/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What readings of a run share. For this room. */
#ifndef ORCHESTRATOR_JOURNAL_LOAD_RUN_H
#define ORCHESTRATOR_JOURNAL_LOAD_RUN_H

#include "orchestrator/journal/database.h"

/* As journal_run_load, inside a transaction of the caller's, who also holds the mutex. On failure
 * too the record is to be cleared. */
int load_run_record(const struct journal *journal, int64_t run_id, const char *cluster,
	struct journal_record *record, struct error *err);

#endif
