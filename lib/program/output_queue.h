/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program prints, written by a thread of its own: whoever prints never waits for whoever
 * reads. A terminal that was stopped by ^S, a login that hangs or a pipe that nobody empties may
 * take bytes again much later, or never.
 *
 * All of it goes through one queue, so that the order stays what it was. What does not fit into the
 * queue any more is left out, and counted.
 */
#ifndef LIB_PROGRAM_OUTPUT_QUEUE_H
#define LIB_PROGRAM_OUTPUT_QUEUE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/* So many bytes wait at most. */
#define OUTPUT_QUEUE_WAITING_MAX (1024 * 1024)

struct output_queue;

/* *queue is owned; to be released by output_queue_end. */
int output_queue_start(struct output_queue **queue, struct error *err);
/*
 * Queues the bytes for the descriptor, all of them or none; false when there is no room. A
 * descriptor that takes no more (its reader is gone) loses them in silence. Any thread.
 */
bool output_queue_put(struct output_queue *queue, int descriptor, const char *bytes, size_t length);
/* All that was queued is written. Any thread. */
bool output_queue_is_idle(struct output_queue *queue);
/*
 * stdout and stderr are streams into the queue until output_queue_end (glibc lets them be
 * assigned), a line at a time. No other thread may print meanwhile.
 */
int output_queue_capture(struct output_queue *queue, struct error *err);
/*
 * Gives stdout and stderr back, waits until all is written or *cancel is set (NULL: never), and
 * releases the queue. Returns how many lines were left out; what could not be written before
 * *cancel is not counted, and the thread that hangs in it is left behind. NULL is legal.
 */
uint64_t output_queue_end(struct output_queue *queue, const volatile sig_atomic_t *cancel);

#endif
