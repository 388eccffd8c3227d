/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run began with and has to be known when it goes on or back, as the journal keeps it. */
#include "orchestrator/run/run_options.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "orchestrator/check/check.h"
#include "orchestrator/journal/note.h"

static void add_words(json_t *options, const char *key, const char *const *words, size_t count)
{
	json_t *list = count ? json_array() : NULL;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, note_string(words[i]));
	if (list)
		json_object_set_new(options, key, list);
}

char *run_options_text(
	bool roll_back, const struct gate_options *gates, const struct target *target)
{
	json_t *options = json_pack("{s:s}", "on_failure", roll_back ? "rollback" : "stop");
	char *text;

	if (target->previous) {
		json_object_set_new(options, "previous", note_string(target->previous->path));
		json_object_set_new(
			options, "previous_digest", json_string(target->previous_digest));
	}
	/* Whoever goes on with the run is asked too, or told that somebody must be. */
	if (gates->approve)
		json_object_set_new(options, "approve", json_true());
	add_words(options, "windows", gates->windows, gates->window_count);
	add_words(options, "pause_after", gates->pauses, gates->pause_count);
	text = json_dumps(options, JSON_COMPACT);
	json_decref(options);
	return text;
}

static bool is_way_back(const char *text)
{
	json_t *note = json_loads(text, 0, NULL);
	bool is = text_equal(json_string_value(json_object_get(note, "name")),
			  check_name(CHECK_WAY_BACK)) &&
		  text_equal(json_string_value(json_object_get(note, "result")),
			  check_outcome_name(CHECK_PASS));

	json_decref(note);
	return is;
}

bool run_options_is_way_back(const struct journal_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(lines[i].kind, NOTE_CHECK) == 0 && is_way_back(lines[i].text))
			return true;
	return false;
}

bool run_options_had_way_back(struct journal *journal, int64_t run_id)
{
	struct journal_line *lines = NULL;
	CLEANUP(error_release) struct error ignored = {0};
	size_t count = 0;
	bool had;

	journal_run_lines(journal, run_id, &lines, &count, &ignored);
	had = run_options_is_way_back(lines, count);
	journal_lines_free(lines, count);
	return had;
}

/* What cannot be read may have held the run: it does not go on without. */
static int recall_words(struct gate_options *gates, const json_t *list,
	int (*add)(struct gate_options *gates, const char *words, struct error *err),
	struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < json_array_size(list) && result == 0; i++) {
		const char *words = json_string_value(json_array_get(list, i));

		result = words ? add(gates, words, err)
			       : error_set(err, EINVAL, "an entry that is no text");
	}
	return result;
}

int run_options_read_gates(const json_t *options, struct gate_options *gates, struct error *err)
{
	int result = 0;

	gates->approval_wanted = json_is_true(json_object_get(options, "approve"));
	if (!gates->window_count)
		result = recall_words(
			gates, json_object_get(options, "windows"), gate_options_window, err);
	if (result == 0 && !gates->pause_count) {
		gates->pauses_recalled = true;
		result = recall_words(
			gates, json_object_get(options, "pause_after"), gate_options_pause, err);
	}
	return result;
}
