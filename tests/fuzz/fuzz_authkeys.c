/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reader of authkeys. */
#include <stdint.h>

#include "lib/cluster/authkeys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};

	authkeys_free(authkeys_read_bytes("authkeys", (const char *)data, size, &problems));
	return 0;
}
