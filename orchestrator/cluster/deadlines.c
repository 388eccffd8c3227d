/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The deadlines section, which stands in profiles and, overriding these, in cluster files. */
#include "orchestrator/cluster/deadlines.h"

#include "orchestrator/cluster/value.h"

#define DEADLINE(field)                                                               \
	{                                                                             \
#field, BLOCK_DURATION, BLOCK_FIELD(struct profile_deadlines, field), \
			VALUE_DURATION                                                \
	}

static const struct block_option options[] = {
	DEADLINE(upload),
	DEADLINE(stop),
	DEADLINE(install),
	DEADLINE(down),
	DEADLINE(up),
	DEADLINE(services),
	DEADLINE(role),
	DEADLINE(failover),
};

const struct block_section deadlines_section = {BLOCK_OPTIONS(options)};

void deadlines_merge(struct profile_deadlines *own, const struct profile_deadlines *others)
{
	for (size_t i = 0; i < deadlines_section.option_count; i++) {
		const size_t offset = options[i].offset;
		uint64_t *into = (uint64_t *)((char *)own + offset);

		if (!*into)
			*into = *(const uint64_t *)((const char *)others + offset);
	}
}
