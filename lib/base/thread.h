/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that no signal interrupts. */
#ifndef LIB_BASE_THREAD_H
#define LIB_BASE_THREAD_H

#include <pthread.h>

/*
 * pthread_create with all signals blocked in the new thread: they are for the threads that know
 * what ^C means. 0 or a negative errno; *thread is to be joined or detached.
 */
int thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument);

#endif
