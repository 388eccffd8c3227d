/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maintenance windows: times of the day, by the clock on this machine's wall. What they say is a
 * function of the time handed in and of this machine's time zone alone.
 */
#ifndef ORCHESTRATOR_CLUSTER_WINDOW_H
#define ORCHESTRATOR_CLUSTER_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define WINDOWS_MAX 32

/* Plain data. On each of the days it opens at `from` and closes at the next `to` after that. */
struct window {
	uint8_t days;	   /* on which it opens: bit 0 Sunday ... bit 6 Saturday; never 0 */
	uint16_t from, to; /* minutes after midnight, 0..1439 and 1..1440; never the same */
};

struct window_list {
	struct window *items;
	size_t count; /* 0: always open */
};

/*
 * "22:00-04:00", "sat,sun 01:00-05:00", "mon-fri 00:00-24:00": the days on which it opens, all when
 * there are none. -EINVAL with a message; window untouched then.
 */
int window_parse(const char *words, struct window *window, struct error *err);

/*
 * Is one of them open at now_s (seconds since 1970 UTC) and for needed_s more? Windows that overlap
 * or adjoin count as one. A time that a change of the clock leaves out is the moment of the change;
 * of one that comes twice a window opens at the second and closes at the first. 0 also for no
 * windows; else -EAGAIN, the message saying when it closes and when it next opens for that long.
 */
int window_ask(
	const struct window_list *windows, int64_t now_s, uint64_t needed_s, struct error *err);

#endif
