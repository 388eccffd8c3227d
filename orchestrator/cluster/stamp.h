/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time stamp of a log line, in whatever form the cluster software writes it. Pure. */
#ifndef ORCHESTRATOR_CLUSTER_STAMP_H
#define ORCHESTRATOR_CLUSTER_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"

/* "2026-11-22T12:34:56Z", also with a fraction, and with an offset (+09:00) for the Z. */
#define STAMP_ISO "%Y-%m-%dT%H:%M:%S%z"
/* "Nov 22 12:34:56", as syslog writes: no year, the node's local time. */
#define STAMP_SYSLOG "%b %d %H:%M:%S"

/* What a form may leave open. */
struct stamp_clock {
	uint64_t now_us; /* since 1970: a stamp without a year is the newest not a day after it */
	int64_t east_of_utc; /* seconds; of a stamp without an offset */
};

/*
 * Is the form a format of strptime(3) that holds a whole point in time (but for year and offset)?
 * 0, or -EINVAL with what is missing.
 */
int stamp_check(const char *form, struct error *err);

/*
 * Finds the first place in the line where the form fits and reads the time there, in microseconds
 * since 1970. The line was written then or less than *width_us later: a second when the line has no
 * fraction of one (".5" or ",5" right behind the seconds), else 0. False: no such place.
 */
bool stamp_parse(const char *form, const char *line, const struct stamp_clock *clock,
	uint64_t *wall_us, uint64_t *width_us);

#endif
