/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of a daemon: descriptors, deadlines and signals, by a clock that simulations replace. */
#ifndef LIB_EVENT_LOOP_H
#define LIB_EVENT_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

/*
 * One thread. What runs in a turn runs in this order: descriptors in the order in which they were
 * added, then deadlines, earliest first. So whoever must never wait is added first. All that a loop
 * needs it opens when it is made; a turn opens nothing and cannot fail, whatever the limits of the
 * process have become (epoll, for poll(2) refuses more descriptors than RLIMIT_NOFILE allows).
 */
struct event_loop;
struct event_timer;

/*
 * Where a loop has its time from. now_ms never goes back. wait is epoll_wait(2) with a deadline
 * (UINT64_MAX: none): how many are ready, 0 at the deadline, or a negative errno. A simulation
 * whose descriptors are not ready lets its time jump to the deadline.
 */
struct event_clock {
	uint64_t (*now_ms)(void *context);
	int (*wait)(int epoll, struct epoll_event *events, int room, uint64_t deadline_ms,
		void *context);
	void *context;
};

/* clock: copied; NULL: the machine's. *loop is owned. */
int event_loop_new(const struct event_clock *clock, struct event_loop **loop, struct error *err);
void event_loop_free(struct event_loop *loop);
CLEANUP_DEFINE(event_loop);

uint64_t event_loop_now(const struct event_loop *loop);
/* Turns until event_loop_stop, which takes effect when the present turn's function returns. */
void event_loop_run(struct event_loop *loop);
void event_loop_stop(struct event_loop *loop);
/* One turn: waits for the first event or deadline, and calls what is due. */
void event_loop_turn(struct event_loop *loop);

/* events: what is ready, of epoll_ctl(2). May remove any descriptor, its own included. */
typedef void event_function(int descriptor, uint32_t events, void *context);

/* The descriptor stays the caller's; to be removed before it is closed. */
int event_loop_add(struct event_loop *loop, int descriptor, uint32_t events,
	event_function *function, void *context, struct error *err);
void event_loop_remove(struct event_loop *loop, int descriptor);

typedef void event_timer_function(void *context);

/* Owned (event_timer_free); starts without a deadline. Must not outlive the loop. */
struct event_timer *event_timer_new(
	struct event_loop *loop, event_timer_function *function, void *context);
void event_timer_free(struct event_timer *timer);
CLEANUP_DEFINE(event_timer);
/* Replaces the deadline; UINT64_MAX: none. Once called, a timer has none until it is set again. */
void event_timer_set(struct event_timer *timer, uint64_t deadline_ms);

typedef void event_signal_function(int number, void *context);

/*
 * From here on these signals (count of them) come through the loop. Once per loop, and before the
 * process has a second thread, which would take them elsewhere. Children inherit them as blocked.
 */
int event_loop_signals(struct event_loop *loop, const int *numbers, size_t count,
	event_signal_function *function, void *context, struct error *err);

#endif
