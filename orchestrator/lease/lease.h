/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run per cluster: a lease on every node, taken on all or none, renewed by threads with links
 * of their own until it is let go, and running out by itself when its owner dies.
 */
#ifndef ORCHESTRATOR_LEASE_LEASE_H
#define ORCHESTRATOR_LEASE_LEASE_H

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/lease/lease_text.h"
#include "orchestrator/node/nodes.h"

struct lease;

/* 64 random hexadecimal digits and a terminator. -EIO and the like when there are none. */
int lease_token(char token[LEASE_TOKEN_SIZE], struct error *err);
/* This machine, state folder and cluster as text.h says. */
void lease_identity(const char *state_folder, const char *cluster, char identity[LEASE_TOKEN_SIZE]);

/* What is taken. All borrowed during the call only. */
struct lease_wish {
	struct lease_claim claim; /* with token */
	const char *owner;	  /* user@host */
	const char *purpose;	  /* "upgrade", "upgrade, run 12" */
	bool heir_any;		  /* whoever has the identity may take it when we died */
	/*
	 * A node that cannot be reached, or cannot write, gets it later, as long as one has it: for
	 * a run that goes on although a node is down.
	 */
	bool partly;
	/* Told while it is found out whether the owner of our own run's lease is alive; or NULL. */
	void (*waiting)(void *data, const char *words);
	void *data;
};

/*
 * Takes the lease on all nodes in the order of their names. Uses their links: no
 * other thread may at that time. *lease is owned and renews itself from now on. -EBUSY: somebody
 * else holds it; the message says who, since when, and when it would run out; or what a node has
 * cannot be read, and how to get rid of it. On failure it is on no node that answers, also when
 * the nodes' cancel was the reason: that goodbye is said by links of its own.
 */
int lease_take(struct nodes *nodes, const struct lease_wish *wish, struct lease **lease,
	struct error *err);

/* The claim's token. Borrowed. */
const char *lease_held_token(const struct lease *lease);

/*
 * From now on the nodes say that purpose, and heir_any as in the wish. 0, or the trouble of one
 * node; the lease holds anyway.
 */
int lease_say(struct lease *lease, const char *purpose, bool heir_any, struct error *err);

/*
 * Is it still ours? 0, or -EPERM and who has it now; or that it is gone from a node that had it,
 * for then whoever removed it may have begun, and ended, a run of his own. When renewals have
 * failed for so long that nobody knows, tries again first, which takes up to 30 s, and is -EAGAIN
 * if that fails. Any thread.
 */
int lease_check(struct lease *lease, struct error *err);

/*
 * Removes it from the nodes that answer, by the nodes' links as lease_take, and ends the threads.
 * Where it stays it runs out. NULL is legal.
 */
void lease_free(struct lease *lease);
CLEANUP_DEFINE(lease);

/*
 * Does somebody hold the cluster? Changes nothing. 0: nobody, ours (may be NULL), or a dead process
 * whose heir this one is by its identity (lease_identity; NULL: nobody's). -EBUSY: who, as
 * lease_take says. Any other error: no node could be asked. Uses the nodes' links.
 */
int lease_look(
	struct nodes *nodes, const struct lease *ours, const char *identity, struct error *err);

/* "root@adm holds cluster demo since 21:04 (upgrade, run 12), ...": for -EBUSY. Owned. */
char *lease_words(const char *node, const struct lease_answer *answer);

#endif
