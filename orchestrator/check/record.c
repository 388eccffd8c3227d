/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outcomes of preflight in a run's journal. */
#include "orchestrator/check/record.h"

#include <stdlib.h>

#include "lib/base/vector.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/plan/plan.h"

json_t *record_check(const struct check *check, const struct cluster *cluster)
{
	const char *node = check->node == PLAN_NO_NODE ? NULL : cluster->nodes[check->node].name;
	json_t *json = json_pack("{s:s, s:s?, s:s, s:o, s:o, s:o, s:o}", "name",
		check_name(check->kind), "node", node, "result", check_outcome_name(check->outcome),
		"text", note_string(check->text), "fix", note_string(check->fix), "command",
		note_string(check->command), "answer", note_string(check->answer));

	if (check->waived)
		json_object_set_new(json, "waived", note_string(check->waived));
	return json;
}

/* The JSON is released; the text is owned. */
static void add(struct journal_words **notes, size_t *count, const char *kind, json_t *json)
{
	*VECTOR_APPEND(*notes, *count) =
		(struct journal_words){kind, json_dumps(json, JSON_COMPACT)};
	json_decref(json);
}

int record_checks(const struct checks *checks, const struct waivers *waivers,
	const struct cluster *cluster, const struct record_place *place, struct error *err)
{
	struct journal_words *notes = NULL;
	size_t count = 0;
	int result;

	for (size_t i = 0; waivers && i < waivers->count; i++)
		add(&notes, &count, NOTE_WAIVED,
			json_pack("{s:s, s:o}", "name", check_name(waivers->items[i].kind),
				"reason", note_string(waivers->items[i].reason)));
	for (size_t i = 0; i < checks->count; i++)
		add(&notes, &count, NOTE_CHECK, record_check(&checks->items[i], cluster));
	result = journal_notes(place->journal, place->run_id, notes, count, err);
	for (size_t i = 0; i < count; i++)
		free((char *)notes[i].text);
	free(notes);
	return result;
}
