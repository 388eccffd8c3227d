/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which later runs of a cluster stand in the way of going on with an earlier one, or of taking it
 * back. */
#ifndef ORCHESTRATOR_RUN_LATER_RUNS_H
#define ORCHESTRATOR_RUN_LATER_RUNS_H

#include "orchestrator/journal/journal.h"

/* "running", "stopped", "failed": somebody works on it, or may go on with it. */
bool later_runs_is_open(enum journal_state state);

/*
 * The newest run of record's cluster whose changes record's plan knows nothing of: it is newer, and
 * has not ended, or has put packages on a node or was about to. 0: there is none. -EUCLEAN and the
 * like as the journal.
 */
int later_runs_in_the_way(struct journal *journal, const struct journal_record *record,
	struct journal_record *newer, struct error *err);

/*
 * The newest run of record's cluster that has to be ended or taken back before record can be taken
 * back, likewise. What was taken back itself is in nobody's way, nor are rollbacks of record.
 */
int later_runs_before_rollback(struct journal *journal, const struct journal_record *record,
	struct journal_record *newer, struct error *err);

/* The newest rollback of record that did not end, likewise. */
int later_runs_open_rollback(struct journal *journal, const struct journal_record *record,
	struct journal_record *newer, struct error *err);

#endif
