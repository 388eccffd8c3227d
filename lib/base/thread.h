/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that no signal interrupts, and what they wait for. */
#ifndef LIB_BASE_THREAD_H
#define LIB_BASE_THREAD_H

#include <pthread.h>

/*
 * pthread_create with all signals blocked in the new thread: they are for the threads that know
 * what ^C means. 0 or a negative errno; *thread is to be joined or detached.
 */
int thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument);
/* The same with a stack of 64 KiB, or the smallest that the machine allows: a default one reserves
 * megabytes of address space, and many of these may wait at once. */
int thread_start_small(pthread_t *thread, void *(*run)(void *argument), void *argument);

/* A condition whose timed waits (pthread_cond_timedwait) are by CLOCK_MONOTONIC. */
void thread_condition(pthread_cond_t *condition);

#endif
