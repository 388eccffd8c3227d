/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mended and told once a run has ended. */
#include "orchestrator/run/run_end.h"

#include <inttypes.h>
#include <string.h>

#include "orchestrator/journal/note.h"
#include "orchestrator/run/rescue.h"
#include "orchestrator/run/start_services_again.h"

void run_end_wake(struct execution *execution)
{
	struct run_context *run = &execution->run;
	CLEANUP(error_release) struct error err = {0};

	for (size_t i = 0; i < execution->end.step && i < run->plan.count; i++) {
		const struct step *step = &run->plan.steps[i];
		int result;

		if ((step->kind != STEP_FAILOVER && step->kind != STEP_REHEARSE) ||
			run_context_lost_lease(run, &err))
			continue;
		result = start_services_again_node(run, step->node, &err);
		if (result < 0)
			teller_complain(execution->teller, error_text(&err));
		else if (result > 0)
			teller_say(execution->teller,
				"%s: the services that the fail-over had stopped were started again\n",
				execution->cluster->nodes[step->node].name);
	}
}

void run_end_advise(struct execution *execution, enum advice_end end)
{
	CLEANUP(cleanup_free) char *name = text_format("%" PRId64, execution->run.id);
	CLEANUP(cleanup_text) struct text words = {0};
	const struct advice advice = {name, end, execution->way_back};

	/* Looking takes a moment; the next signal ends it. */
	*execution->process->interrupted = 0;
	rescue_run(&execution->run, &words);
	advice_say(&execution->run, &advice, &words);
	execution->teller->tell(execution->teller,
		&(struct told){.kind = TOLD_ADVICE, .words = text_string(&words)});
}

static void tell_config_file(struct teller *teller, const char *text)
{
	json_t *note = json_loads(text, 0, NULL);
	const char *node = json_string_value(json_object_get(note, "node"));
	const char *path = json_string_value(json_object_get(note, "path"));
	const char *kind = json_string_value(json_object_get(note, "kind"));
	char printable[1024];

	if (node && path && kind)
		teller_say(teller, "config %s: %s (%s)\n", node,
			text_printable(printable, sizeof(printable), path), kind);
	json_decref(note);
}

void run_end_tell_config_files(const struct execution *execution)
{
	struct journal_line *lines = NULL;
	CLEANUP(error_release) struct error ignored = {0};
	size_t count = 0;

	journal_run_lines(execution->journal, execution->run.id, &lines, &count, &ignored);
	for (size_t i = 0; i < count; i++)
		if (strcmp(lines[i].kind, NOTE_CONFIG_FILE) == 0)
			tell_config_file(execution->teller, lines[i].text);
	journal_lines_free(lines, count);
}
