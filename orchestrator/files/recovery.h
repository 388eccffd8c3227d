/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of propagates that ended in the middle, decided from what is on the nodes. Pure. */
#ifndef ORCHESTRATOR_FILES_RECOVERY_H
#define ORCHESTRATOR_FILES_RECOVERY_H

#include <stdbool.h>

#include "lib/base/cleanup.h"
#include "orchestrator/files/survey.h"

struct recovery_item {
	char *transaction;
	/* Every node has the whole set: it is finished. Else it is put back wherever it is. */
	bool settle;
};

struct recovery {
	struct recovery_item *items; /* in the order to treat them: the newest first */
	size_t count;
};

/*
 * A transaction is named TIME-RANDOM.CLUSTER. One that every node has committed, or any has settled
 * (which is done only after all have committed), is finished; any other is put back. -EPERM when
 * one that has begun to replace files belongs to another cluster: only that cluster's file tells
 * all of its nodes. names: the nodes', for messages. *recovery is owned.
 */
int recovery_decide(const struct survey *surveys, const char *const *names, size_t node_count,
	const char *cluster, struct recovery *recovery, struct error *err);
void recovery_clear(struct recovery *recovery);
static inline void cleanup_recovery(struct recovery *recovery)
{
	recovery_clear(recovery);
}

/* Is there anything unfinished on this node? */
bool recovery_is_needed(const struct survey *survey);

#endif
