/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds connections to a service open and uses them now and then, in a thread of its own: does an
 * established connection survive? With http a GET every second over each, over all at the same
 * time, and the next ones once these have ended or timed out; with tcp nothing is sent, the
 * connection is watched for its end (keep-alive segments find a holder that is gone). One that
 * breaks is opened anew.
 */
#ifndef ORCHESTRATOR_PROBE_HELD_CONNECTIONS_H
#define ORCHESTRATOR_PROBE_HELD_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/probe/config.h"

#define HELD_CONNECTIONS_MAX 100

struct held_connections;

/* Plain data. */
struct held_connections_summary {
	unsigned wanted;    /* how many are to be held */
	unsigned open;	    /* are held now */
	unsigned survivors; /* of the first ones, how many never broke until they were let go */
	uint64_t broken;
	uint64_t ended; /* by the service's announcement ("Connection: close"): not broken */
	/* The service ends every connection after its answer: there is nothing to hold. */
	bool unheld;
};

/* A connection that broke. */
struct held_connections_break {
	uint64_t at_us;	 /* when it was noticed */
	uint64_t age_us; /* how long it was open */
	const char *text;
};

/* Plain data, borrowed during held_connections_start only. */
struct held_connections_config {
	const struct probe_config *service; /* its rate does not matter */
	unsigned count;			    /* 1 to HELD_CONNECTIONS_MAX */
	/* Called in the thread when one broke; may be NULL. */
	void (*broke)(void *data, const struct held_connections_break *held_break);
	void *data;
};

/* To be called while a probe runs, which has set up libcurl. */
int held_connections_start(const struct held_connections_config *config,
	struct held_connections **held, struct error *err);
/* Any thread. */
void held_connections_snapshot(
	struct held_connections *held, struct held_connections_summary *summary);
/*
 * The service has moved: uses all connections once more, then ends them without calling them
 * broken, and opens no more until held_connections_go_on. A holder that waits for its clients
 * before it lets the address go does not wait for ours. Returns at once; any thread, any number of
 * times.
 */
void held_connections_let_go(struct held_connections *held);
void held_connections_go_on(struct held_connections *held);
/* Ends the thread and its connections; held_connections_snapshot still tells what was. Calls broke
 * no more. */
void held_connections_stop(struct held_connections *held);
/* NULL is legal. */
void held_connections_free(struct held_connections *held);
CLEANUP_DEFINE(held_connections);

#endif
