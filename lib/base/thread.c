/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that no signal interrupts, and what they wait for. */
#include "lib/base/thread.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#define SMALL_STACK (64 * 1024)

static int start(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *argument),
	void *argument)
{
	sigset_t all, before;
	int number;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	number = pthread_create(thread, attributes, run, argument);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -number;
}

int thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument)
{
	return start(thread, NULL, run, argument);
}

int thread_start_small(pthread_t *thread, void *(*run)(void *argument), void *argument)
{
	const long least = sysconf(_SC_THREAD_STACK_MIN);
	pthread_attr_t attributes;
	int result;

	pthread_attr_init(&attributes);
	/* On some machines (arm64) the least is more; with less a thread would have a default
	 * stack. */
	(void)pthread_attr_setstacksize(
		&attributes, least > SMALL_STACK ? (size_t)least : SMALL_STACK);
	result = start(thread, &attributes, run, argument);
	pthread_attr_destroy(&attributes);
	return result;
}

void thread_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}
