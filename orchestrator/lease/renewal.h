/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Renews the lease of every node, by a thread and a link for each, until it is released. */
#ifndef ORCHESTRATOR_LEASE_RENEWAL_H
#define ORCHESTRATOR_LEASE_RENEWAL_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "orchestrator/lease/lease_text.h"
#include "orchestrator/node/nodes.h"

/* What the lease on a node shall say. All borrowed, none NULL. */
struct renewal_terms {
	const char *token;
	const char *inherited; /* the token it may be taken from; "" none */
	const char *identity;
	const char *owner;
	const char *purpose;
	const char *cluster;
	bool heir_any;
};

/* Runs script_lease_take: how is "take" or "renew". Errors as link_script, -EPROTO. */
int renewal_ask(struct link *link, const char *how, const struct renewal_terms *terms,
	uint64_t deadline_ms, struct lease_answer *answer, struct error *err);

struct renewal;

/*
 * on: the nodes that have just been taken; the others are tried at once, and may be taken from whom
 * the claim inherits: a node that was rebooting still has the lease of our run's dead process. The
 * nodes outlive it; terms and claim are copied.
 */
struct renewal *renewal_new(const struct nodes *nodes, const struct renewal_terms *terms,
	const struct lease_claim *claim, const bool *on);
/* Ends the threads; the leases stay. NULL is legal. */
void renewal_free(struct renewal *renewal);

const char *renewal_token(const struct renewal *renewal);
/* What is said from the next renewal on. */
void renewal_say(struct renewal *renewal, const char *purpose, bool heir_any);
/*
 * Renews one node's now, over the caller's link. Any thread. Where we had it, a lease of another or
 * none at all is the loss of it; a node that never had ours is taken if it is free.
 */
int renewal_renew_by(struct renewal *renewal, size_t node, struct link *link, struct error *err);
/* lease_check. */
int renewal_check(struct renewal *renewal, struct error *err);

#endif
