/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far the reading of a large bundle is: a live line on a terminal, events with --json. */
#ifndef ORCHESTRATOR_COMMAND_PROGRESS_H
#define ORCHESTRATOR_COMMAND_PROGRESS_H

#include "orchestrator/command/command.h"

/* Plain data. */
struct progress {
	const struct settings *settings;
	bool live;
	bool shown; /* a line is on the terminal */
	uint64_t began_ms;
	uint64_t said_ms;
};

void progress_begin(struct progress *progress, const struct settings *settings);
/* For bundle_options.progress, data being the progress: says something now and then, and nothing
 * in the first second or when nobody looks. */
void progress_tell(void *data, uint64_t done, uint64_t total);
/* Takes the line off the terminal. */
void progress_end(struct progress *progress);

/*
 * Writes "512 of 2048 MiB, 480 MiB/s, 3 s left" for that many bytes in elapsed_ms; size >= 1.
 * Returns buffer.
 */
char *progress_words(char *buffer, size_t size, uint64_t done, uint64_t total, uint64_t elapsed_ms);

#endif
