/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a node says of its lease, and what that means for somebody who wants it. Pure.
 *
 * The lease is the file LEASE_FILE of a node, lines of "key value":
 *     token     64 hexadecimal digits, new for every process that takes it
 *     identity  64 more: machine, state folder and cluster of the owner; who has the local lock of
 *               the same identity knows that the owner is dead
 *     owner     user@host
 *     purpose   "upgrade, run 12"
 *     cluster   its name in the owner's cluster file
 *     heir      who may go on at once when the owner is dead: "resume" (of this very run), "any"
 *     since     seconds since 1970 by the node's clock, as is
 *     renewed   the newest renewal
 * It counts until LEASE_SECONDS after its renewal by the node's own clock, whatever boots between.
 * What is there and cannot be read (no plain file, more than 4 KiB, no token, no time) counts as
 * somebody else's that does not run out: a person has to say that it is nobody's. An empty file is
 * none.
 */
#ifndef ORCHESTRATOR_LEASE_LEASE_TEXT_H
#define ORCHESTRATOR_LEASE_LEASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define LEASE_FOLDER "/var/lib/haupgrade"
#define LEASE_FILE LEASE_FOLDER "/lease"

/*
 * A lease runs out so long after its renewal; it is renewed so often; and an owner that has not
 * renewed it for so long (two renewals were missed) is taken for dead by its own run's resume.
 */
enum { LEASE_SECONDS = 120, LEASE_RENEW_SECONDS = 20, LEASE_SILENT_SECONDS = 45 };

/* A token or an identity, with its terminator. */
#define LEASE_TOKEN_SIZE 65

/* Plain data. */
struct lease_text {
	char token[LEASE_TOKEN_SIZE];
	char identity[LEASE_TOKEN_SIZE]; /* "": not said */
	char owner[256];
	char purpose[256];
	char cluster[80];
	bool heir_any;
	int64_t since_s, renewed_s;
};

/* What take.sh and look.sh print. */
struct lease_answer {
	int64_t now_s; /* by the node's clock */
	bool taken;    /* take.sh: it is ours now; there is no text then */
	bool there;    /* there is a lease, also one that ran out */
	struct lease_text text;
};

/* -EPROTO with the reason for anything that is no such answer; *answer is untouched then. */
int lease_answer_parse(
	const char *output, size_t length, struct lease_answer *answer, struct error *err);

/* Seconds until it runs out unless it is renewed; 0: it has, or there is none. */
int64_t lease_answer_left(const struct lease_answer *answer);

/* Who wants it. All borrowed. */
struct lease_claim {
	const char *token; /* NULL: just looking */
	/* The local lock of this identity is ours. NULL: it is not. */
	const char *identity;
	/* Tokens of earlier processes of the same run. */
	const char *const *tokens;
	size_t token_count;
};

enum lease_verdict {
	LEASE_FREE,
	LEASE_OURS,
	LEASE_INHERITED, /* the owner is dead and we are its heir: may be taken at once */
	LEASE_WAIT,	 /* our own run's, and whether its owner is dead will be seen */
	LEASE_HELD,
};

enum lease_verdict lease_judge(const struct lease_answer *answer, const struct lease_claim *claim);

#endif
