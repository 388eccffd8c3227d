/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the journal share: a temporary folder per test, and runs of a cluster "shop".
 * Whatever fails here fails the test. */
#ifndef TESTS_UNIT_JOURNAL_FIXTURE_H
#define TESTS_UNIT_JOURNAL_FIXTURE_H

#include <stdint.h>

#include "orchestrator/journal/journal.h"

/* Set-up and tear-down of a test; *state is the folder's path. */
int journal_fixture_folder(void **state);
int journal_fixture_remove(void **state);

/* Every field is filled. */
const struct journal_run *journal_fixture_run(void);
struct journal *journal_fixture_open(const char *folder);
/* Begins that run; its number, above 0. */
int64_t journal_fixture_begin(struct journal *journal);
/* Notes an event of "install" on web1, the second attempt; detail may be NULL. */
void journal_fixture_add(struct journal *journal, int64_t run_id, uint32_t step,
	enum journal_kind kind, const char *detail);

/* What any tool for SQLite would do to the journal in folder, which is made when missing. */
void journal_fixture_alter(const char *folder, const char *statements);

#endif
