/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run takes its steps; how it ended is said, and what that leaves to do is done. */
#include <errno.h>

#include "lib/base/clock.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/keep/tidy.h"
#include "orchestrator/run/execution.h"
#include "orchestrator/run/recorder.h"
#include "orchestrator/run/run_end.h"

/* A hook that is to come before the run may hold all of it. */
static int begin_and_drive(
	struct execution *execution, const struct gate_run *begun, struct error *err)
{
	struct drive_end *end = &execution->end;
	CLEANUP(error_release) struct error trouble = {0};

	execution->drive.gate = execution->gate;
	if (gate_begin(execution->gate, begun, err) == 0)
		return drive_plan(&execution->drive, end, err);
	end->cause = CAUSE_GATE;
	end->step = execution->drive.first_step;
	if (journal_run_state(execution->journal, execution->run.id, JOURNAL_STOPPED,
		    error_text(err), &trouble) < 0)
		error_prefix(
			err, "the journal could not take this down (%s)", error_text(&trouble));
	return -ECANCELED;
}

/* The same while the steps are shown, and watched from beside; then what was seen is told.
 * *seconds: how long the steps took, and not what is put away after them. */
static int drive_watched(struct execution *execution, const struct gate_run *begun,
	struct watch *watch, double *seconds, struct error *err)
{
	const uint64_t began_ms = clock_monotonic_ms();
	struct teller *teller = execution->teller;
	struct tally_summary summary = {0};
	CLEANUP(cleanup_recorder)
	struct recorder *recorder =
		recorder_start(&execution->run, execution->journal, execution->run.id);
	const struct told_steps steps = {
		.run_id = execution->run.id,
		.kind = execution->run.target.kind,
		.cluster = execution->cluster,
		.plan = &execution->run.plan,
		.first_step = execution->drive.first_step,
		.probe = execution->probe,
		.watch = watch,
		.expect = gate_expected_duration(execution->gate),
	};
	int result;

	execution->drive.listener = recorder_listen(recorder, teller->steps);
	teller->tell(teller, &(struct told){.kind = TOLD_STEPS_BEGIN, .steps = &steps});
	result = begin_and_drive(execution, begun, err);
	teller->tell(teller, &(struct told){.kind = TOLD_STEPS_END});
	*seconds = (double)(clock_monotonic_ms() - began_ms) / 1000;
	recorder_stop(recorder);
	watch_stop(watch);
	if (execution->probe) {
		probe_stop(execution->probe, &summary);
		teller->tell(teller, &(struct told){.kind = TOLD_PROBE,
					     .probe = {.summary = &summary, .watch = watch}});
	}
	return result;
}

static void tidy(const struct run_context *run)
{
	CLEANUP(cleanup_free) char *kept = tidy_nodes(&run->target, run->job);

	if (kept)
		run_context_note(run, NOTE_KEPT, kept);
}

/* What the stop leaves to do on the nodes, and to say to whoever may have to do something. */
static void mend(struct execution *execution, const struct told_end *end)
{
	const bool aborted = end->cause == CAUSE_ABORT;

	execution->teller->tell(
		execution->teller, &(struct told){.kind = TOLD_STOPPED, .end = end});
	if (aborted)
		run_end_wake(execution);
	run_end_advise(execution, aborted ? ADVICE_ABORTED : ADVICE_STOPPED);
}

enum outcome execution_drive(
	struct execution *execution, const struct execution_goal *goal, bool resumed)
{
	volatile sig_atomic_t *interrupted = execution->process->interrupted;
	CLEANUP(error_release) struct error err = {0};
	CLEANUP(cleanup_watch)
	struct watch *watch = execution->run.watch = watch_start(&execution->run);
	const struct gate_run begun = {
		.run_id = execution->run.id,
		.kind = plan_kind_name(goal->kind),
		.first_step = execution->drive.first_step,
		.resumed = resumed,
	};
	struct told_end end = {.run_id = execution->run.id, .done = goal->done};
	const int result = drive_watched(execution, &begun, watch, &end.seconds, &err);

	end.cause = execution->end.cause;
	end.reason = error_text(&err);
	if (execution->end.way_back_known)
		execution->way_back = execution->end.way_back;
	execution->told_to_end = *interrupted;
	if (result < 0)
		mend(execution, &end);
	else
		tidy(&execution->run);
	gate_end(execution->gate, end.cause, end.reason);
	execution->told_to_end |= *interrupted || drive_abort_wanted(&execution->run);
	run_end_tell_config_files(execution);
	execution->teller->tell(
		execution->teller, &(struct told){.kind = TOLD_RUN_ENDS, .end = &end});
	return result < 0 ? OUTCOME_NO : OUTCOME_DONE;
}
