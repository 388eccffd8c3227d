/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run began with is taken back by whoever goes on with it. */
#include "orchestrator/command/recall.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "orchestrator/command/prepare.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/run/run_options.h"

void recall_way_back(struct conduct *conduct, const struct journal_record *record)
{
	conduct->way_back = record->kind == PLAN_UPGRADE &&
			    run_options_had_way_back(conduct->journal, record->run_id);
}

int recall_gates(struct conduct *conduct, const struct journal_record *record, struct error *err)
{
	json_decref(conduct->began_with);
	conduct->began_with = json_loads(record->options, 0, NULL);
	if (run_options_read_gates(conduct->began_with, &conduct->gates, err) == 0)
		return 0;
	return error_prefix(err,
		"run %" PRId64
		": the options in the journal that it began with (give --window and --pause-after anew)",
		record->run_id);
}

/* Most likely they were uploaded long ago: a run goes on without them, or with others there now. */
static void take_previous(struct conduct *conduct, const char *path, const char *digest)
{
	struct run_context *run = &conduct->run;

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

int recall_all(struct conduct *conduct, const struct journal_record *record)
{
	const struct settings *settings = conduct->settings;
	const char *path = settings->previous;
	CLEANUP(error_release) struct error err = {0};
	const json_t *options;

	if (recall_gates(conduct, record, &err) < 0) {
		command_complain(settings, error_text(&err));
		return EXIT_USAGE;
	}
	options = conduct->began_with;
	conduct->roll_back =
		settings->on_failure
			? settings->roll_back
			: text_equal(json_string_value(json_object_get(options, "on_failure")),
				  "rollback");
	recall_way_back(conduct, record);
	if (!path) {
		path = json_string_value(json_object_get(options, "previous"));
		take_previous(conduct, path,
			json_string_value(json_object_get(options, "previous_digest")));
		return EXIT_DONE;
	}
	return prepare_previous(settings, path, &conduct->run);
}
