/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gates of a run on the command line: opened, told, asked at the terminal. */
#include "orchestrator/command/gates.h"

#include <errno.h>
#include <unistd.h>

#include "orchestrator/step/step.h"

static void told(void *data, const struct gate_news *news)
{
	struct output *output = data;

	output_gate(output, news);
}

static int ask(void *data, const char *question, bool (*given_up)(void *gate), void *gate)
{
	return output_ask(data, question, given_up, gate);
}

int gates_open(struct output *output, struct run_context *run, const struct gate_options *options,
	size_t first_step, struct gate **gate)
{
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	const struct settings *settings = output->settings;
	const bool somebody = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !settings->json;
	const struct gate_setup setup = {
		.target = &run->target,
		.plan = &run->plan,
		.probe = run->probe,
		.deadlines_ms = deadlines_ms,
		.journal = run->journal,
		.options = options,
		.interrupted = settings->interrupted,
		.told = told,
		.ask = somebody ? ask : NULL,
		.data = output,
	};
	CLEANUP(error_release) struct error err = {0};

	step_deadlines(run->nodes.cluster, deadlines_ms);
	if (gate_new(&setup, gate, &err) < 0) {
		command_complain(settings, error_text(&err));
		return EXIT_USAGE;
	}
	if (gate_may_begin(*gate, first_step, &err) < 0) {
		error_prefix(&err, "not begun");
		command_complain(settings, error_text(&err));
		return EXIT_NO;
	}
	return EXIT_DONE;
}
