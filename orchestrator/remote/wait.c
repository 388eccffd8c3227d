/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits that end at a deadline or a cancellation. */
#include "orchestrator/remote/wait.h"

#include <errno.h>
#include <poll.h>

#include "lib/base/clock.h"

#define SLICE_MS 50

struct wait wait_until(uint64_t from_now_ms, const volatile sig_atomic_t *cancel)
{
	uint64_t now = clock_monotonic_ms();

	return (struct wait){
		.deadline_ms = from_now_ms > UINT64_MAX - now ? UINT64_MAX : now + from_now_ms,
		.cancel = cancel,
	};
}

int wait_check(const struct wait *wait)
{
	if (wait->cancel && *wait->cancel)
		return -ECANCELED;
	return clock_monotonic_ms() >= wait->deadline_ms ? -ETIMEDOUT : 0;
}

int wait_for(const struct wait *wait, int descriptor, short events)
{
	struct pollfd entry = {.fd = descriptor, .events = events};

	for (;;) {
		uint64_t now = clock_monotonic_ms();
		uint64_t left = wait->deadline_ms > now ? wait->deadline_ms - now : 0;
		int result = wait_check(wait);

		if (result < 0)
			return result;
		if (poll(&entry, 1, left < SLICE_MS ? (int)left : SLICE_MS) > 0)
			return 0;
	}
}
