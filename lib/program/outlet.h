/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program prints, written by a thread of its own: whoever prints never waits for whoever
 * reads. A terminal that was stopped by ^S, a login that hangs or a pipe that nobody empties may
 * take bytes again much later, or never.
 *
 * All of it goes through one queue, so that the order stays what it was. What does not fit into the
 * queue any more is left out, and counted.
 */
#ifndef LIB_PROGRAM_OUTLET_H
#define LIB_PROGRAM_OUTLET_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/* So many bytes wait at most. */
#define OUTLET_WAITING_MAX (1024 * 1024)

struct outlet;

/* *outlet is owned; to be released by outlet_end. */
int outlet_start(struct outlet **outlet, struct error *err);
/*
 * Queues the bytes for the descriptor, all of them or none; false when there is no room. A
 * descriptor that takes no more (its reader is gone) loses them in silence. Any thread.
 */
bool outlet_put(struct outlet *outlet, int descriptor, const char *bytes, size_t length);
/* All that was queued is written. Any thread. */
bool outlet_is_idle(struct outlet *outlet);
/*
 * stdout and stderr are streams into the queue until outlet_end (glibc lets them be assigned), a
 * line at a time. No other thread may print meanwhile.
 */
int outlet_capture(struct outlet *outlet, struct error *err);
/*
 * Gives stdout and stderr back, waits until all is written or *cancel is set (NULL: never), and
 * releases the outlet. Returns how many lines were left out; what could not be written before
 * *cancel is not counted, and the thread that hangs in it is left behind. NULL is legal.
 */
uint64_t outlet_end(struct outlet *outlet, const volatile sig_atomic_t *cancel);

#endif
