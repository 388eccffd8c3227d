/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libssh says of an error (ssh_get_error), read. It has one code for all, so only its words
 * tell what it was; they hold those of the peer's OpenSSH, and that one's those of its C library.
 * Pure.
 */
#ifndef ORCHESTRATOR_REMOTE_LIBSSH_WORDS_H
#define ORCHESTRATOR_REMOTE_LIBSSH_WORDS_H

enum libssh_words {
	LIBSSH_WORDS_OTHER,
	/* Of a connection. */
	LIBSSH_WORDS_NO_COMMON_ALGORITHM,
	LIBSSH_WORDS_TOO_MANY_KEYS,
	/* Of a connection that the peer was to make for us. */
	LIBSSH_WORDS_NOT_ALLOWED,
	LIBSSH_WORDS_REFUSED,
	LIBSSH_WORDS_TIMED_OUT,
	LIBSSH_WORDS_NO_NETWORK,
	LIBSSH_WORDS_NO_NAME,
};

enum libssh_words libssh_words_read(const char *words);

#endif
