/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Allocates and touches at the start the memory that a daemon will need, so that none is asked for
 * later. */
#ifndef LIB_PROGRAM_MEMORY_RESERVE_H
#define LIB_PROGRAM_MEMORY_RESERVE_H

#include <stddef.h>

#include "lib/base/error.h"

/*
 * Makes malloc(3) keep that many bytes within the process, touched and never given back, and the
 * stack as deep as a daemon's loop ever needs it: from here on what a turn allocates and frees
 * again asks the kernel for nothing, so that neither an exhausted machine nor a limit (RLIMIT_AS, a
 * cgroup that is full) ends it. To be called once, with one thread; other threads then allocate
 * from the same arena. -ENOMEM with words.
 */
int memory_reserve(size_t bytes, struct error *err);

#endif
