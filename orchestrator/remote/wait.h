/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for a descriptor up to a deadline, unless the operator cancels. */
#ifndef ORCHESTRATOR_REMOTE_WAIT_H
#define ORCHESTRATOR_REMOTE_WAIT_H

#include <signal.h>
#include <stdint.h>

/* Plain data. */
struct wait {
	uint64_t deadline_ms;		     /* a clock_monotonic_ms() */
	const volatile sig_atomic_t *cancel; /* nonzero: give up; NULL: cannot be cancelled */
};

struct wait wait_until(uint64_t from_now_ms, const volatile sig_atomic_t *cancel);

/* 0, -ETIMEDOUT past the deadline, -ECANCELED. Looks without waiting. */
int wait_check(const struct wait *wait);

/*
 * 0 as soon as descriptor has one of the poll(2) events (or an error or hang-up), else
 * -ETIMEDOUT or -ECANCELED. The cancel flag is looked at every 50 ms: the signal that sets it may
 * be delivered to another thread, which would not interrupt this one's poll.
 */
int wait_for(const struct wait *wait, int descriptor, short events);

#endif
