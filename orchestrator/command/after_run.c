/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is tidied and told once a run has ended. */
#include "orchestrator/command/after_run.h"

#include <string.h>

#include "orchestrator/journal/note.h"
#include "orchestrator/run/start_again.h"

void after_run_wake(struct conduct *conduct)
{
	struct run_context *run = &conduct->run;
	CLEANUP(error_release) struct error err = {0};

	for (size_t i = 0; i < conduct->end.step && i < run->plan.count; i++) {
		const struct step *step = &run->plan.steps[i];
		int result;

		if ((step->kind != STEP_FAILOVER && step->kind != STEP_REHEARSE) ||
			run_context_lost_lease(run, &err))
			continue;
		result = start_again_node(run, step->node, &err);
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

void after_run_tell_config_files(const struct conduct *conduct)
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
