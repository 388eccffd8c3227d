/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a resumed run goes on, by what is seen of the nodes. */
#include "orchestrator/run/continuation_judge.h"

#include <string.h>

enum rewind_mark continuation_judge_mark(enum journal_kind event)
{
	static const enum rewind_mark marks[] = {
		[JOURNAL_INTENDED] = REWIND_INTENDED,
		[JOURNAL_STEP_DONE] = REWIND_DONE,
		[JOURNAL_STEP_FAILED] = REWIND_FAILED,
		[JOURNAL_REFUSED] = REWIND_REFUSED,
	};

	return marks[event];
}

int continuation_judge_find(const struct plan *plan, const struct rewind_point *point,
	const struct continuation_seen *seen, struct rewind *rewind, struct error *err)
{
	struct rewind_facts facts = {.view = seen->view};

	/* Who cannot be asked may lack them. */
	facts.files_ready =
		seen->view.kind == PLAN_BOOTSTRAP && seen->files_asked && !seen->files_wanted;
	for (size_t i = 0; i < seen->view.node_count; i++) {
		const char *boot = seen->boots[i], *before = seen->boots_before[i];

		facts.same_boot[i] = boot && before[0] && strcmp(boot, before) == 0;
	}
	return rewind_find(seen->view.kind, plan, point, &facts, rewind, err);
}

bool continuation_judge_leaves_files(
	const struct plan *plan, size_t step, const struct continuation_seen *seen)
{
	if (seen->view.kind != PLAN_BOOTSTRAP || !seen->files_asked || !seen->files_wanted)
		return false;
	for (size_t i = step; i < plan->count; i++)
		if (plan->steps[i].kind == STEP_PROPAGATE)
			return false;
	return true;
}
