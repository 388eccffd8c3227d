/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a resumed run goes on, by what is seen of the nodes. Pure; exploration links it too. */
#ifndef ORCHESTRATOR_RUN_CONTINUATION_JUDGE_H
#define ORCHESTRATOR_RUN_CONTINUATION_JUDGE_H

#include "orchestrator/engine/rewind.h"
#include "orchestrator/journal/journal.h"

/* What an event of a step in the journal is to rewind_follow. */
enum rewind_mark continuation_judge_mark(enum journal_kind event);

/* What was seen, and what the journal says of it. Plain data; strings borrowed. */
struct continuation_seen {
	struct cluster_view view;		  /* of all nodes; its kind is the run's */
	const char *boots[PLAN_NODES_MAX];	  /* NULL: it could not be asked */
	const char *boots_before[PLAN_NODES_MAX]; /* before its reboot; "" none was begun */
	/* A first installation: could all nodes be asked for the configuration files, and would any
	 * of them get another one than it has? */
	bool files_asked, files_wanted;
};

/* As rewind_find. */
int continuation_judge_find(const struct plan *plan, const struct rewind_point *point,
	const struct continuation_seen *seen, struct rewind *rewind, struct error *err);

/* Do nodes have other configuration files than are here, and the run, going on at this step, brings
 * them no more? Nobody's files are changed under running services: an administrator has to hear of
 * it. */
bool continuation_judge_leaves_files(
	const struct plan *plan, size_t step, const struct continuation_seen *seen);

#endif
