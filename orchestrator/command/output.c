/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user sees: plain lines, above the live tree where there is one, or JSON events. */
#include "orchestrator/command/output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "orchestrator/journal/note.h"

void output_event(json_t *event)
{
	char now[32];

	/* Never in silence: a reader waits for its event. */
	if (!event)
		event = json_pack("{s:s, s:s}", "event", "error", "message",
			"internal error: an event could not be written");
	json_object_set_new(
		event, "time", json_string(clock_format(now, sizeof(now), clock_wall_us())));
	json_dumpf(event, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	fflush(stdout);
	json_decref(event);
}

void output_unblock(const struct settings *settings)
{
	CLEANUP(error_release) struct error ignored = {0};

	if (*settings->queue || output_queue_start(settings->queue, &ignored) < 0)
		return;
	if (output_queue_capture(*settings->queue, &ignored) < 0)
		output_queue_end(TAKE(*settings->queue), NULL);
}

void output_finish(const struct settings *settings)
{
	uint64_t lost;
	char words[160];

	/* The signal that ended the run does not take its last words; the next one does. */
	*settings->process.interrupted = 0;
	lost = output_queue_end(TAKE(*settings->queue), settings->process.interrupted);
	if (!lost || *settings->process.interrupted)
		return;
	snprintf(words, sizeof(words),
		"%" PRIu64
		" lines are missing above: nobody read them in time; the journal has all of the run (haupgrade report)",
		lost);
	command_complain(settings, words);
}

void output_lines(const struct settings *settings, FILE *stream, const char *lines)
{
	struct screen *screen = __atomic_load_n(settings->screen, __ATOMIC_ACQUIRE);
	/* Here and not where they are made: nobody can forget it. */
	CLEANUP(cleanup_free) char *printable = text_printable_lines(lines);

	/* Complaints that go to a file are for there. */
	if (screen && (stream == stdout || isatty(STDERR_FILENO)) && screen_say(screen, printable))
		return;
	fputs(printable, stream);
	fflush(stream);
}

void output_nothing(const struct settings *settings, int64_t run_id, const char *reason)
{
	if (settings->json)
		output_event(json_pack("{s:s, s:I, s:s, s:f, s:s}", "event", "end", "run",
			(json_int_t)run_id, "result", "done", "seconds", 0.0, "reason", reason));
	else if (run_id)
		output_say(settings, "run %" PRId64 ": %s\n", run_id, reason);
	else
		output_say(settings, "%s\n", reason);
}

void output_say(const struct settings *settings, const char *format, ...)
{
	CLEANUP(cleanup_free) char *words = NULL;
	va_list arguments;

	if (settings->json || settings->quiet)
		return;
	va_start(arguments, format);
	if (vasprintf(&words, format, arguments) < 0)
		words = NULL;
	va_end(arguments);
	if (words)
		output_lines(settings, stdout, words);
}

void output_complain(const struct settings *settings, const char *words)
{
	CLEANUP(cleanup_free) char *printable = text_printable_copy(words);
	CLEANUP(cleanup_free) char *line = text_format("haupgrade: %s\n", printable);

	output_lines(settings, stderr, line);
}

void output_findings(const struct settings *settings, const struct bundle_findings *findings)
{
	size_t i;

	for (i = 0; i < findings->count; i++) {
		const struct bundle_finding *finding = &findings->items[i];
		bool problem = finding->severity == BUNDLE_PROBLEM;
		CLEANUP(cleanup_free) char *file = text_printable_copy(finding->file ?: "");
		CLEANUP(cleanup_free) char *message = text_printable_copy(finding->message);

		if (settings->json) {
			output_event(json_pack("{s:s, s:s, s:o, s:o}", "event", "finding",
				"severity", problem ? "problem" : "note", "file",
				finding->file ? note_string(finding->file) : json_null(), "message",
				note_string(finding->message)));
			continue;
		}
		if (!problem && settings->quiet)
			continue;
		fprintf(problem ? stderr : stdout, "%s: %s%s%s\n", problem ? "problem" : "note",
			file, file[0] ? ": " : "", message);
	}
}
