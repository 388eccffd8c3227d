/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What earlier runs left on the nodes and nobody needs any more. */
#ifndef ORCHESTRATOR_KEEP_TIDY_H
#define ORCHESTRATOR_KEEP_TIDY_H

#include <stddef.h>

#include "orchestrator/node/target.h"

enum { TIDY_BUNDLES_KEPT = 2 };

/*
 * At the end of a done run, on every node that can be reached: keeps the bundles of this run and
 * those used last, TIDY_BUNDLES_KEPT in all, and removes older ones, uploads that did not end, and
 * the folders of jobs of other runs that are not at work. job: what this run is called on the
 * nodes. What cannot be removed is no failure of the run. The text of a note "kept"; owned.
 */
char *tidy_nodes(const struct target *target, const char *job);

/* What a node says it keeps: the bundles' names, printable, one blank between. Pure; owned. */
char *tidy_parse(const char *output, size_t length);

#endif
