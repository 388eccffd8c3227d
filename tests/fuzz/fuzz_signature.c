/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes signatures of a message, detached and clear-signed: any answer but a bad one without a
 * reason. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "orchestrator/bundle/manifest_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The key that the corpus was signed with; the other half is thrown away. */
static const char public_key[] =
	"-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
	"\n"
	"mDMEawM8nxYJKwYBBAHaRw8BAQdAtSbEbDQ+csIJ2ObOWX5luj7dUNs1PVWouvLd\n"
	"E9Mf2pC0EGZ1enpAZXhhbXBsZS5vcmeIkAQTFggAOBYhBHj+HzYV5b41KAZjF3bH\n"
	"xsk0/oabBQJrAzyfAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEHbHxsk0\n"
	"/oabwUUBAIu9XK6g2jdOF9KVEgpKvk+IT/VddgLk0988ZdTEfkh8AP9q9GFBbwS8\n"
	"ccATW0M+LS8N1KC/Cm+OMN9/O2LogUawAA==\n"
	"=vllt\n"
	"-----END PGP PUBLIC KEY BLOCK-----\n";

static struct keyring *make_keyring(void)
{
	CLEANUP(cleanup_close) int file = memfd_create("key", MFD_CLOEXEC);
	CLEANUP(cleanup_free) char *path = text_format("/proc/self/fd/%d", file);
	struct keyring *keyring = NULL;

	if (file < 0 || write(file, public_key, sizeof(public_key) - 1) < 0 ||
		keyring_open(path, &keyring, NULL) < 0)
		abort();
	return keyring;
}

static void check(const struct text *message, const struct text *signature)
{
	static struct keyring *keyring;
	struct signature_result result;

	if (!keyring)
		keyring = make_keyring();
	manifest_signature_check(message, signature, keyring, &result);
	switch (result.verdict) {
	case SIGNATURE_OK:
	case SIGNATURE_UNKNOWN_KEY:
		if (!*result.key || *result.why)
			abort();
		break;
	case SIGNATURE_UNCHECKED:
	case SIGNATURE_BAD:
		if (!*result.why)
			abort();
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_text) struct text bytes = {0};
	CLEANUP(cleanup_text) struct text message = {0};
	CLEANUP(cleanup_text) struct text signature = {0};
	CLEANUP(cleanup_text) struct text usual = {0};
	CLEANUP(error_release) struct error err = {0};
	int result;

	text_append_bytes(&bytes, data, size);
	text_append(&usual, "message\n");
	check(&usual, &bytes);
	result = manifest_signature_unwrap(&bytes, &message, &signature, &err);
	if (result > 0)
		check(&message, &signature);
	else if (message.length || signature.length || (result < 0 && !*error_text(&err)))
		abort();
	return 0;
}
