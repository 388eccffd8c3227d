/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a package file that may be a pipe: its first bytes, the rest in order. */
#ifndef ORCHESTRATOR_BUNDLE_STREAM_H
#define ORCHESTRATOR_BUNDLE_STREAM_H

#include <stddef.h>
#include <sys/types.h>

/* What a package begins with. */
#define STREAM_MAGIC_SIZE 8
#define STREAM_MAGIC_DEB "!<arch>\n"

/* read(2) without its EINTR; a negative errno. */
ssize_t stream_read(int descriptor, void *buffer, size_t size);
/* Reads until size bytes are there or the stream ends; how many, or a negative errno. */
ssize_t stream_fill(int descriptor, void *buffer, size_t size);

/*
 * A thread that writes head and then all that is left of a descriptor into a pipe, for a library
 * that wants to read the whole file itself. Head is borrowed until stream_join.
 */
struct stream;
struct text;

/* *output is the pipe's reading end, owned. NULL with errno set when there is no thread or pipe. */
struct stream *stream_start(const struct text *head, int descriptor, int *output);
/*
 * Waits for its end, which is soon after the reading end is closed or the descriptor's end is
 * reached; releases it. 0, or a negative errno when the descriptor could not be read.
 */
int stream_join(struct stream *stream);

#endif
