/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock for programs; deciding code is handed times and never asks. */
#ifndef LIB_BASE_CLOCK_H
#define LIB_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Time since some fixed point, never going back. */
uint64_t clock_monotonic_ms(void);
uint64_t clock_monotonic_us(void);
/* The same from another point, and it goes on while the machine is suspended. */
uint64_t clock_boottime_ms(void);
/* Microseconds since 1970-01-01 UTC: for stamps in records only, never for deciding. */
uint64_t clock_wall_us(void);
/* Writes "2026-01-31T12:34:56.789Z"; size >= 25. Returns buffer. */
char *clock_format(char *buffer, size_t size, uint64_t wall_us);
/* Sleeps at least that long, also across signals. */
void clock_sleep_ms(uint64_t ms);

#endif
