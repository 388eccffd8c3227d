/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of a daemon. */
#include "lib/event/loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>

#include "lib/base/clock.h"
#include "lib/base/vector.h"

struct watch {
	int descriptor; /* -1: removed, to be swept when the turn is over */
	uint64_t key;	/* never used again, as a descriptor's number is */
	uint32_t ready; /* in this turn */
	event_function *function;
	void *context;
};

struct event_timer {
	struct event_loop *loop;
	uint64_t deadline_ms;
	event_timer_function *function;
	void *context;
};

struct event_loop {
	struct event_clock clock;
	int epoll;
	struct watch *watches;
	size_t watch_count;
	uint64_t last_key;
	struct epoll_event *events; /* room for one per watch */
	struct event_timer **timers;
	size_t timer_count;
	int signals; /* a signalfd, or -1 */
	event_signal_function *signal_function;
	void *signal_context;
	bool stopped; /* in this turn nothing more is called */
};

static uint64_t machine_now(void *context)
{
	(void)context;
	return clock_monotonic_ms();
}

static int machine_wait(
	int epoll, struct epoll_event *events, int room, uint64_t deadline_ms, void *context)
{
	uint64_t now = machine_now(context), left = deadline_ms > now ? deadline_ms - now : 0;
	int timeout = deadline_ms == UINT64_MAX ? -1 : left > INT_MAX ? INT_MAX : (int)left;
	int ready = epoll_wait(epoll, events, room, timeout);

	return ready < 0 ? -errno : ready;
}

int event_loop_new(const struct event_clock *clock, struct event_loop **loop, struct error *err)
{
	static const struct event_clock machine = {machine_now, machine_wait, NULL};
	struct event_loop *fresh;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0)
		return error_system(err, errno, "cannot make the event loop");
	fresh = vector_resize(NULL, 1, sizeof(*fresh));
	*fresh = (struct event_loop){
		.clock = clock ? *clock : machine, .epoll = epoll, .signals = -1};
	fresh->events = vector_resize(NULL, 1, sizeof(*fresh->events));
	*loop = fresh;
	return 0;
}

void event_loop_free(struct event_loop *loop)
{
	if (!loop)
		return;
	if (loop->signals >= 0)
		close(loop->signals);
	close(loop->epoll);
	free(loop->watches);
	free(loop->events);
	free(loop->timers);
	free(loop);
}

uint64_t event_loop_now(const struct event_loop *loop)
{
	return loop->clock.now_ms(loop->clock.context);
}

void event_loop_stop(struct event_loop *loop)
{
	loop->stopped = true;
}

void event_loop_run(struct event_loop *loop)
{
	loop->stopped = false;
	while (!loop->stopped)
		event_loop_turn(loop);
}

int event_loop_add(struct event_loop *loop, int descriptor, uint32_t events,
	event_function *function, void *context, struct error *err)
{
	struct epoll_event event = {.events = events, .data.u64 = ++loop->last_key};

	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, descriptor, &event) < 0)
		return error_system(
			err, errno, "cannot add descriptor %d to the event loop", descriptor);
	*VECTOR_APPEND(loop->watches, loop->watch_count) =
		(struct watch){descriptor, loop->last_key, 0, function, context};
	loop->events = vector_resize(loop->events, loop->watch_count, sizeof(*loop->events));
	return 0;
}

void event_loop_remove(struct event_loop *loop, int descriptor)
{
	size_t i;

	(void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, descriptor, NULL);
	for (i = 0; i < loop->watch_count; i++)
		if (loop->watches[i].descriptor == descriptor)
			loop->watches[i].descriptor = -1;
}

struct event_timer *event_timer_new(
	struct event_loop *loop, event_timer_function *function, void *context)
{
	struct event_timer *timer = vector_resize(NULL, 1, sizeof(*timer));

	*timer = (struct event_timer){loop, UINT64_MAX, function, context};
	*VECTOR_APPEND(loop->timers, loop->timer_count) = timer;
	return timer;
}

void event_timer_free(struct event_timer *timer)
{
	struct event_loop *loop;
	size_t i;

	if (!timer)
		return;
	loop = timer->loop;
	for (i = 0; i < loop->timer_count; i++)
		if (loop->timers[i] == timer)
			loop->timers[i] = loop->timers[--loop->timer_count];
	free(timer);
}

void event_timer_set(struct event_timer *timer, uint64_t deadline_ms)
{
	timer->deadline_ms = deadline_ms;
}

static struct event_timer *timer_first(const struct event_loop *loop)
{
	struct event_timer *first = NULL;
	size_t i;

	for (i = 0; i < loop->timer_count; i++)
		if (!first || loop->timers[i]->deadline_ms < first->deadline_ms)
			first = loop->timers[i];
	return first;
}

static void watches_sweep(struct event_loop *loop)
{
	size_t kept = 0, i;

	for (i = 0; i < loop->watch_count; i++)
		if (loop->watches[i].descriptor >= 0)
			loop->watches[kept++] = loop->watches[i];
	loop->watch_count = kept;
}

/* What is ready is marked first and called then, so that it is called in the order of adding. */
static void ready_mark(struct event_loop *loop, int ready)
{
	size_t i;

	/* A turn that was stopped half-way left marks behind. */
	for (i = 0; i < loop->watch_count; i++)
		loop->watches[i].ready = 0;
	for (; ready > 0; ready--)
		for (i = 0; i < loop->watch_count; i++)
			if (loop->watches[i].key == loop->events[ready - 1].data.u64)
				loop->watches[i].ready = loop->events[ready - 1].events;
}

/* A fresh deadline of a timer that has just been called is for the next turn. */
static void timers_call(struct event_loop *loop)
{
	uint64_t now = event_loop_now(loop);
	size_t turns = loop->timer_count;

	while (turns-- > 0 && !loop->stopped) {
		struct event_timer *timer = timer_first(loop);

		if (!timer || timer->deadline_ms > now)
			return;
		timer->deadline_ms = UINT64_MAX;
		timer->function(timer->context);
	}
}

void event_loop_turn(struct event_loop *loop)
{
	const struct event_timer *first = timer_first(loop);
	size_t count, i;

	watches_sweep(loop);
	count = loop->watch_count;
	ready_mark(loop, loop->clock.wait(loop->epoll, loop->events, count ? (int)count : 1,
				 first ? first->deadline_ms : UINT64_MAX, loop->clock.context));
	/* Functions may add watches, which moves them: nothing is borrowed from the array. */
	for (i = 0; i < count && !loop->stopped; i++) {
		const struct watch watch = loop->watches[i];

		if (watch.ready && watch.descriptor >= 0)
			watch.function(watch.descriptor, watch.ready, watch.context);
	}
	timers_call(loop);
}

static void on_signal(int descriptor, uint32_t events, void *context)
{
	const struct event_loop *loop = context;
	struct signalfd_siginfo info;

	(void)events;
	if (read(descriptor, &info, sizeof(info)) == sizeof(info))
		loop->signal_function((int)info.ssi_signo, loop->signal_context);
}

int event_loop_signals(struct event_loop *loop, const int *numbers, size_t count,
	event_signal_function *function, void *context, struct error *err)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < count; i++)
		sigaddset(&set, numbers[i]);
	loop->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signals < 0)
		return error_system(err, errno, "cannot receive signals through the event loop");
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return error_system(err, errno, "cannot block signals");
	loop->signal_function = function;
	loop->signal_context = context;
	return event_loop_add(loop, loop->signals, EPOLLIN, on_signal, loop, err);
}
