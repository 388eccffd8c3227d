/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the newest role line of a node's log says of its role now. Pure. */
#ifndef ORCHESTRATOR_NODE_ROLE_LINE_H
#define ORCHESTRATOR_NODE_ROLE_LINE_H

#include <stdint.h>

#include "orchestrator/cluster/profile.h"
#include "orchestrator/plan/plan.h"

/* The node's clock; microseconds since 1970, seconds east of UTC. */
struct role_line_clock {
	uint64_t now_us, booted_us;
	int64_t east_at_boot, east_now;
};

/*
 * "" with the role in *role when the line tells it; else why it does not, as a sentence that goes
 * on from "the role line": "it is older than this boot". *role_us gets the time in the line, also
 * of one that is too old; it stays as it is when the profile's role_time finds none.
 */
const char *role_line_judge(const char *line, const struct profile *profile,
	const struct role_line_clock *clock, enum role *role, uint64_t *role_us);

#endif
