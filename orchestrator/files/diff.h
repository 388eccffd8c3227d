/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The difference of two texts as diff(1) tells it, without leaving either in a file. */
#ifndef ORCHESTRATOR_FILES_DIFF_H
#define ORCHESTRATOR_FILES_DIFF_H

#include <stddef.h>

#include "lib/base/error.h"

struct diff_side {
	const char *bytes;
	size_t length;
	const char *label; /* for the line --- or +++ */
};

/*
 * The unified difference, "" when there is none; owned, terminated. Runs diff(1) of this machine,
 * which reads both from memory. -ENOENT when there is no diff.
 */
int diff_unified(const struct diff_side *left, const struct diff_side *right, char **text,
	struct error *err);

#endif
