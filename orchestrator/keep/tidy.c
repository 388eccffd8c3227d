/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What earlier runs left on the nodes and nobody needs any more. */
#include "orchestrator/keep/tidy.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/journal/note.h"
#include "orchestrator/keep/kept_packages.h"
#include "orchestrator/keep/script.h"
#include "orchestrator/node/answer.h"

enum { TIDY_DEADLINE_MS = 60000, KEPT_SHOWN_MAX = 512 };

struct tidy {
	const struct target *target;
	const char *job;
	char *said[CLUSTER_NODES_MAX]; /* names of the bundles, one blank between; NULL: not asked
					*/
};

char *tidy_parse(const char *output, size_t length)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(output, length);
	struct text names = {0};

	while (answer_next(&answer) && names.length < KEPT_SHOWN_MAX) {
		char name[64];

		if (strcmp(answer.key, "kept") != 0 || !answer.has_value)
			continue;
		answer.value[strcspn(answer.value, "/")] = '\0';
		text_appendf(&names, "%s%s", names.length ? " " : "",
			text_printable(name, sizeof(name), answer.value));
	}
	return text_take(&names);
}

static int tidy_node(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	struct tidy *tidy = data;
	const struct target *target = tidy->target;
	CLEANUP(cleanup_free) char *bundle = text_format("%.16s", target->bundle_digest);
	CLEANUP(cleanup_free) char *previous = text_format("%.16s", target->previous_digest);
	CLEANUP(cleanup_free) char *count = text_format("%d", TIDY_BUNDLES_KEPT);
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	const char *arguments[] = {"/var/lib/haupgrade", tidy->job, count, bundle, previous, NULL};
	int status = link_script(&nodes->items[node].link, "remove what is not needed",
		script_keep_tidy, arguments, TIDY_DEADLINE_MS, &result, err);

	if (status < 0)
		return status;
	tidy->said[node] = tidy_parse(result.output, result.output_length);
	return 0;
}

char *tidy_nodes(const struct target *target, const char *job)
{
	struct tidy tidy = {.target = target, .job = job};
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	json_t *nodes = json_array(), *note;
	char *text;

	nodes_each(target->nodes, tidy_node, &tidy, errors, NULL);
	for (size_t i = 0; i < target->nodes->cluster->node_count; i++) {
		CLEANUP(cleanup_free) char *trouble = text_printable_copy(error_text(&errors[i]));

		json_array_append_new(nodes,
			json_pack("{s:s, s:s}", "name", target->nodes->cluster->nodes[i].name,
				tidy.said[i] ? "bundles" : "trouble",
				tidy.said[i] ? tidy.said[i] : trouble));
		free(tidy.said[i]);
	}
	note = json_pack("{s:s, s:o}", "text",
		"the last two bundles are kept on the nodes for a way back", "nodes", nodes);
	text = json_dumps(note, JSON_COMPACT);
	json_decref(note);
	return text;
}
