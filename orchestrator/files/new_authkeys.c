/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes an authkeys file with a strong key. */
#include "orchestrator/files/new_authkeys.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"

enum { KEY_BYTES = 32 };

int new_authkeys_write(const char *path, bool replace, struct error *err)
{
	unsigned char random[KEY_BYTES];
	char text[64 + 2 * KEY_BYTES];
	size_t length;
	int result;

	if (!replace && access(path, F_OK) == 0)
		return error_set(err, EEXIST,
			"%s: there is a key already; --replace-authkeys makes a new one, which all nodes of a running cluster must then be restarted with (authkeys(5) says how to do it without an interruption)",
			path);
	if (RAND_priv_bytes(random, sizeof(random)) != 1)
		return error_set(err, EIO, "the crypto library gives no random bytes");
	length = (size_t)snprintf(text, sizeof(text), "auth 1\n1 sha256 ");
	for (size_t i = 0; i < sizeof(random); i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%02x", random[i]);
	length += (size_t)snprintf(text + length, sizeof(text) - length, "\n");
	result = file_write(path, text, length, 0600, err);
	OPENSSL_cleanse(random, sizeof(random));
	OPENSSL_cleanse(text, sizeof(text));
	return result;
}
