/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outcomes of preflight in a run's journal. */
#ifndef ORCHESTRATOR_CHECK_RECORD_H
#define ORCHESTRATOR_CHECK_RECORD_H

#include <jansson.h>

#include "orchestrator/check/waiver.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/journal/journal.h"

/* The same in events and in the journal: {name, node, result, text, fix, command, answer}. Owned.
 */
json_t *record_check(const struct check *check, const struct cluster *cluster);

/* A run's journal, in which all that is asked goes by its number. Borrowed. */
struct record_place {
	struct journal *journal;
	int64_t run_id;
};

/* A note of the run for each check and each waiver (NULL: none). Errors are the journal's. */
int record_checks(const struct checks *checks, const struct waivers *waivers,
	const struct cluster *cluster, const struct record_place *place, struct error *err);

#endif
