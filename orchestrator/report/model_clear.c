/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Releases a report. */
#include <stdlib.h>

#include "orchestrator/report/model.h"

static void clear_lists(struct report *report)
{
	for (size_t i = 0; i < report->check_count; i++) {
		struct report_check *check = &report->checks[i];

		free(check->name);
		free(check->node);
		free(check->result);
		free(check->text);
		free(check->fix);
		free(check->command);
		free(check->answer);
		free(check->waived);
	}
	for (size_t i = 0; i < report->note_count; i++) {
		struct report_note *note = &report->notes[i];

		free(note->kind);
		free(note->node);
		free(note->name);
		free(note->text);
	}
	for (size_t i = 0; i < report->version_count; i++) {
		free(report->versions[i].package);
		free(report->versions[i].before);
		free(report->versions[i].after);
	}
}

void report_clear(struct report *report)
{
	clear_lists(report);
	for (size_t i = 0; i < report->node_count; i++) {
		free(report->nodes[i].name);
		free(report->nodes[i].address);
	}
	for (size_t i = 0; i < report->step_count; i++) {
		free(report->steps[i].name);
		free(report->steps[i].detail);
	}
	for (size_t i = 0; i < report->vantage_count; i++) {
		free(report->vantages[i].name);
		free(report->vantages[i].error);
	}
	for (size_t i = 0; i < report->sitting_count; i++)
		free(report->sittings[i].reason);
	free(report->nodes);
	free(report->steps);
	free(report->bars);
	free(report->phases);
	free(report->reboots);
	free(report->versions);
	free(report->cells);
	free(report->vantages);
	free(report->checks);
	free(report->notes);
	free(report->sittings);
	*report = (struct report){0};
}
