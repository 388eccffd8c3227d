/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By what a node serves already. */
#include "orchestrator/run/serving_evidence.h"

#include <string.h>

static const char *held_address(const struct facts *facts, const struct word_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; j < facts->address_count; j++)
			if (strcmp(facts->addresses[j], list->items[i]) == 0)
				return list->items[i];
	return NULL;
}

void serving_evidence_say(
	const struct facts *facts, const struct word_list *floating_ips, struct text *evidence)
{
	const char *held = held_address(facts, floating_ips);
	char line[256];

	if (held)
		text_appendf(evidence, "it holds floating IP %s", held);
	if (!facts_own_stopped(facts) && facts->role != ROLE_UNKNOWN)
		text_appendf(evidence, "%s%s active and it is %s since this boot: %s",
			held ? ", " : "",
			facts_own_active(facts) ? "its services are" : "some of its services are",
			plan_role_name(facts->role),
			text_printable(line, sizeof(line), facts->role_line));
}
