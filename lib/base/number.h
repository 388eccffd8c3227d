/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and durations read strictly: no sign, blank, rest or overflow slips through. */
#ifndef LIB_BASE_NUMBER_H
#define LIB_BASE_NUMBER_H

#include <stdint.h>

#include "lib/base/error.h"

/*
 * Reads words as a decimal number in [low, high]. what names the thing for the message.
 * 0, or -EINVAL with the value and the limits in err; *number is untouched then.
 */
int number_parse(const char *words, const char *what, uint64_t low, uint64_t high, uint64_t *number,
	struct error *err);

/*
 * Reads a duration as Heartbeat's ha.cf writes it: "2" and "2s" are seconds, "500ms"
 * milliseconds, "250us" microseconds; also "1.5" and "5m", "1h". Limits and result in ms;
 * parts of a millisecond are rounded up.
 */
int number_parse_duration(const char *words, const char *what, uint64_t low_ms, uint64_t high_ms,
	uint64_t *ms, struct error *err);

#endif
