/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reading of what a node says of its condition, and of the list of its troubles. */
#include <stdint.h>
#include <stdlib.h>

#include "orchestrator/node/condition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_condition) struct condition condition = {0};
	CLEANUP(error_release) struct error err = {0};

	if (condition_parse((const char *)data, size, size % 4, &condition, &err) < 0)
		return 0;
	for (unsigned int kind = 0; kind < CONDITION_KIND_COUNT; kind++)
		free(condition_list(&condition, (enum condition_kind)kind, 3));
	return 0;
}
