/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run as its report tells it, made of nothing but the journal's lines. Pure. The lines may be
 * damaged or of a newer haupgrade: what cannot be read is left out here and still stands among the
 * lines. All times are microseconds by the admin machine's wall clock; a clock that was set back
 * stands still here until it has caught up.
 */
#ifndef ORCHESTRATOR_REPORT_MODEL_H
#define ORCHESTRATOR_REPORT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/journal/journal.h"
#include "orchestrator/plan/plan.h"

/* More nodes than a cluster may have are not shown, nor longer lists than these. */
enum { REPORT_CELLS_MAX = 2000000, REPORT_NO_NODE = -1 };

enum report_outcome {
	REPORT_WAITING, /* planned, not begun */
	REPORT_BEGUN,	/* intended; nothing tells how it ended */
	REPORT_DONE,
	REPORT_FAILED,
	REPORT_REFUSED, /* not begun, for a reason */
};

/* One step of the plan, by its newest event. */
struct report_step {
	char *name;	   /* "install" */
	const char *title; /* "install the packages"; constant or name */
	int node;	   /* index, or REPORT_NO_NODE */
	enum report_outcome outcome;
	uint32_t attempts;
	uint64_t from_us, to_us; /* 0: never begun */
	char *detail;		 /* evidence or reason */
};

/* One uninterrupted time in which a step was worked on: a bar of the timeline. */
struct report_bar {
	size_t step;
	uint64_t from_us, to_us;
	enum report_outcome outcome;
};

/* What a node was from then until the next one of its node. */
struct report_phase {
	size_t node;
	uint64_t from_us, to_us;
	enum role role;
	bool services, holds, reachable, upgraded;
};

struct report_reboot {
	size_t node;
	uint64_t down_us, up_us; /* not reachable; answering with another boot identity */
};

/* A package's versions on one node; NULL: not there or not known. */
struct report_version {
	size_t node;
	char *package;
	char *before, *after;
};

struct report_node {
	char *name;
	char *address;
	bool seen_after; /* its packages were read during the run */
};

/* What the probe saw in a short time. */
struct report_cell {
	size_t vantage;
	uint64_t from_us, to_us;
	uint32_t good, failed, slow, max_us;
	uint32_t asked;	     /* 0: not known */
	uint32_t stalled_us; /* this machine did not let the probe look */
};

struct report_vantage {
	char *name;
	uint64_t asked, good, failed, slow, skipped;
	/* Of a first installation: what failed before the service first answered there. It stands
	 * here only, neither in asked nor in failed: nothing was there to be interrupted. */
	uint64_t not_served;
	uint64_t max_us;	 /* slowest good answer */
	uint64_t longest_gap_ms; /* between good answers */
	char *error;		 /* the newest failure's words, "" */
};

struct report_check {
	char *name, *node, *result, *text, *fix, *command, *answer;
	char *waived; /* the reason, or "" */
};

/* Any other note, in words. */
struct report_note {
	uint64_t at_us;
	char *kind; /* journal/note.h */
	char *node; /* or "" */
	char *name; /* of the hook, gate, file, check, or "" */
	char *text;
};

/* A time in which a process worked on the run. */
struct report_sitting {
	uint64_t from_us, to_us;
	enum journal_state ended; /* JOURNAL_RUNNING: it died, or is still at work */
	char *reason;
};

/* Strings owned and never NULL unless said. Release with report_clear. */
struct report {
	const struct journal_record *record; /* borrowed, as are lines and chain */
	const struct journal_line *lines;
	size_t line_count;
	const struct journal_chain *chain;
	uint64_t begun_us, ended_us; /* of the whole; ended: the last line */
	uint64_t worked_us;	     /* the sittings together */
	struct report_node *nodes;
	size_t node_count;
	struct report_step *steps;
	size_t step_count;
	struct report_bar *bars;
	size_t bar_count;
	struct report_phase *phases;
	size_t phase_count;
	struct report_reboot *reboots;
	size_t reboot_count;
	struct report_version *versions;
	size_t version_count;
	struct report_cell *cells;
	size_t cell_count;
	struct report_vantage *vantages;
	size_t vantage_count;
	/* Long-lived connections: how many were watched, and how many of them broke. */
	uint64_t held, held_broken;
	struct report_check *checks;
	size_t check_count;
	struct report_note *notes;
	size_t note_count;
	struct report_sitting *sittings;
	size_t sitting_count;
};

/* All borrowed; must live as long as the report. */
void report_make(const struct journal_record *record, const struct journal_line *lines,
	size_t line_count, const struct journal_chain *chain, struct report *report);
void report_clear(struct report *report);
static inline void cleanup_report(struct report *report)
{
	report_clear(report);
}

/* "done", "failed", "refused", "begun", "not begun". */
const char *report_outcome_name(enum report_outcome outcome);

#endif
