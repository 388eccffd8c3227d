/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes files of public keys, OpenPGP's and Ed25519's: they are taken, or it is said why not. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "orchestrator/bundle/keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct keyring *usual;
	CLEANUP(cleanup_close) int file = memfd_create("keys", MFD_CLOEXEC);
	CLEANUP(cleanup_free) char *path = text_format("/proc/self/fd/%d", file);
	CLEANUP(cleanup_keyring) struct keyring *keyring = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (file < 0 || write(file, data, size) != (ssize_t)size)
		abort();
	if (keyring_open(path, &keyring, &err) < 0 && (!*error_text(&err) || keyring))
		abort();
	if (!usual && keyring_open(NULL, &usual, &err) < 0)
		abort();
	if (keyring_add_ed25519(usual, path, &err) == 0 && !keyring_ed25519(usual))
		abort();
	return 0;
}
