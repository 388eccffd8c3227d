/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far the reading of a large bundle is. */
#include "orchestrator/command/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "orchestrator/command/output.h"

enum { LINE_EVERY_MS = 250, EVENT_EVERY_MS = 1000, QUIET_MS = 1000 };

void progress_begin(struct progress *progress, const struct settings *settings)
{
	*progress = (struct progress){
		.settings = settings,
		.live = !settings->json && !settings->quiet && isatty(STDOUT_FILENO),
		.began_ms = clock_monotonic_ms(),
	};
}

/* Bytes per second so far; 0 when it cannot be said. */
static uint64_t rate_of(uint64_t done, uint64_t elapsed_ms)
{
	return elapsed_ms ? (uint64_t)((double)done * 1000 / (double)elapsed_ms) : 0;
}

static uint64_t seconds_left(uint64_t done, uint64_t total, uint64_t rate)
{
	return rate && total > done ? (total - done + rate - 1) / rate : 0;
}

char *progress_words(char *buffer, size_t size, uint64_t done, uint64_t total, uint64_t elapsed_ms)
{
	uint64_t rate = rate_of(done, elapsed_ms);

	snprintf(buffer, size,
		"%" PRIu64 " of %" PRIu64 " MiB, %" PRIu64 " MiB/s, %" PRIu64 " s left", done >> 20,
		total >> 20, rate >> 20, seconds_left(done, total, rate));
	return buffer;
}

void progress_tell(void *data, uint64_t done, uint64_t total)
{
	struct progress *progress = data;
	uint64_t now_ms = clock_monotonic_ms(), elapsed_ms = now_ms - progress->began_ms;
	uint64_t every_ms = progress->live ? LINE_EVERY_MS : EVENT_EVERY_MS;
	uint64_t rate = rate_of(done, elapsed_ms);
	char words[128];

	if ((!progress->live && !progress->settings->json) || elapsed_ms < QUIET_MS ||
		now_ms - progress->said_ms < every_ms)
		return;
	progress->said_ms = now_ms;
	if (progress->settings->json) {
		output_event(json_pack("{s:s, s:I, s:I, s:I, s:I}", "event", "progress", "done",
			(json_int_t)done, "total", (json_int_t)total, "bytes_per_second",
			(json_int_t)rate, "seconds_left",
			(json_int_t)seconds_left(done, total, rate)));
		return;
	}
	printf("\r\033[Kreading: %s",
		progress_words(words, sizeof(words), done, total, elapsed_ms));
	fflush(stdout);
	progress->shown = true;
}

void progress_end(struct progress *progress)
{
	if (!progress->shown)
		return;
	fputs("\r\033[K", stdout);
	fflush(stdout);
	progress->shown = false;
}
