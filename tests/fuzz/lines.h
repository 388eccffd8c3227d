/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's journal out of a fuzzer's words. */
#ifndef TESTS_FUZZ_LINES_H
#define TESTS_FUZZ_LINES_H

#include "orchestrator/journal/journal.h"

/*
 * Cuts words behind their first line; each one after it is a line of the journal: a letter (s step,
 * S state, n note, r request), for a step its number, a word, a blank, a text. Before the letter
 * may stand "@", the moment in microseconds, the step's name and its node, a blank behind each.
 * *lines is owned: journal_lines_free.
 */
void lines_read(char *words, struct journal_line **lines, size_t *count);

#endif
