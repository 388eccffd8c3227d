/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's gate. */
#include "orchestrator/run/run_gate.h"

#include "orchestrator/step/step.h"

static void told(void *data, const struct gate_news *news)
{
	struct teller *teller = data;

	teller->tell(teller, &(struct told){.kind = TOLD_GATE, .gate = news});
}

static int ask(void *data, const char *question, bool (*given_up)(void *gate), void *gate)
{
	struct teller *teller = data;

	return teller->ask(teller, question, given_up, gate);
}

enum outcome run_gate_open(struct execution *execution, size_t first_step)
{
	struct run_context *run = &execution->run;
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	const struct gate_setup setup = {
		.target = &run->target,
		.plan = &run->plan,
		.probe = run->probe,
		.deadlines_ms = deadlines_ms,
		.journal = run->journal,
		.options = &execution->gates,
		.interrupted = execution->process->interrupted,
		.told = told,
		.ask = execution->teller->ask ? ask : NULL,
		.data = execution->teller,
	};
	CLEANUP(error_release) struct error err = {0};

	step_deadlines(run->nodes.cluster, deadlines_ms);
	if (gate_new(&setup, &execution->gate, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	if (gate_may_begin(execution->gate, first_step, &err) < 0) {
		error_prefix(&err, "not begun");
		return teller_fail(execution->teller, &err, OUTCOME_NO);
	}
	return OUTCOME_DONE;
}
