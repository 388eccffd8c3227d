/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run as it goes, drawn in place on a terminal by a thread of its own, ten times a second. What
 * else is to be seen goes above it (screen_say) or in its place for a while (screen_suspend).
 * Nothing here waits for the terminal: while it takes nothing (lib/program/output_queue.h), no tree
 * is drawn, and lines are queued.
 *
 * The terminal keeps its settings and its cursor, so whatever ends the program leaves it usable;
 * after ^Z and fg, and when its size has changed, all is drawn anew. Nothing is drawn while the
 * process is in the background.
 */
#ifndef ORCHESTRATOR_SCREEN_SCREEN_H
#define ORCHESTRATOR_SCREEN_SCREEN_H

#include "lib/base/cleanup.h"
#include "lib/program/output_queue.h"
#include "orchestrator/gate/expected_duration.h"
#include "orchestrator/plan/view.h"
#include "orchestrator/probe/probe.h"
#include "orchestrator/screen/line.h"

struct screen;

/* Borrowed until screen_end. */
struct screen_setup {
	int terminal;		    /* descriptor */
	struct output_queue *queue; /* all that is drawn goes through it; until screen_free */
	struct screen_style style;
	const char *title;
	const char *upgraded; /* what a node with the run's packages is: "upgraded", "gone back" */
	const struct plan *plan;
	const struct cluster *cluster;
	const struct expected_duration *expect;
	struct probe *probe; /* or NULL */
	size_t first_step;   /* those before it were done earlier */
	/* Words of what else watches the service, for each frame; any thread. May be NULL. */
	void (*more)(void *data, char *words, size_t size);
	void *data;
};

/* Can this terminal be drawn on? Not if $TERM is unset or "dumb". */
bool screen_is_possible(int terminal);
/* By the locale's and NO_COLOR's words in the environment. */
struct screen_style screen_style(void);

/* NULL where no thread can be started: then say it in lines. */
struct screen *screen_start(const struct screen_setup *setup);
/* Draws all of it for the last time, however high; it stays. NULL is legal. */
void screen_end(struct screen *screen);
/* After screen_end, when no thread has anything to say any more. NULL is legal. */
void screen_free(struct screen *screen);
CLEANUP_DEFINE(screen);

/* Words: printed as they are, cut to what there is room for; they must be printable. */
void screen_step_began(struct screen *screen, size_t step);
void screen_step_waits(struct screen *screen, size_t step, const char *words);
void screen_step_done(
	struct screen *screen, size_t step, uint64_t elapsed_ms, const char *evidence);
void screen_step_stopped(
	struct screen *screen, size_t step, uint64_t elapsed_ms, const char *reason);
void screen_observed(struct screen *screen, const struct cluster_view *view);

/* Whole lines that stay, above the tree; false after screen_end: then say it elsewhere. Any thread.
 */
bool screen_say(struct screen *screen, const char *lines);
/* Clears it away and draws nothing until screen_resume. */
void screen_suspend(struct screen *screen);
void screen_resume(struct screen *screen);

#endif
