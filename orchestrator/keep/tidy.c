/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What earlier runs left on the nodes and nobody needs any more. */
#include "orchestrator/keep/tidy.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/journal/note.h"
#include "orchestrator/keep/kept.h"

enum { TIDY_DEADLINE_MS = 60000, KEPT_SHOWN_MAX = 512 };

/*
 * $1 root, $2 job's name of this run, $3 how many bundles to keep, $4 $5 folders that are kept
 * whatever their age ($5 may be ""). The time of its list is when a bundle was used last. A job
 * that holds its lock is at work.
 */
static const char tidy_script[] =
	"LC_ALL=C; export LC_ALL\n"
	"cd -- \"$1\" 2>/dev/null || exit 0\n"
	"left=$3; run=$2 first=$4 second=$5\n"
	/* What a rollback brought back is there twice: the bundle that holds more stays. */
	"for list in bundles/*/SHA256SUMS; do\n"
	"  own=bundles/$first/SHA256SUMS less=\n"
	"  [ -f \"$own\" ] && [ -f \"$list\" ] && [ \"$list\" != \"$own\" ] || continue\n"
	"  if ! grep -q -v -x -F -f \"$list\" -- \"$own\"; then\n"
	"    less=$own first=${list#bundles/}; first=${first%/SHA256SUMS}; touch -- \"$list\"\n"
	"  elif ! grep -q -v -x -F -f \"$own\" -- \"$list\"; then\n"
	"    less=$list\n"
	"  fi\n"
	"  [ -z \"$less\" ] || { rm -f -- \"$less\" && rm -rf -- \"${less%/SHA256SUMS}\"; }\n"
	"done\n"
	"for folder in \"$first\" \"$second\"; do\n"
	"  [ -z \"$folder\" ] || [ ! -e \"bundles/$folder/SHA256SUMS\" ] || left=$((left - 1))\n"
	"done\n"
	"ls -t bundles/*/SHA256SUMS 2>/dev/null | while IFS= read -r list; do\n"
	"  folder=${list#bundles/}; folder=${folder%/SHA256SUMS}\n"
	"  case $folder in\n"
	"  \"$first\" | \"$second\") ;;\n"
	"  *)\n"
	"    left=$((left - 1))\n"
	"    [ $left -lt 0 ] || continue\n"
	"    rm -f -- \"$list\" && rm -rf -- \"bundles/$folder\" ;;\n"
	"  esac\n"
	"done\n"
	"for folder in bundles/*; do\n"
	"  [ ! -d \"$folder\" ] || [ -e \"$folder/SHA256SUMS\" ] || rm -rf -- \"$folder\"\n"
	"done\n"
	"for folder in jobs/*-install; do\n"
	"  [ -d \"$folder\" ] && [ \"$folder\" != \"jobs/$run-install\" ] || continue\n"
	"  flock -n \"$folder/lock\" rm -rf -- \"$folder\"\n"
	"done\n"
	"for list in bundles/*/SHA256SUMS; do\n"
	"  [ ! -e \"$list\" ] || echo \"kept ${list#bundles/}\"\n"
	"done\n"
	"exit 0\n";

struct tidy {
	char *said[CLUSTER_NODES_MAX]; /* names of the bundles, one blank between; NULL: not asked
					*/
};

char *tidy_parse(const char *output, size_t length)
{
	CLEANUP(cleanup_free) char *copy = strndup(output, length);
	struct text names = {0};
	char *line, *rest = copy;

	while ((line = strsep(&rest, "\n")) && names.length < KEPT_SHOWN_MAX) {
		char name[64];

		/* Login scripts may chatter; what is not ours is passed over. */
		if (!text_starts_with(line, "kept "))
			continue;
		line[strcspn(line, "/")] = '\0';
		text_appendf(&names, "%s%s", names.length ? " " : "",
			text_printable(name, sizeof(name), line + strlen("kept ")));
	}
	return text_take(&names);
}

static int tidy_node(struct run *run, size_t node, void *data, struct error *err)
{
	CLEANUP(cleanup_free) char *bundle = text_format("%.16s", run->bundle_digest);
	CLEANUP(cleanup_free) char *previous = text_format("%.16s", run->previous_digest);
	CLEANUP(cleanup_free) char *count = text_format("%d", TIDY_BUNDLES_KEPT);
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	const char *arguments[] = {"/var/lib/haupgrade", run->job, count, bundle, previous, NULL};
	struct tidy *tidy = data;
	int status = link_script(&run->nodes[node].link, "remove what is not needed", tidy_script,
		arguments, TIDY_DEADLINE_MS, &result, err);

	if (status < 0)
		return status;
	tidy->said[node] = tidy_parse(result.output, result.output_length);
	return 0;
}

void tidy_nodes(struct run *run)
{
	struct tidy tidy = {0};
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	json_t *nodes = json_array(), *note;
	char *text;

	run_each_node(run, tidy_node, &tidy, errors, NULL);
	for (size_t i = 0; i < run->cluster->node_count; i++) {
		CLEANUP(cleanup_free) char *trouble = text_printable_copy(error_text(&errors[i]));

		json_array_append_new(
			nodes, json_pack("{s:s, s:s}", "name", run->cluster->nodes[i].name,
				       tidy.said[i] ? "bundles" : "trouble",
				       tidy.said[i] ? tidy.said[i] : trouble));
		free(tidy.said[i]);
	}
	note = json_pack("{s:s, s:o}", "text",
		"the last two bundles are kept on the nodes for a way back", "nodes", nodes);
	text = json_dumps(note, JSON_COMPACT);
	if (run->note && text)
		run->note(run->note_data, NOTE_KEPT, text);
	free(text);
	json_decref(note);
}
