/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stall is what passes beyond the rest that was wanted, or while only little work was done. */
#include "orchestrator/probe/stall.h"

void stall_begin(struct stall *stall, uint64_t now_us)
{
	*stall = (struct stall){.looked_us = now_us, .awake_us = now_us};
}

uint64_t stall_look(struct stall *stall, uint64_t now_us)
{
	uint64_t late = now_us > stall->awake_us ? now_us - stall->awake_us : 0;
	uint64_t stalled = (late > STALL_US ? late : 0) + stall->working_us;

	stall->working_us = 0;
	stall->looked_us = now_us;
	return stalled;
}

void stall_rest(struct stall *stall, uint64_t now_us, uint64_t leisure_us)
{
	if (now_us > stall->looked_us + STALL_US)
		stall->working_us = now_us - stall->looked_us;
	stall->awake_us = now_us + leisure_us;
}
