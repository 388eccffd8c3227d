/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What people know and programs must ask for: passwords for sudo, passphrases of keys. Asked once,
 * one question at a time, and kept until the end of the program's work; shared by all sessions,
 * from any thread.
 */
#ifndef ORCHESTRATOR_REMOTE_CREDENTIALS_H
#define ORCHESTRATOR_REMOTE_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include <libssh/libssh.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/remote/secret.h"

struct credentials;

/* Where the answers come from. Descriptors are read when they are needed, one line each; -1: the
 * terminal is asked. They stay the caller's. */
struct credentials_source {
	int password_file;   /* the password for sudo, of every node */
	int passphrase_file; /* the passphrase of every key that has one */
};

struct credentials *credentials_new(const struct credentials_source *source);
/* Wipes all. NULL is legal. */
void credentials_free(struct credentials *credentials);
CLEANUP_DEFINE(credentials);

/*
 * The private key in that file. may_ask false: -EAGAIN, without a message, for one with a
 * passphrase that is not known yet. *key is owned. -ENOENT no such file, -EINVAL it holds no usable
 * key, -EACCES the passphrase is wrong (asked three times, or once when there is nobody to ask),
 * -ENOTTY nobody to ask, -ECANCELED. *asked_ms grows by the time that asking took. credentials may
 * be NULL: nobody to ask.
 */
int credentials_key(struct credentials *credentials, const char *path, bool may_ask,
	const volatile sig_atomic_t *cancel, ssh_key *key, uint64_t *asked_ms, struct error *err);

/*
 * Passwords for sudo. A turn goes with one run of sudo, from its first question to its verdict. A
 * password that has not been accepted anywhere yet is tried on one node at a time, so that a wrong
 * one cannot lock an account by being sent to all; one that was accepted somewhere is tried
 * elsewhere before anyone is asked again. Start as {0} with the first four.
 */
struct credentials_turn {
	struct credentials *credentials;
	const char *node; /* unique among the nodes */
	const char *user;
	const volatile sig_atomic_t *cancel;
	unsigned answers; /* given so far */
	bool holding;	  /* nobody else asks or tries meanwhile */
	const struct secret *given;
};

/*
 * The answer to sudo's question: at most three times in a turn, the second time means that the
 * first answer was wrong. Borrowed until credentials_free. -EACCES wrong as often as may be tried,
 * or wrong on another node; -ENOTTY nobody to ask; -ECANCELED.
 */
int credentials_password(
	struct credentials_turn *turn, const struct secret **password, struct error *err);

enum credentials_verdict {
	CREDENTIALS_ACCEPTED, /* the last answer was right, if there was one */
	CREDENTIALS_REFUSED,  /* it was wrong */
	CREDENTIALS_UNKNOWN,  /* e.g. the connection was lost */
};

/* Ends the turn, however it went. */
void credentials_end_turn(struct credentials_turn *turn, enum credentials_verdict verdict);

#endif
