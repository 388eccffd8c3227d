/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is decided beside the engine while a plan is carried out. */
#include "orchestrator/run/drive_judge.h"

int drive_judge_skip(const struct step *step)
{
	/* Waiting for a machine that was just seen down would only delay seeing it up. */
	return step->kind == STEP_RETURN ? step->node : PLAN_NO_NODE;
}

bool drive_judge_needs_lease(const struct step *step, const struct cluster_view *view)
{
	struct cluster_view without = *view;
	CLEANUP(error_release) struct error ignored = {0};

	without.lease_lost = true;
	return engine_guard(step, &without, &ignored) < 0;
}

enum engine_event_kind drive_judge_event(enum engine_event_kind answer, bool interrupted)
{
	/* A journaled fact must reach the engine, whatever the operator wants. */
	return interrupted && answer != EVENT_JOURNALED ? EVENT_INTERRUPT : answer;
}

bool drive_judge_takes_back(enum engine_state state, bool taken_back)
{
	return state == ENGINE_WEIGHING && !taken_back;
}

enum journal_kind drive_judge_stop_event(bool intended)
{
	return intended ? JOURNAL_STEP_FAILED : JOURNAL_REFUSED;
}

enum journal_state drive_judge_stop_state(enum engine_cause cause)
{
	return cause == CAUSE_ABORT ? JOURNAL_ABORTED : JOURNAL_STOPPED;
}

enum journal_state drive_judge_done_state(const struct cluster_view *view, struct error *err)
{
	return engine_guard_budgets(view, err) < 0 ? JOURNAL_STOPPED : JOURNAL_DONE;
}
