/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run began with is taken back by whoever goes on with it. */
#include "orchestrator/run/recalled_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "orchestrator/run/run_options.h"

void recalled_options_way_back(struct execution *execution, const struct journal_record *record)
{
	execution->way_back = record->kind == PLAN_UPGRADE &&
			      run_options_had_way_back(execution->journal, record->run_id);
}

int recalled_options_gates(
	struct execution *execution, const struct journal_record *record, struct error *err)
{
	json_decref(execution->began_with);
	execution->began_with = json_loads(record->options, 0, NULL);
	if (run_options_read_gates(execution->began_with, &execution->gates, err) == 0)
		return 0;
	return error_prefix(err,
		"run %" PRId64
		": the options in the journal that it began with (give --window and --pause-after anew)",
		record->run_id);
}

/* Most likely they were uploaded long ago: a run goes on without them, or with others there now. */
static void take_previous(struct execution *execution, const char *path, const char *digest)
{
	struct target *target = &execution->run.target;

	if (!path || !digest)
		return;
	if (access(path, R_OK) == 0 && (execution_take_previous(execution, path) != OUTCOME_DONE ||
					       strcmp(target->previous_digest, digest) != 0)) {
		bundle_free(target->previous);
		target->previous = NULL;
		teller_complain(execution->teller,
			"the packages to go back to are not those that the run began with; they are not uploaded again");
	}
	snprintf(target->previous_digest, sizeof(target->previous_digest), "%s", digest);
}

enum outcome recalled_options_take(struct execution *execution, const struct journal_record *record)
{
	const struct run_wishes *wishes = execution->wishes;
	CLEANUP(error_release) struct error err = {0};
	const json_t *options;

	if (recalled_options_gates(execution, record, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	options = execution->began_with;
	if (wishes->on_failure == ON_FAILURE_UNSAID)
		execution->roll_back = text_equal(
			json_string_value(json_object_get(options, "on_failure")), "rollback");
	recalled_options_way_back(execution, record);
	if (wishes->previous)
		return execution_take_previous(execution, wishes->previous);
	take_previous(execution, json_string_value(json_object_get(options, "previous")),
		json_string_value(json_object_get(options, "previous_digest")));
	return OUTCOME_DONE;
}
