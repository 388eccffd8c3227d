/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times, durations and counts as a report shows them. */
#ifndef ORCHESTRATOR_REPORT_WORDS_H
#define ORCHESTRATOR_REPORT_WORDS_H

#include <stdint.h>

#include "lib/base/text.h"

/* "2026-01-31 12:34:56 +0100", in the time zone of the reader (TZ). */
void words_time(struct text *out, uint64_t wall_us);
/* "12:34:56". */
void words_clock(struct text *out, uint64_t wall_us);
/* "12:34:56.789". */
void words_moment(struct text *out, uint64_t wall_us);
/* "12 ms", "3.4 s", "2 min 05 s", "3 h 07 min", "2 d 03 h". */
void words_duration(struct text *out, uint64_t us);
/* "1,234,567". */
void words_count(struct text *out, uint64_t count);
/* "1 package", "1,234 packages": the word with an s behind it where it is wanted. */
void words_counted(struct text *out, uint64_t count, const char *what);

#endif
