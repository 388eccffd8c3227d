/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notices when a thread that watches a service was not let run by its own machine. Pure. */
#ifndef ORCHESTRATOR_PROBE_STALL_H
#define ORCHESTRATOR_PROBE_STALL_H

#include <stdint.h>

/*
 * Later than this is a stall. A descriptor that becomes ready ends a rest early and hides one, so a
 * thread that awaits answers does not rest longer than this at a time.
 */
#define STALL_US 20000

/* Plain data; start with stall_begin. All times in monotonic microseconds. */
struct stall {
	uint64_t looked_us;  /* when it last looked */
	uint64_t awake_us;   /* when it wants to look next, at the latest */
	uint64_t working_us; /* held up before it went to rest, not told yet */
};

void stall_begin(struct stall *stall, uint64_t now_us);
/* It looks now; returns how long it was held up since the last look, 0 when it was not. */
uint64_t stall_look(struct stall *stall, uint64_t now_us);
/* It goes to rest, for leisure_us at most. */
void stall_rest(struct stall *stall, uint64_t now_us, uint64_t leisure_us);

#endif
