/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words, and the events, for what a run tells. */
#include "orchestrator/command/run_told.h"

#include <inttypes.h>

#include "orchestrator/command/output.h"
#include "orchestrator/journal/note.h"

void run_told_gate(const struct settings *settings, const struct gate_news *news)
{
	/* A gate that a failed hook holds has no name of a hook's. */
	const bool hook = text_equal(news->what, "hook") && news->name[0];
	const bool gate = !hook && !text_equal(news->what, "notification");
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(cleanup_free) char *words = text_printable_copy(news->text);

	if (settings->json) {
		json_t *event =
			gate   ? json_pack("{s:s, s:s}", "event", "gate", "what", news->what)
			: hook ? json_pack("{s:s, s:s}", "event", "hook", "name", news->name)
			       : json_pack(
					 "{s:s, s:s}", "event", "notification", "name", news->name);

		json_object_set_new(
			event, "node", news->node[0] ? json_string(news->node) : json_null());
		json_object_set_new(event, "good", json_boolean(news->good));
		json_object_set_new(event, "text", note_string(news->text));
		output_event(event);
		return;
	}
	/* What held the run is said as the reason of its stop. */
	if (news->good ? settings->quiet : gate)
		return;
	line = text_format("%-5s %s%s%s%s%s: %s\n", news->good ? "ok" : "FAIL", news->node,
		news->node[0] ? ": " : "", news->what, news->name[0] ? " " : "", news->name,
		news->good && !words[0] ? "done" : words);
	output_lines(settings, news->good ? stdout : stderr, line);
}

void run_told_probe(const struct settings *settings, const struct tally_summary *summary)
{
	/* Shorter ones hide nothing that a budget would be about. */
	enum { STALL_TOLD_MS = 500 };

	if (settings->json)
		output_event(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "event",
			"probe", "asked", (json_int_t)summary->asked, "answered",
			(json_int_t)summary->answered, "failed", (json_int_t)summary->failed,
			"slow", (json_int_t)summary->slow, "longest_gap_ms",
			(json_int_t)summary->longest_gap_ms, "skipped",
			(json_int_t)summary->skipped, "stalled_ms", (json_int_t)summary->stalled_ms,
			"last_error", note_string(summary->last_error)));
	else if (summary->skipped || summary->longest_stall_ms >= STALL_TOLD_MS)
		output_say(settings,
			"note: this machine was too busy for the probe: %" PRIu64
			" requests could not be sent in time, %" PRIu64
			" ms are not watched (longest %" PRIu64
			" ms); that is no failure of the service\n",
			summary->skipped, summary->stalled_ms, summary->longest_stall_ms);
	if (!settings->json)
		output_say(settings,
			"probe: asked %" PRIu64 ", failed %" PRIu64 ", slow %" PRIu64
			", longest gap %" PRIu64 " ms%s%s\n",
			summary->asked, summary->failed, summary->slow, summary->longest_gap_ms,
			summary->failed ? "; last: " : "",
			summary->failed ? summary->last_error : "");
}

static void watch_events(const struct cluster *cluster, struct watch *watch)
{
	struct tally_summary seen;
	struct held_connections_summary held;

	for (size_t i = 0; i < cluster->node_count; i++) {
		if (watch_vantage(watch, i, &seen))
			output_event(json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}", "event", "vantage",
				"node", cluster->nodes[i].name, "asked", (json_int_t)seen.asked,
				"failed", (json_int_t)seen.failed, "skipped",
				(json_int_t)seen.skipped, "last_error",
				note_string(seen.last_error)));
	}
	if (watch_held(watch, &held))
		output_event(json_pack("{s:s, s:I, s:I, s:I, s:I}", "event", "held", "wanted",
			(json_int_t)held.wanted, "survivors", (json_int_t)held.survivors, "broken",
			(json_int_t)held.broken, "ended", (json_int_t)held.ended));
	if (watch_trouble(watch))
		output_event(json_pack(
			"{s:s, s:o}", "event", "note", "text", note_string(watch_trouble(watch))));
}

void run_told_watch(
	const struct settings *settings, const struct cluster *cluster, struct watch *watch)
{
	CLEANUP(cleanup_text) struct text words = {0};
	struct tally_summary seen;

	if (settings->json) {
		watch_events(cluster, watch);
		return;
	}
	for (size_t i = 0; i < cluster->node_count; i++) {
		if (watch_vantage(watch, i, &seen))
			output_say(settings,
				"%s asked it too: %" PRIu64 ", failed %" PRIu64 "%s%s\n",
				cluster->nodes[i].name, seen.asked, seen.failed,
				seen.failed ? "; last: " : "", seen.failed ? seen.last_error : "");
	}
	watch_held_words(watch, &words);
	if (words.length)
		output_say(settings, "%s\n", text_string(&words));
	if (watch_trouble(watch))
		output_say(settings, "note: %s\n", watch_trouble(watch));
}

void run_told_numbered(const struct settings *settings, int64_t run_id, const struct target *target)
{
	const char *cluster = target->nodes->cluster->name;
	const struct bundle *bundle = target->bundle;

	output_say(settings, "run %" PRId64 ": cluster %s, %zu packages from %s\n", run_id, cluster,
		bundle->package_count, bundle->path);
	if (settings->json)
		output_event(json_pack("{s:s, s:I, s:s, s:s}", "event", "run", "run",
			(json_int_t)run_id, "cluster", cluster, "bundle", bundle->path));
}

void run_told_stopped(const struct settings *settings, const struct told_end *end)
{
	CLEANUP(cleanup_free)
	char *words = text_format("run %" PRId64 " %s: %s", end->run_id,
		end->cause == CAUSE_ABORT ? "aborted" : "stopped", end->reason);

	if (!settings->json)
		output_complain(settings, words);
}

static const char *result_of(enum engine_cause cause)
{
	if (cause == CAUSE_NONE)
		return "done";
	return cause == CAUSE_ABORT ? "aborted" : "stopped";
}

void run_told_end(const struct settings *settings, const struct told_end *end)
{
	if (settings->json)
		output_event(json_pack("{s:s, s:I, s:s, s:f, s:o}", "event", "end", "run",
			(json_int_t)end->run_id, "result", result_of(end->cause), "seconds",
			end->seconds, "reason", note_string(end->reason)));
	if (end->cause == CAUSE_NONE)
		output_say(settings, "run %" PRId64 " done in %.1f s: %s\n", end->run_id,
			end->seconds, end->done);
}

void run_told_advice(const struct settings *settings, const char *words)
{
	if (settings->json)
		output_event(
			json_pack("{s:s, s:o}", "event", "advice", "text", note_string(words)));
	else
		output_lines(settings, stderr, words);
}
