/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a resumed run goes on. */
#include "orchestrator/run/continuation.h"

#include <stdlib.h>

#include "orchestrator/journal/note.h"
#include "orchestrator/run/continuation_judge.h"
#include "orchestrator/run/plan_record.h"

/* wants: which files are not as here. */
static void ask_files(
	struct propagate *propagate, struct continuation_seen *seen, struct text *wants)
{
	CLEANUP(error_release) struct error ignored = {0};

	if (propagate_look(propagate, NULL, &ignored) < 0)
		return;
	propagate_wants(propagate, wants);
	seen->files_asked = true;
	seen->files_wanted = wants->length > 0;
}

static void look(struct run_context *run, struct continuation_seen *seen, struct text *wants)
{
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};

	nodes_ask_all(&run->nodes, PLAN_NO_NODE, errors);
	run_context_view(run, &seen->view);
	if (run->target.kind == PLAN_BOOTSTRAP)
		ask_files(run->propagate, seen, wants);
	for (size_t i = 0; i < run->nodes.count; i++) {
		seen->boots[i] = run->nodes.items[i].facts.boot;
		seen->boots_before[i] = run->state.nodes[i].boot_before;
	}
}

static char *in_words(const struct run_context *run, const struct rewind *rewind)
{
	const struct step *step = &run->plan.steps[rewind->point.step];
	const bool nobody = rewind->node == PLAN_NO_NODE;
	const char *name = nobody ? "" : run->nodes.cluster->nodes[rewind->node].name;
	const char *colon = nobody ? "" : ": ";

	if (!rewind->reason[0])
		return NULL;
	if (rewind->replanned)
		return text_format(
			"%s%s%s; what is left to do was planned anew", name, colon, rewind->reason);
	return text_format("%s%s%s; it goes on with: %s", name, colon, rewind->reason,
		plan_step_title(step->kind));
}

/* What was said so far, and that nodes keep other files. Takes said. */
static char *with_files(char *said, const char *wants)
{
	char *all =
		text_format("%s%s%s; this run brings no files any more, `haupgrade propagate` does",
			said ?: "", said ? "; " : "", wants);

	free(said);
	return all;
}

int continuation_find(struct run_context *run, struct journal *journal, int64_t run_id,
	struct rewind_point *point, char **words, struct error *err)
{
	CLEANUP(cleanup_free) char *said = NULL;
	CLEANUP(cleanup_free) char *note = NULL;
	CLEANUP(cleanup_text) struct text wants = {0};
	struct continuation_seen seen = {0};
	struct rewind rewind;
	int result;

	look(run, &seen, &wants);
	result = continuation_judge_find(&run->plan, point, &seen, &rewind, err);
	if (result < 0)
		return result;
	run->plan = rewind.plan;
	said = in_words(run, &rewind);
	if (rewind.replanned) {
		result = plan_record_renewed(run, rewind.point.step, said, &note, err);
		if (result == 0)
			result = journal_note(journal, run_id, NOTE_PLAN, note, err);
		if (result < 0)
			return result;
	}
	if (continuation_judge_leaves_files(&run->plan, rewind.point.step, &seen))
		said = with_files(TAKE(said), text_string(&wants));
	*point = rewind.point;
	*words = TAKE(said);
	return 0;
}
