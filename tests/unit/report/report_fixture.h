/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Journals of runs for tests of reports, made in memory. */
#ifndef TESTS_UNIT_REPORT_FIXTURE_H
#define TESTS_UNIT_REPORT_FIXTURE_H

#include "orchestrator/journal/journal.h"
#include "orchestrator/report/model.h"

/* The moment of the first line. */
#define REPORT_FIXTURE_BEGAN UINT64_C(1767182400000000) /* 2025-12-31 12:00:00 UTC */

struct report_fixture {
	struct journal_record record;
	struct journal_line *lines;
	size_t count;
	struct journal_chain chain;
	struct report report;
};

/* A run of "shop" with node1 and node2 and this plan's steps (JSON list), in that state. */
void report_fixture_begin(
	struct report_fixture *fixture, const char *steps, enum journal_state state);
/* Lines at that many milliseconds after the beginning. */
void report_fixture_state(struct report_fixture *fixture, uint64_t at_ms, const char *text);
void report_fixture_step(struct report_fixture *fixture, uint64_t at_ms, int64_t step,
	enum journal_kind kind, const char *detail);
void report_fixture_note(
	struct report_fixture *fixture, uint64_t at_ms, const char *kind, const char *text);
/* Makes fixture->report of the lines. */
void report_fixture_make(struct report_fixture *fixture);
void report_fixture_clear(struct report_fixture *fixture);
static inline void cleanup_report_fixture(struct report_fixture *fixture)
{
	report_fixture_clear(fixture);
}

/* A whole upgrade of both nodes, done, with a probe that saw no failure. */
void report_fixture_upgrade(struct report_fixture *fixture);

#endif
