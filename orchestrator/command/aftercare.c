/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run's options were, and what is told and tidied once it has ended. */
#include "orchestrator/command/aftercare.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "orchestrator/command/prepare.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/step/restart.h"

static void add_words(json_t *options, const char *key, const char *const *words, size_t count)
{
	json_t *list = count ? json_array() : NULL;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, note_string(words[i]));
	if (list)
		json_object_set_new(options, key, list);
}

char *aftercare_options(const struct settings *settings, const struct run *run)
{
	json_t *options =
		json_pack("{s:s}", "on_failure", settings->roll_back ? "rollback" : "stop");
	char *text;

	if (run->target.previous) {
		json_object_set_new(options, "previous", note_string(run->target.previous->path));
		json_object_set_new(
			options, "previous_digest", json_string(run->target.previous_digest));
	}
	/* Whoever goes on with the run is asked too, or told that somebody must be. */
	if (settings->gates.approve)
		json_object_set_new(options, "approve", json_true());
	add_words(options, "windows", settings->gates.windows, settings->gates.window_count);
	add_words(options, "pause_after", settings->gates.pauses, settings->gates.pause_count);
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

bool aftercare_is_way_back(const struct journal_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(lines[i].kind, NOTE_CHECK) == 0 && is_way_back(lines[i].text))
			return true;
	return false;
}

/* Was the way back tested when the run began? What was tested then is nothing to do again: the
 * nodes may be between the two releases by now. */
static bool had_way_back(const struct conduct *conduct, int64_t run_id)
{
	struct journal_line *lines = NULL;
	CLEANUP(error_release) struct error ignored = {0};
	size_t count = 0;
	bool had;

	journal_run_lines(conduct->journal, run_id, &lines, &count, &ignored);
	had = aftercare_is_way_back(lines, count);
	journal_lines_free(lines, count);
	return had;
}

void aftercare_recall_way_back(struct conduct *conduct, const struct journal_record *record)
{
	conduct->way_back =
		record->kind == JOURNAL_UPGRADE && had_way_back(conduct, record->run_id);
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

int aftercare_read_gates(const json_t *options, struct gate_options *gates, struct error *err)
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

int aftercare_recall_gates(
	struct conduct *conduct, const struct journal_record *record, struct error *err)
{
	json_decref(conduct->began_with);
	conduct->began_with = json_loads(record->options, 0, NULL);
	if (aftercare_read_gates(conduct->began_with, &conduct->gates, err) == 0)
		return 0;
	return error_prefix(err,
		"run %" PRId64
		": the options in the journal that it began with (give --window and --pause-after anew)",
		record->run_id);
}

/* Most likely they were uploaded long ago: a run goes on without them, or with others there now. */
static void recall_previous(struct conduct *conduct, const char *path, const char *digest)
{
	struct run *run = &conduct->run;

	if (!path || !digest)
		return;
	if (access(path, R_OK) == 0 &&
		(prepare_previous(conduct->settings, path, run) != EXIT_DONE ||
			strcmp(run->target.previous_digest, digest) != 0)) {
		bundle_free(run->target.previous);
		run->target.previous = NULL;
		command_complain(conduct->settings,
			"the packages to go back to are not those that the run began with; they are not uploaded again");
	}
	snprintf(run->target.previous_digest, sizeof(run->target.previous_digest), "%s", digest);
}

int aftercare_recall(struct conduct *conduct, const struct journal_record *record)
{
	const struct settings *settings = conduct->settings;
	const char *path = settings->previous;
	CLEANUP(error_release) struct error err = {0};
	const json_t *options;

	if (aftercare_recall_gates(conduct, record, &err) < 0) {
		command_complain(settings, error_text(&err));
		return EXIT_USAGE;
	}
	options = conduct->began_with;
	conduct->roll_back =
		settings->on_failure
			? settings->roll_back
			: text_equal(json_string_value(json_object_get(options, "on_failure")),
				  "rollback");
	aftercare_recall_way_back(conduct, record);
	if (!path) {
		path = json_string_value(json_object_get(options, "previous"));
		recall_previous(conduct, path,
			json_string_value(json_object_get(options, "previous_digest")));
		return EXIT_DONE;
	}
	return prepare_previous(settings, path, &conduct->run);
}

void aftercare_wake(struct conduct *conduct)
{
	struct run *run = &conduct->run;
	CLEANUP(error_release) struct error err = {0};

	for (size_t i = 0; i < conduct->end.step && i < run->plan.count; i++) {
		const struct step *step = &run->plan.steps[i];
		int result;

		if ((step->kind != STEP_FAILOVER && step->kind != STEP_REHEARSE) ||
			run_lost_lease(run, &err))
			continue;
		result = restart_node(run, step->node, &err);
		if (result < 0)
			command_complain(conduct->settings, error_text(&err));
		else if (result > 0)
			output_say(conduct->settings,
				"%s: the services that the fail-over had stopped were started again\n",
				conduct->cluster->nodes[step->node].name);
	}
}

static void tell_config_file(const struct settings *settings, const char *text)
{
	json_t *note = json_loads(text, 0, NULL);
	const char *node = json_string_value(json_object_get(note, "node"));
	const char *path = json_string_value(json_object_get(note, "path"));
	const char *kind = json_string_value(json_object_get(note, "kind"));
	char printable[1024];

	if (node && path && kind)
		output_say(settings, "config %s: %s (%s)\n", node,
			text_printable(printable, sizeof(printable), path), kind);
	json_decref(note);
}

void aftercare_tell_config_files(const struct conduct *conduct)
{
	struct journal_line *lines = NULL;
	CLEANUP(error_release) struct error ignored = {0};
	size_t count = 0;

	journal_run_lines(conduct->journal, conduct->run.id, &lines, &count, &ignored);
	for (size_t i = 0; i < count; i++)
		if (strcmp(lines[i].kind, NOTE_CONFIG_FILE) == 0)
			tell_config_file(conduct->settings, lines[i].text);
	journal_lines_free(lines, count);
}
