/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an IT manager wants to know of a run, in a few sentences. */
#ifndef ORCHESTRATOR_REPORT_SUMMARY_H
#define ORCHESTRATOR_REPORT_SUMMARY_H

#include "orchestrator/report/model.h"

enum summary_mood { SUMMARY_GOOD, SUMMARY_NOTE, SUMMARY_BAD };

enum summary_question {
	SUMMARY_RESULT,
	SUMMARY_SERVICE,
	SUMMARY_PACKAGES,
	SUMMARY_REBOOTS,
	SUMMARY_WHEN,
	SUMMARY_RECORD,
	SUMMARY_COUNT
};

/* Owned strings. */
struct summary_fact {
	const char *question; /* "Was the service interrupted?" */
	enum summary_mood mood;
	char *answer; /* "No" */
	char *words;  /* one or two sentences */
};

struct summary {
	char *title; /* "Upgrade of cluster shop" */
	struct summary_fact facts[SUMMARY_COUNT];
};

void summary_make(const struct report *report, struct summary *summary);
void summary_clear(struct summary *summary);
static inline void cleanup_summary(struct summary *summary)
{
	summary_clear(summary);
}

/* As the clients saw it: of the run's own probe; measured: it asked at all. What nodes saw is
 * evidence (nodes_failed: how many of their requests failed) and counts for nothing. A first
 * installation's is measured from the first answer on, a node's requests from the first answer to
 * that node on; not_served: what failed before it. */
struct summary_service {
	bool measured;
	uint64_t asked, failed, slow;
	uint64_t longest_gap_ms;
	uint64_t nodes_failed;
	uint64_t not_served;
};
struct summary_service summary_service(const struct report *report);

/* "good", "note", "bad". */
const char *summary_mood_name(enum summary_mood mood);

#endif
