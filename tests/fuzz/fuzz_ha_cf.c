/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reader of ha.cf. */
#include <stdint.h>

#include "lib/cluster/ha_cf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};

	ha_cf_free(ha_cf_read_bytes("ha.cf", (const char *)data, size, "n1", &problems));
	return 0;
}
