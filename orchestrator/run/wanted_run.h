/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which run of the journal the operator means, and whether it may go on or be taken back. */
#ifndef ORCHESTRATOR_RUN_WANTED_RUN_H
#define ORCHESTRATOR_RUN_WANTED_RUN_H

#include "orchestrator/cluster/cluster.h"
#include "orchestrator/journal/journal.h"

/* name: the run's number, or NULL. *record is the caller's to clear. Errors: -EINVAL for a name
 * that is none, -ENOENT when there is no such run, -EUCLEAN and the like as the journal. */

/* For NULL the newest that did not end and that no newer run stands in the way of. */
int wanted_run_to_go_on(struct journal *journal, const char *name, struct journal_record *record,
	struct error *err);
/* For NULL the newest upgrade. folder: where the journal is, for words. */
int wanted_run_to_take_back(struct journal *journal, const char *folder, const char *name,
	struct journal_record *record, struct error *err);

/* -EINVAL with what to do about it: the file that was given is another cluster's, and so would the
 * lease be, and the nodes that are touched. */
int wanted_run_is_of(
	const struct journal_record *record, const struct cluster *cluster, struct error *err);

/* -EINVAL with the reason: steps of an old plan would be taken on nodes that a newer run has
 * changed, or may yet change. */
int wanted_run_may_go_on(
	struct journal *journal, const struct journal_record *record, struct error *err);

/* Only an upgrade can be taken back: -EINVAL for any other. */
int wanted_run_is_upgrade(const struct journal_record *record, struct error *err);
/* -EINVAL with the reason: going back over a newer run would take that one's packages for ours, and
 * one rollback of a run at a time. */
int wanted_run_may_be_taken_back(
	struct journal *journal, const struct journal_record *record, struct error *err);

#endif
