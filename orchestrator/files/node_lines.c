/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the `node` lines of an ha.cf name the very nodes of the cluster file? */
#include "orchestrator/files/node_lines.h"

#include <string.h>
#include <strings.h>

#include "lib/conf/line.h"

struct comparison {
	const struct cluster *cluster;
	bool seen[CLUSTER_NODES_MAX];
};

/* Upper and lower case are the same, as in DNS and for heartbeatd. */
static void take_node(struct comparison *comparison, const struct line *line, const char *name,
	struct problems *problems)
{
	const struct cluster *cluster = comparison->cluster;

	for (size_t i = 0; i < cluster->node_count; i++) {
		if (strcasecmp(cluster->nodes[i].name, name) == 0) {
			comparison->seen[i] = true;
			return;
		}
	}
	problems_add(problems, line->file, line->number,
		"node %s is not in the cluster file %s; add it there, or take it out here", name,
		cluster->file);
}

static void take_line(const struct line *line, struct problems *problems, void *context)
{
	if (strcmp(line->words[0], "node") != 0)
		return;
	for (size_t i = 1; i < line->word_count; i++)
		take_node(context, line, line->words[i], problems);
}

void node_lines_check(const char *file, const char *bytes, size_t length,
	const struct cluster *cluster, struct problems *problems)
{
	struct comparison comparison = {.cluster = cluster};

	line_parse_bytes(file, bytes, length, take_line, problems, &comparison);
	for (size_t i = 0; i < cluster->node_count; i++)
		if (!comparison.seen[i])
			problems_add(problems, file, 0,
				"there is no line \"node %s\", but the cluster file %s has that node",
				cluster->nodes[i].name, cluster->file);
}
