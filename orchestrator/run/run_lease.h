/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's lease and what the journal knows of it: one run per cluster, and resume its only heir. */
#ifndef ORCHESTRATOR_RUN_RUN_LEASE_H
#define ORCHESTRATOR_RUN_RUN_LEASE_H

#include <signal.h>

#include "orchestrator/journal/journal.h"
#include "orchestrator/lease/lease.h"
#include "orchestrator/node/nodes.h"
#include "orchestrator/run/teller.h"

/* "user@host". Owned. */
char *run_lease_owner(void);

/* All leases that processes of a run have held so far, by the lines of its journal. Start as {0}.
 */
struct run_lease_tokens {
	char **items;
	size_t count;
};
void run_lease_tokens_read(
	const struct journal_line *lines, size_t count, struct run_lease_tokens *tokens);
void run_lease_tokens_clear(struct run_lease_tokens *tokens);

/* Who wants the lease, and for what. Borrowed. */
struct run_lease_wish {
	/* It has this machine's lock for the cluster. */
	const struct run_process *process;
	const char *purpose; /* "upgrade" */
	struct journal *journal;
	/* The run whose dead owner's lease may be taken, 0: none. It gets the number in the words
	 * if it is a run that goes on. */
	int64_t of_run;
	bool goes_on; /* of_run itself goes on */
	bool partly;  /* nodes that are away get the lease later */
	bool heir_any;
};

/*
 * Takes the lease on the nodes, and says so when it has to be found out whether the owner of that
 * run's lease is alive. From now on nobody who is told anything is waited for (TOLD_NODES_HELD). 0,
 * or a negative errno as lease_take.
 */
int run_lease_take(struct nodes *nodes, const struct run_lease_wish *wish, struct lease **lease,
	struct error *err);

/*
 * The new run has its number: the journal knows the lease's token, and the nodes say the number. Up
 * to now whoever has our identity is the heir, for nobody could resume a run without a number; from
 * now on as the wish says.
 */
int run_lease_number(
	struct lease *lease, const struct run_lease_wish *wish, int64_t run_id, struct error *err);

/* Lets it go, also after a signal, which is taken back. lease may be NULL. */
void run_lease_end(volatile sig_atomic_t *interrupted, struct lease *lease);

#endif
