/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pattern of a profile: a POSIX extended regular expression, compiled once and matched here. */
#ifndef ORCHESTRATOR_CLUSTER_PATTERN_H
#define ORCHESTRATOR_CLUSTER_PATTERN_H

#include <stdbool.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

/*
 * Compiling takes memory that grows with the expression, and with every repetition in braces again:
 * hence these limits. Back references (\1), which regex(7) does not know and which may take for
 * ever, are refused.
 */
enum { PATTERN_LENGTH_MAX = 256, PATTERN_REPEAT_MAX = 64 };

struct pattern;

/* Extended regular expression as in regex(7). -EINVAL: err says what is wrong and where. */
int pattern_make(const char *words, struct pattern **pattern, struct error *err);
/* NULL is legal. */
void pattern_free(struct pattern *pattern);
CLEANUP_DEFINE(pattern);

/* The expression itself; borrowed. */
const char *pattern_words(const struct pattern *pattern);
/* Does it match anywhere in the line? */
bool pattern_matches(const struct pattern *pattern, const char *line);
/* Is it plain text, in which no character has a special meaning? */
bool pattern_is_plain(const struct pattern *pattern);

#endif
