/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges a role line: which role, and is it newer than this boot? */
#include "orchestrator/node/role_line.h"

#include <stdbool.h>

#include "orchestrator/cluster/stamp.h"

/* The node looks at its clock a moment before it looks at its log. */
enum { CLOCK_SLACK_US = 10000000 };

/*
 * Local time is turned into UTC as it was at boot: that is right near the boot, the only place
 * where an hour matters. A line from the future was written by a clock that was wrong: it proves
 * nothing.
 */
static const char *judge_time(
	const char *form, const char *line, const struct role_line_clock *clock, uint64_t *role_us)
{
	const struct stamp_clock at_boot = {clock->now_us, clock->east_at_boot};
	const struct stamp_clock now = {clock->now_us, clock->east_now};
	uint64_t wall_us = 0, earliest_us = 0, width_us = 0;

	if (!stamp_parse(form, line, &now, &earliest_us, &width_us) ||
		!stamp_parse(form, line, &at_boot, &wall_us, &width_us))
		return "no time was found in it (role_time in the profile says how to look)";
	*role_us = wall_us;
	if (wall_us + width_us <= clock->booted_us)
		return "it is older than this boot";
	if ((wall_us < earliest_us ? wall_us : earliest_us) > clock->now_us + CLOCK_SLACK_US)
		return "it is later than the node's clock";
	return "";
}

const char *role_line_judge(const char *line, const struct profile *profile,
	const struct role_line_clock *clock, enum role *role, uint64_t *role_us)
{
	const bool primary = *line && pattern_matches(profile->role_primary, line);
	const bool backup = *line && pattern_matches(profile->role_backup, line);
	const char *trouble = "";

	if (!primary && !backup)
		return *line ? "it matches neither role_primary nor role_backup" : "there is none";
	if (primary && backup)
		return "it matches both role_primary and role_backup";
	if (profile->role_time)
		trouble = judge_time(profile->role_time, line, clock, role_us);
	if (!*trouble)
		*role = primary ? ROLE_PRIMARY : ROLE_BACKUP;
	return trouble;
}
