/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's report as plain text, for a terminal or a mail. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/report/page.h"
#include "orchestrator/report/summary.h"
#include "orchestrator/report/words.h"

/* What a remote machine or a file said may hold anything. */
static void add(struct text *out, const char *words)
{
	size_t size = 4 * strlen(words) + 1;
	CLEANUP(cleanup_free) char *printable = malloc(size);

	if (!printable)
		abort();
	text_append(out, text_printable(printable, size, words));
}

static void line_of(
	struct text *out, const char *mark, const char *node, const char *name, const char *words)
{
	text_appendf(out, "  %-9s ", mark);
	add(out, node);
	text_append(out, node[0] ? ": " : "");
	add(out, name);
	text_append(out, name[0] && words[0] ? ": " : "");
	add(out, words);
	text_append(out, "\n");
}

static void facts(struct text *out, const struct report *report)
{
	CLEANUP(cleanup_summary) struct summary summary = {0};

	summary_make(report, &summary);
	add(out, summary.title);
	text_appendf(out, ", run %" PRId64 "\n\n", report->record->run_id);
	for (size_t i = 0; i < SUMMARY_COUNT; i++) {
		text_appendf(out, "%s ", summary.facts[i].question);
		add(out, summary.facts[i].answer);
		text_append(out, "\n    ");
		add(out, summary.facts[i].words);
		text_append(out, "\n");
	}
}

static void packages(struct text *out, const struct report *report)
{
	if (report->version_count)
		text_append(out, "\nPackages\n");
	for (size_t i = 0; i < report->version_count; i++) {
		const struct report_version *version = &report->versions[i];
		CLEANUP(cleanup_free)
		char *change =
			text_format("%s -> %s", version->before ? version->before : "not installed",
				!report->nodes[version->node].seen_after ? "not seen"
				: version->after			 ? version->after
									 : "not installed");

		line_of(out, "", report->nodes[version->node].name, version->package, change);
	}
}

static void steps(struct text *out, const struct report *report)
{
	if (report->step_count)
		text_append(out, "\nSteps\n");
	for (size_t i = 0; i < report->step_count; i++) {
		const struct report_step *step = &report->steps[i];
		CLEANUP(cleanup_text) struct text title = {0};

		text_append(&title, step->title);
		if (step->from_us) {
			text_append(&title, " (");
			words_duration(&title, step->to_us - step->from_us);
			text_append(&title, ")");
		}
		line_of(out, report_outcome_name(step->outcome),
			step->node == REPORT_NO_NODE ? "" : report->nodes[step->node].name,
			text_string(&title), step->detail);
	}
}

static void checks(struct text *out, const struct report *report)
{
	if (report->check_count)
		text_append(out, "\nChecks\n");
	for (size_t i = 0; i < report->check_count; i++) {
		const struct report_check *check = &report->checks[i];

		line_of(out, check->waived[0] ? "waived" : check->result, check->node, check->name,
			check->text);
		if (check->waived[0])
			line_of(out, "", "", "waived", check->waived);
	}
}

static void notes(struct text *out, const struct report *report)
{
	if (report->note_count)
		text_append(out, "\nBesides\n");
	for (size_t i = 0; i < report->note_count; i++) {
		const struct report_note *note = &report->notes[i];
		CLEANUP(cleanup_text) struct text at = {0};
		CLEANUP(cleanup_free) char *what = NULL;

		words_clock(&at, note->at_us);
		what = text_format("%s%s%s%s%s", note->kind, note->node[0] ? " " : "", note->node,
			note->name[0] ? " " : "", note->name);
		line_of(out, text_string(&at), "", what, note->text);
	}
}

void page_text(struct text *out, const struct report *report)
{
	facts(out, report);
	packages(out, report);
	steps(out, report);
	checks(out, report);
	notes(out, report);
	text_appendf(out, "\nSeal of the record: %s\n", report->chain->seal);
}
