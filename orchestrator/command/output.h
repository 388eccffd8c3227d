/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user sees: plain lines, above the live tree where there is one, or JSON events. */
#ifndef ORCHESTRATOR_COMMAND_OUTPUT_H
#define ORCHESTRATOR_COMMAND_OUTPUT_H

#include <jansson.h>

#include "orchestrator/bundle/bundle.h"
#include "orchestrator/command/command.h"
#include "orchestrator/screen/screen.h"

/* Prints one object on a line of its own and releases it. */
void output_event(json_t *event);

/*
 * From now on nothing that is printed waits for whoever reads it: a run that holds the nodes goes
 * on, looks at its deadlines and hears ^C when its terminal or pipe takes nothing any more. Where
 * that cannot be had, printing waits as ever. Any number of times, while one thread prints.
 */
void output_unblock(const struct settings *settings);
/* Waits until all is printed, or for the next signal, and says what was left out. */
void output_finish(const struct settings *settings);

/* Each prints in the way the settings want. */
void output_findings(const struct settings *settings, const struct bundle_findings *findings);
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
