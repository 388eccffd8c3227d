/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock for programs. */
#include "lib/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static uint64_t clock_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

uint64_t clock_monotonic_ms(void)
{
	return clock_monotonic_us() / 1000;
}

uint64_t clock_boottime_ms(void)
{
	return clock_us(CLOCK_BOOTTIME) / 1000;
}

uint64_t clock_wall_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

char *clock_format(char *buffer, size_t size, uint64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	char day[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buffer, size, "%s.%03uZ", day, (unsigned int)(wall_us / 1000 % 1000));
	return buffer;
}

void clock_sleep_ms(uint64_t ms)
{
	struct timespec left = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
}
