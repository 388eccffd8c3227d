/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run's options were, and what is told and tidied once it has ended. */
#include "orchestrator/command/aftercare.h"

#include <string.h>
#include <unistd.h>

#include "orchestrator/command/prepare.h"
#include "orchestrator/journal/note.h"

char *aftercare_options(const struct settings *settings, const struct run *run)
{
	json_t *options =
		json_pack("{s:s}", "on_failure", settings->roll_back ? "rollback" : "stop");
	char *text;

	if (run->previous) {
		json_object_set_new(options, "previous", output_text(run->previous->path));
		json_object_set_new(options, "previous_digest", json_string(run->previous_digest));
	}
	/* Whoever goes on with the run is asked too, or told that somebody must be. */
	if (settings->gates.approve)
		json_object_set_new(options, "approve", json_true());
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

/* Was the way back tested when the run began? What was tested then is nothing to do again: the
 * nodes may be between the two releases by now. */
static bool had_way_back(const struct conduct *conduct, int64_t run_id)
{
	struct journal_line *lines = NULL;
	struct error ignored = {0};
	size_t count = 0;
	bool had = false;

	journal_run_lines(conduct->journal, run_id, &lines, &count, &ignored);
	for (size_t i = 0; i < count && !had; i++)
		had = strcmp(lines[i].kind, NOTE_CHECK) == 0 && is_way_back(lines[i].text);
	journal_lines_free(lines, count);
	return had;
}

int aftercare_recall(struct conduct *conduct, const struct journal_record *record)
{
	const struct settings *settings = conduct->settings;
	json_t *options = json_loads(record->options, 0, NULL);
	const char *path = settings->previous;
	int status;

	conduct->roll_back =
		settings->on_failure
			? settings->roll_back
			: text_equal(json_string_value(json_object_get(options, "on_failure")),
				  "rollback");
	conduct->gates.approval_wanted = json_is_true(json_object_get(options, "approve"));
	conduct->run.way_back =
		record->kind == JOURNAL_UPGRADE && had_way_back(conduct, record->run_id);
	if (!path) {
		path = json_string_value(json_object_get(options, "previous"));
		/* Most likely it was uploaded long ago. */
		if (path && access(path, R_OK) < 0)
			path = NULL;
	}
	status = prepare_previous(settings, path, &conduct->run);
	json_decref(options);
	return status;
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
	struct error ignored = {0};
	size_t count = 0;

	journal_run_lines(conduct->journal, conduct->drive.run_id, &lines, &count, &ignored);
	for (size_t i = 0; i < count; i++)
		if (strcmp(lines[i].kind, NOTE_CONFIG_FILE) == 0)
			tell_config_file(conduct->settings, lines[i].text);
	journal_lines_free(lines, count);
}
