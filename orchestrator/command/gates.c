/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gates of a run on the command line: opened, told, asked at the terminal. */
#include "orchestrator/command/gates.h"

#include <errno.h>
#include <unistd.h>

static void told(void *data, const struct gate_news *news)
{
	struct output *output = data;

	output_gate(output, news);
}

static int ask(void *data, const char *question, bool (*given_up)(void *gate), void *gate)
{
	return output_ask(data, question, given_up, gate);
}

/* A node that does not answer is told as such. */
static void look(struct run *run)
{
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};

	run_ask_all(run, PLAN_NO_NODE, errors);
}

int gates_open(struct output *output, struct run *run, struct journal *journal,
	const struct gate_options *options, size_t first_step, struct gate **gate)
{
	const struct settings *settings = output->settings;
	const bool somebody = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !settings->json;
	const struct gate_setup setup = {
		.run = run,
		.journal = journal,
		.options = options,
		.interrupted = settings->interrupted,
		.told = told,
		.ask = somebody ? ask : NULL,
		.look = look,
		.data = output,
	};
	CLEANUP(error_release) struct error err = {0};

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
