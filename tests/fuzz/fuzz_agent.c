/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What something that calls itself an ssh agent may answer. */
#include <stdint.h>
#include <stdlib.h>

#include "orchestrator/remote/agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct agent_key keys[4];
	CLEANUP(error_release) struct error err = {0};
	volatile uint8_t sum = 0;
	int count = agent_parse(data, size, keys, 4, &err);

	if (count > 4 || (count < 0 && !error_is_set(&err)))
		abort();
	for (int i = 0; i < count; i++)
		for (size_t j = 0; j < keys[i].length; j++)
			sum = (uint8_t)(sum + keys[i].blob[j]);
	return 0;
}
