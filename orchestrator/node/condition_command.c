/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question to a node for its condition: one constant script that writes nothing. */
#include <stdlib.h>

#include "lib/base/vector.h"
#include "orchestrator/node/condition.h"
#include "orchestrator/node/script.h"
#include "orchestrator/remote/quote.h"

static void add(const char ***words, size_t *count, const char *word)
{
	*VECTOR_APPEND(*words, *count) = word;
}

int condition_command(
	const struct cluster *cluster, const char *folder, char **line, struct error *err)
{
	const struct profile *profile = cluster->profile;
	CLEANUP(cleanup_free) const char **words = NULL;
	size_t count = 0, i;

	add(&words, &count, profile_packager_name(profile->packager));
	add(&words, &count, folder);
	for (i = 0; i < cluster->floating_ips.count; i++)
		add(&words, &count, cluster->floating_ips.items[i]);
	add(&words, &count, "--");
	for (i = 0; i < profile->services.count; i++)
		add(&words, &count, profile->services.items[i]);
	for (i = 0; i < cluster->services.count; i++)
		add(&words, &count, cluster->services.items[i]);
	add(&words, &count, "--");
	for (i = 0; i < cluster->files.count; i++)
		add(&words, &count, cluster->files.items[i].target);
	return quote_script(script_node_condition, words, count, line, err);
}
