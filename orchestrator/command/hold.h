/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's lease and what the journal knows of it: one run per cluster, and resume its only heir. */
#ifndef ORCHESTRATOR_COMMAND_HOLD_H
#define ORCHESTRATOR_COMMAND_HOLD_H

#include "orchestrator/command/command.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/lease/lease.h"
#include "orchestrator/node/nodes.h"

/* "user@host". Owned. */
char *hold_owner(void);

/* All leases that processes of a run have held so far, by the lines of its journal. Start as {0}.
 */
struct hold_tokens {
	char **items;
	size_t count;
};
void hold_tokens_read(const struct journal_line *lines, size_t count, struct hold_tokens *tokens);
void hold_tokens_clear(struct hold_tokens *tokens);

/* Who wants the lease, and for what. Borrowed. */
struct hold_wish {
	const struct settings *settings; /* whose state folder's lock for the cluster is ours */
	const char *purpose;		 /* "upgrade" */
	struct journal *journal;
	/* The run whose dead owner's lease may be taken, 0: none. It gets the number in the words
	 * if it is a run that goes on. */
	int64_t of_run;
	bool goes_on; /* of_run itself goes on */
	bool partly;  /* nodes that are away get the lease later */
	bool heir_any;
};

/*
 * Takes the lease on the nodes. 0, or a negative errno as lease_take.
 */
int hold_take(
	struct nodes *nodes, const struct hold_wish *wish, struct lease **lease, struct error *err);

/*
 * The new run has its number: the journal knows the lease's token, and the nodes say the number. Up
 * to now whoever has our identity is the heir, for nobody could resume a run without a number; from
 * now on as the wish says.
 */
int hold_number(
	struct lease *lease, const struct hold_wish *wish, int64_t run_id, struct error *err);

/* Lets it go, also after a signal. lease may be NULL. */
void hold_end(const struct settings *settings, struct lease *lease);

#endif
