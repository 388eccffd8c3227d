/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user sees: plain lines, a live tree on a terminal, or JSON events. */
#ifndef ORCHESTRATOR_COMMAND_OUTPUT_H
#define ORCHESTRATOR_COMMAND_OUTPUT_H

#include <jansson.h>

#include "orchestrator/bundle/bundle.h"
#include "orchestrator/command/command.h"
#include "orchestrator/run/drive.h"
#include "orchestrator/run/run_lease.h"
#include "orchestrator/screen/screen.h"
#include "orchestrator/step/step.h"

/* Prints one object on a line of its own and releases it. */
void output_event(json_t *event);

/*
 * From now on nothing that is printed waits for whoever reads it: a run that holds the nodes goes
 * on, looks at its deadlines and hears ^C when its terminal or pipe takes nothing any more. Where
 * that cannot be had, printing waits as ever. Any number of times, while one thread prints.
 */
void output_unblock(const struct settings *settings);
/*
 * Takes the lease (run_lease_take) for whoever has the lock in the settings' state folder, and says
 * what is waited for. Whoever holds the nodes waits for no reader: output_unblock comes first.
 */
int output_take_lease(const struct settings *settings, struct nodes *nodes,
	const struct run_lease_wish *wish, struct lease **lease, struct error *err);
/* Waits until all is printed, or for the next signal, and says what was left out. */
void output_finish(const struct settings *settings);

/* Shows a run as it goes. Start with output_init. */
struct output {
	const struct settings *settings;
	const struct cluster *cluster;
	struct screen *screen; /* while there is one; settings know it too */
	const struct plan *plan;
	struct watch *watch;
	char waits[256];  /* what it was last said to wait for */
	uint64_t said_ms; /* when that was */
	struct drive_listener listener;
};

void output_init(
	struct output *output, const struct settings *settings, const struct cluster *cluster);

/* What is shown of a run's steps. All borrowed until output_end. */
struct output_run {
	int64_t run_id;
	bool rollback;
	const struct plan *plan;
	size_t first_step;   /* those before it were done earlier */
	struct probe *probe; /* or NULL */
	struct watch *watch; /* or NULL */
	const struct expected_duration *expect;
};

/* Between these two the listener is called; on a terminal a tree is shown that stays at the end. */
void output_begin(struct output *output, const struct output_run *run);
void output_end(struct output *output);
/* When no thread has anything to say any more. */
void output_clear(struct output *output);

/* Each prints in the way the settings want. */
void output_findings(const struct settings *settings, const struct bundle_findings *findings);
void output_steps(const struct output *output, const struct plan *plan);
/* What a gate, hook or notification did. */
void output_gate(struct output *output, const struct gate_news *news);
/* Somebody's answer at the terminal: 1 yes, 0 no, -EINTR a signal came, -ECANCELED given_up. */
int output_ask(
	struct output *output, const char *question, bool (*given_up)(void *data), void *data);
void output_probe(const struct output *output, const struct tally_summary *summary);
/* What was seen beside the probe (step/watch.h), after its end; NULL: nothing. */
void output_watch(const struct output *output, struct watch *watch);
/* There is nothing (more) to do, and why; run_id 0: no run. */
void output_nothing(const struct settings *settings, int64_t run_id, const char *reason);
/*
 * Whole lines on stdout or stderr, where the tree may be: above that, in one piece. Whatever a node
 * or file said in them does not steer the terminal (text_printable_lines).
 */
void output_lines(const struct settings *settings, FILE *stream, const char *lines);
/* The same on stdout, unless --quiet or --json was given. */
void output_say(const struct settings *settings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "haupgrade: WORDS" on standard error, or above the tree. */
void output_complain(const struct settings *settings, const char *words);

#endif
