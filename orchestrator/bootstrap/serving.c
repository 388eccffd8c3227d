/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a node serve already? */
#include "orchestrator/bootstrap/serving.h"

#include <string.h>

static const char *held_address(const struct facts *facts, const struct profile_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < facts->address_count; j++)
			if (strcmp(facts->addresses[j], list->items[i]) == 0)
				return list->items[i];
	return NULL;
}

bool serving_is(
	const struct facts *facts, const struct profile_list *floating_ips, struct text *evidence)
{
	const char *held = held_address(facts, floating_ips);
	bool runs = facts_own_active(facts) && facts->role != ROLE_UNKNOWN;
	struct text ignored = {0};
	char line[256];

	if (!evidence)
		evidence = &ignored;
	if (held)
		text_appendf(evidence, "it holds floating IP %s", held);
	if (runs)
		text_appendf(evidence, "%sits services are active and it is %s since this boot: %s",
			held ? ", " : "", plan_role_name(facts->role),
			text_printable(line, sizeof(line), facts->role_line));
	text_clear(&ignored);
	return held || runs;
}
