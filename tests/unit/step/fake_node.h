/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run of two nodes that are what the test says they are, and a log of what was done to them. It
 * stands behind the functions that ask and tell a node, where a test is linked with FAKE_NODE
 * (tests/unit/local.mk): their callers are the product's own. Sleeping takes no time: the clock
 * goes on by itself.
 */
#ifndef TESTS_UNIT_STEP_FAKE_NODE_H
#define TESTS_UNIT_STEP_FAKE_NODE_H

#include "orchestrator/step/run_context.h"

enum { FAKE_NODES = 2 };

struct fake_node {
	/* What it answers. */
	int trouble; /* of asking it: -ETIMEDOUT; 0: none */
	const char *boot;
	bool runs, serves;
	bool holds; /* the floating IP, though it does not serve */
	bool roleless;
	bool unhealthy;		 /* runs all the same */
	const char *versions[3]; /* of package "a", up to NULL */
	const char *state;	 /* of every package */
	int dial;		 /* what comes of a new connection to it */
	bool closed;		 /* an old one tells nothing, however it is by now */
	int told;		 /* what comes back from a command */
	bool hands_over;	 /* to the other one, told to fail over */
	bool installing;	 /* until somebody waits for its end ... */
	bool endless;		 /* ... unless it has none */
	const char *leaves;	 /* the state of the packages at its end */
	int told_to_start;	 /* what comes back from it */
	bool starts;		 /* it runs then ... */
	bool may_serve;		 /* ... and serves at once */
	unsigned serves_at_look; /* the number of the look at which it begins to serve; 0: none */
};

struct fake {
	struct run_context run;
	struct cluster cluster;
	struct profile profile;
	struct cluster_node cluster_nodes[FAKE_NODES];
	struct node items[FAKE_NODES];
	struct fake_node nodes[FAKE_NODES];
	bool lease_lost;
	uint64_t knock_ms; /* how long a new connection was given */
	unsigned let_go;   /* how often the held connections were */
	unsigned looks;	   /* at all nodes */
	unsigned asked;	   /* how often whose the lease is */
	struct text log;   /* "start web1; tell web1: reboot; ": what was done, in order */
	struct error error;
};
extern struct fake fake;

/* Set-up and tear-down of a test: both run package a in version 1, and nobody serves. */
int fake_node_begin(void **state);
int fake_node_end(void **state);
/* Who serves is a backup now, and the other one serves. */
void fake_node_swap(void);

#endif
