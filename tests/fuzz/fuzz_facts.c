/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reading of what a node says of itself. */
#include <stdint.h>

#include "orchestrator/step/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_facts) struct facts facts = {0};
	struct error err = {0};

	facts_parse((const char *)data, size, "as primary", "as backup", &facts, &err);
	return 0;
}
