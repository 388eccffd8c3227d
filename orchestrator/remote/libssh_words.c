/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libssh says of an error, read. */
#include "orchestrator/remote/libssh_words.h"

#include <stddef.h>
#include <string.h>

/* First letters are left out where releases write them large or small. */
static const struct {
	const char *said;
	enum libssh_words meaning;
} table[] = {
	/* libssh: "kex error : no match for method NAME: server [...], client [...]" */
	{"kex error", LIBSSH_WORDS_NO_COMMON_ALGORITHM},
	/* OpenSSH's reason to hang up at MaxAuthTries. Its code (2) stands for much else, too. */
	{"Too many authentication failures", LIBSSH_WORDS_TOO_MANY_KEYS},
	/* libssh: "Channel opening failure: channel N error (CODE) WORDS". Code 1 is
	 * SSH_OPEN_ADMINISTRATIVELY_PROHIBITED (RFC 4254 section 5.1); OpenSSH's words come first,
	 * as others may have another code. */
	{"onnection refused", LIBSSH_WORDS_REFUSED},
	{"timed out", LIBSSH_WORDS_TIMED_OUT},
	{"etwork is unreachable", LIBSSH_WORDS_NO_NETWORK},
	{"ame or service not known", LIBSSH_WORDS_NO_NAME},
	{"emporary failure in name resolution", LIBSSH_WORDS_NO_NAME},
	{"administratively prohibited", LIBSSH_WORDS_NOT_ALLOWED},
	{"error (1)", LIBSSH_WORDS_NOT_ALLOWED},
};

enum libssh_words libssh_words_read(const char *words)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strstr(words, table[i].said))
			return table[i].meaning;
	}
	return LIBSSH_WORDS_OTHER;
}
