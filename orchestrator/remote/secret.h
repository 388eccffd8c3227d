/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passwords and passphrases: in memory that is never swapped, dumped or inherited, wiped at the
 * end.
 */
#ifndef ORCHESTRATOR_REMOTE_SECRET_H
#define ORCHESTRATOR_REMOTE_SECRET_H

#include <stddef.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/remote/wait.h"

/* The longest one, in bytes: what PAM takes (PAM_MAX_RESP_SIZE) less its NUL. */
#define SECRET_MAX 511

struct secret;

/* Wipes it. NULL is legal. */
void secret_free(struct secret *secret);
CLEANUP_DEFINE(secret);

/* Terminated; borrowed. Give it only to what consumes it at once: every copy escapes the wiping. */
const char *secret_words(const struct secret *secret);
size_t secret_length(const struct secret *secret);

/*
 * Reads one line from a descriptor, up to its newline (which does not count) or the end of the
 * file, and not a byte more. source is for messages ("--password-fd 3"). -ENODATA when nothing
 * came, -E2BIG longer than SECRET_MAX, -EINVAL a zero byte in it, -EIO, -ETIMEDOUT, -ECANCELED,
 * -ENOMEM no memory could be locked.
 */
int secret_read(int descriptor, const char *source, const struct wait *wait, struct secret **secret,
	struct error *err);

/*
 * Asks on the terminal (/dev/tty) with its echo off, which is put back in any case. prompt is
 * printed as it is. -ENOTTY when there is no terminal; else as secret_read.
 */
int secret_ask(
	const char *prompt, const struct wait *wait, struct secret **secret, struct error *err);

#endif
