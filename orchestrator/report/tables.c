/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of the HTML report. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/report/markup.h"
#include "orchestrator/report/page.h"
#include "orchestrator/report/words.h"

/* Heads end with NULL; one that begins with "#" is of numbers. */
static void begin_table(
	struct text *out, const char *title, const char *class, const char *const *heads)
{
	markup_element(out, "h2", NULL, title);
	text_appendf(out, "\n<div class=\"table\"><table class=\"%s\">\n<thead><tr>", class);
	for (; *heads; heads++)
		text_appendf(out, "<th scope=\"col\"%s>%s</th>",
			**heads == '#' ? " class=\"n\"" : "", **heads == '#' ? *heads + 1 : *heads);
	text_append(out, "</tr></thead>\n<tbody>\n");
}

static void end_table(struct text *out)
{
	text_append(out, "</tbody></table></div>\n");
}

static void cell(struct text *out, const char *words)
{
	markup_element(out, "td", NULL, words);
}

/* Of words that may be long and without a blank. */
static void wide(struct text *out, const char *words)
{
	markup_element(out, "td", "w", words);
}

static void number(struct text *out, uint64_t count)
{
	text_append(out, "<td class=\"n\">");
	words_count(out, count);
	text_append(out, "</td>");
}

static void moment(struct text *out, uint64_t at_us)
{
	text_append(out, "<td class=\"t\">");
	if (at_us)
		words_moment(out, at_us);
	text_append(out, "</td>");
}

static void duration(struct text *out, uint64_t us)
{
	text_append(out, "<td class=\"n\">");
	words_duration(out, us);
	text_append(out, "</td>");
}

/* A result as a word in a frame: neither colour nor sign alone says it. */
static void word(struct text *out, const char *mood, const char *words)
{
	text_appendf(out, "<td><span class=\"word %s\">", mood);
	markup_words(out, words);
	text_append(out, "</span></td>");
}

static void service(struct text *out, const struct report *report)
{
	static const char *const heads[] = {"Asked from", "#Requests", "#Good answers", "#Failed",
		"#Not yet served", "#Slow", "#Slowest answer", "#Longest time without", "#Not sent",
		"Newest failure", NULL};

	if (!report->vantage_count)
		return;
	begin_table(out, "The service, as a client saw it", "plain", heads);
	for (size_t i = 0; i < report->vantage_count; i++) {
		const struct report_vantage *vantage = &report->vantages[i];

		text_appendf(out, "<tr%s>", vantage->failed ? " class=\"bad\"" : "");
		cell(out, vantage->name);
		number(out, vantage->asked);
		number(out, vantage->good);
		number(out, vantage->failed);
		number(out, vantage->not_served);
		number(out, vantage->slow);
		duration(out, vantage->max_us);
		/* Who asks now and then only measures no gaps. */
		if (vantage->longest_gap_ms)
			duration(out, vantage->longest_gap_ms * 1000);
		else
			cell(out, "");
		number(out, vantage->skipped);
		wide(out, vantage->failed ? vantage->error : "");
		text_append(out, "</tr>\n");
	}
	end_table(out);
}

static void packages(struct text *out, const struct report *report)
{
	static const char *const heads[] = {"Node", "Package", "Before", "After", "", NULL};

	if (!report->version_count)
		return;
	begin_table(out, "Packages before and after", "plain", heads);
	for (size_t i = 0; i < report->version_count; i++) {
		const struct report_version *version = &report->versions[i];
		bool seen = report->nodes[version->node].seen_after;
		bool same = text_equal(version->before, version->after);

		text_append(out, "<tr>");
		cell(out, report->nodes[version->node].name);
		cell(out, version->package);
		cell(out, version->before ? version->before : "not installed");
		markup_element(out, "td", seen && !same ? "changed" : NULL,
			!seen		 ? "not seen"
			: version->after ? version->after
					 : "not installed");
		word(out, seen && !same ? "good" : "plain",
			!seen  ? "not known"
			: same ? "unchanged"
			       : "changed");
		text_append(out, "</tr>\n");
	}
	end_table(out);
}

static const char *outcome_mood(enum report_outcome outcome)
{
	switch (outcome) {
	case REPORT_WAITING:
		return "plain";
	case REPORT_BEGUN:
		return "note";
	case REPORT_DONE:
		return "good";
	case REPORT_FAILED:
	case REPORT_REFUSED:
		break;
	}
	return "bad";
}

static void steps(struct text *out, const struct report *report)
{
	static const char *const heads[] = {"#No.", "Node", "Step", "Result", "Began", "#Took",
		"#Looks", "Evidence or reason", NULL};

	if (!report->step_count)
		return;
	begin_table(out, "Steps and their evidence", "plain", heads);
	for (size_t i = 0; i < report->step_count; i++) {
		const struct report_step *step = &report->steps[i];
		const char *node =
			step->node == REPORT_NO_NODE ? "all" : report->nodes[step->node].name;

		text_append(out, "<tr>");
		number(out, i + 1);
		cell(out, node);
		cell(out, step->title);
		word(out, outcome_mood(step->outcome), report_outcome_name(step->outcome));
		moment(out, step->from_us);
		if (step->from_us)
			duration(out, step->to_us - step->from_us);
		else
			cell(out, "");
		if (step->attempts)
			number(out, step->attempts);
		else
			cell(out, "");
		wide(out, step->detail);
		text_append(out, "</tr>\n");
	}
	end_table(out);
}

static const char *result_mood(const struct report_check *check)
{
	if (strcmp(check->result, "pass") == 0)
		return "good";
	if (check->waived[0] || strcmp(check->result, "warn") == 0)
		return "note";
	return strcmp(check->result, "fail") == 0 ? "bad" : "plain";
}

static void check_evidence(struct text *out, const struct report_check *check)
{
	text_append(out, "<td class=\"w\">");
	markup_words(out, check->text);
	if (check->waived[0]) {
		text_append(out, "<br>Waived: ");
		markup_words(out, check->waived);
	}
	if (check->fix[0]) {
		text_append(out, "<br>What to do: ");
		markup_words(out, check->fix);
	}
	text_append(out, "</td><td class=\"w\">");
	if (check->command[0])
		markup_element(out, "code", NULL, check->command);
	if (check->answer[0]) {
		text_append(out, "<pre>");
		markup_lines(out, check->answer);
		text_append(out, "</pre>");
	}
	text_append(out, "</td>");
}

static void checks(struct text *out, const struct report *report)
{
	static const char *const heads[] = {
		"Check", "Node", "Result", "What was found", "Asked and answered", NULL};

	if (!report->check_count)
		return;
	begin_table(out, "Checks before the first change", "plain", heads);
	for (size_t i = 0; i < report->check_count; i++) {
		const struct report_check *check = &report->checks[i];

		text_append(out, "<tr>");
		cell(out, check->name);
		cell(out, check->node);
		word(out, result_mood(check), check->waived[0] ? "waived" : check->result);
		check_evidence(out, check);
		text_append(out, "</tr>\n");
	}
	end_table(out);
}

/* Notes of these kinds (ending with NULL) or, when others is true, of all but these. */
static void notes(struct text *out, const struct report *report, const char *title,
	const char *const *kinds, bool others)
{
	static const char *const heads[] = {"When", "What", "Node", "Name", "In words", NULL};
	bool begun = false;

	for (size_t i = 0; i < report->note_count; i++) {
		const struct report_note *note = &report->notes[i];
		bool named = false;

		for (const char *const *kind = kinds; *kind; kind++)
			named = named || strcmp(note->kind, *kind) == 0;
		if (named == others)
			continue;
		if (!begun)
			begin_table(out, title, "plain", heads);
		begun = true;
		text_append(out, "<tr>");
		moment(out, note->at_us);
		cell(out, note->kind);
		cell(out, note->node);
		cell(out, note->name);
		wide(out, note->text);
		text_append(out, "</tr>\n");
	}
	if (begun)
		end_table(out);
}

static void lines(struct text *out, const struct report *report)
{
	static const char *const heads[] = {
		"#Line", "When", "What", "Step", "Node", "In words", "Hash", NULL};

	begin_table(out, "Every line of the journal", "lines", heads);
	for (size_t i = 0; i < report->line_count; i++) {
		const struct journal_line *line = &report->lines[i];
		bool wrong = !report->chain->intact && report->chain->wrong_line == i + 1;
		char hash[13];

		text_appendf(out, "<tr%s>", wrong ? " class=\"bad\"" : "");
		number(out, i + 1);
		moment(out, line->wall_us);
		cell(out, line->kind);
		text_append(out, "<td>");
		if (line->step >= 0)
			text_appendf(out, "%" PRId64 " ", line->step + 1);
		markup_words(out, line->name);
		text_append(out, "</td>");
		cell(out, line->node);
		text_append(out, "<td class=\"w\">");
		if (wrong) {
			markup_element(out, "strong", NULL, report->chain->text);
			text_append(out, " ");
		}
		markup_words(out, line->text);
		text_append(out, "</td><td>");
		snprintf(hash, sizeof(hash), "%.12s", line->hash);
		markup_element(out, "code", NULL, hash);
		text_append(out, "</td></tr>\n");
	}
	end_table(out);
}

void page_tables(struct text *out, const struct report *report)
{
	static const char *const waivers[] = {NOTE_WAIVED, NULL};
	static const char *const hooks[] = {NOTE_HOOK, NULL};
	static const char *const files[] = {NOTE_CONFIG_FILE, NULL};
	static const char *const named[] = {NOTE_WAIVED, NOTE_HOOK, NOTE_CONFIG_FILE, NULL};

	service(out, report);
	packages(out, report);
	steps(out, report);
	checks(out, report);
	notes(out, report, "Checks that were waived for this run", waivers, false);
	notes(out, report, "Configuration files that packages changed", files, false);
	notes(out, report, "Hooks and notifications", hooks, false);
	notes(out, report, "What else happened", named, true);
	lines(out, report);
}
