/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's report as one HTML document: summary and timeline; the tables are in tables.c. */
#include "orchestrator/report/page.h"

#include <inttypes.h>

#include "lib/base/cleanup.h"
#include "orchestrator/report/chart.h"
#include "orchestrator/report/markup.h"
#include "orchestrator/report/summary.h"
#include "orchestrator/report/words.h"

static void head(struct text *out, const struct report *report, const struct summary *summary)
{
	text_append(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	markup_words(out, summary->title);
	text_appendf(out, ", run %" PRId64 "</title>\n", report->record->run_id);
	text_append(out, page_style());
	text_append(out, "</head>\n<body>\n<main>\n");
}

static void facts(struct text *out, const struct summary *summary)
{
	text_append(out, "<ul class=\"facts\">\n");
	for (size_t i = 0; i < SUMMARY_COUNT; i++) {
		const struct summary_fact *fact = &summary->facts[i];

		text_appendf(out, "<li class=\"%s\">", summary_mood_name(fact->mood));
		markup_element(out, "h2", NULL, fact->question);
		markup_element(out, "p", "answer", fact->answer);
		markup_element(out, "p", NULL, fact->words);
		text_append(out, "</li>\n");
	}
	text_append(out, "</ul>\n");
}

static void under_title(struct text *out, const struct report *report)
{
	const struct journal_record *run = report->record;

	text_appendf(out, "<p class=\"under\">Run %" PRId64 ", ", run->run_id);
	if (run->of_run)
		text_appendf(out, "of run %" PRId64 ", ", run->of_run);
	text_append(out, "profile ");
	markup_words(out, run->profile);
	text_append(out, ", cluster file ");
	markup_words(out, run->cluster_file);
	text_append(out, "</p>\n");
}

static void timeline(struct text *out, const struct report *report)
{
	text_append(out, "<h2>Timeline</h2>\n<div class=\"panel\">\n");
	chart_draw(out, report);
	text_append(out, "</div>\n");
}

static void foot(
	struct text *out, const struct report *report, uint64_t made_us, const char *made_by)
{
	text_append(out, "<footer><p>Made by ");
	markup_words(out, made_by);
	text_append(out, " on ");
	words_time(out, made_us);
	text_append(out,
		". Times are of the machine that ran haupgrade.</p>\n<p>Seal of the record (the hash of its newest line): <code>");
	markup_words(out, report->chain->seal[0] ? report->chain->seal : "none");
	text_append(out,
		"</code>. Whoever has it from elsewhere, such as an earlier report, can tell that nobody has replaced the whole record since.</p></footer>\n");
}

void page_html(struct text *out, const struct report *report, uint64_t made_us, const char *made_by)
{
	CLEANUP(cleanup_summary) struct summary summary = {0};

	summary_make(report, &summary);
	head(out, report, &summary);
	markup_element(out, "h1", NULL, summary.title);
	text_append(out, "\n");
	under_title(out, report);
	facts(out, &summary);
	timeline(out, report);
	page_tables(out, report);
	foot(out, report, made_us, made_by);
	text_append(out, "</main>\n</body>\n</html>\n");
}
