/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an IT manager wants to know of a run, in a few sentences. */
#include "orchestrator/report/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/report/words.h"

const char *summary_mood_name(enum summary_mood mood)
{
	switch (mood) {
	case SUMMARY_GOOD:
		return "good";
	case SUMMARY_NOTE:
		return "note";
	case SUMMARY_BAD:
		break;
	}
	return "bad";
}

static struct summary_fact fact(const char *question, enum summary_mood mood, const char *answer)
{
	return (struct summary_fact){question, mood, text_copy(answer), NULL};
}

static struct summary_fact result(const struct report *report)
{
	static const struct {
		enum summary_mood mood;
		const char *answer, *words;
	} answers[JOURNAL_STATE_COUNT] = {
		[JOURNAL_RUNNING] = {SUMMARY_NOTE, "Not yet",
			"It is under way, or its process died; then `haupgrade resume` goes on."},
		[JOURNAL_STOPPED] = {SUMMARY_BAD, "No, it stopped", ""},
		[JOURNAL_DONE] = {SUMMARY_GOOD, "Yes",
			"Every step was confirmed by what was seen on the nodes afterwards."},
		[JOURNAL_FAILED] = {SUMMARY_BAD, "No, it failed", ""},
		[JOURNAL_ABORTED] = {SUMMARY_BAD, "No, it was aborted", ""},
		[JOURNAL_ROLLED_BACK] = {SUMMARY_NOTE, "It was rolled back",
			"A later run returned the nodes to their previous packages"},
	};
	enum journal_state state = report->record->state;
	struct summary_fact made =
		fact("Did it succeed?", answers[state].mood, answers[state].answer);
	const char *reason = report->record->reason;
	struct text words = {0};
	size_t done = 0;

	for (size_t i = 0; i < report->step_count; i++)
		done += report->steps[i].outcome == REPORT_DONE;
	text_append(&words, answers[state].words);
	/* "by run 2" */
	if (state == JOURNAL_ROLLED_BACK)
		text_appendf(
			&words, "%s%s%s.", reason[0] ? " (" : "", reason, reason[0] ? ")" : "");
	else if (reason[0] && state != JOURNAL_RUNNING && state != JOURNAL_DONE)
		text_appendf(&words, "%s%s.", words.length ? " " : "", reason);
	text_appendf(&words, "%s%zu of %zu steps are done.", words.length ? " " : "", done,
		report->step_count);
	made.words = text_take(&words);
	return made;
}

struct summary_service summary_service(const struct report *report)
{
	struct summary_service service = {0};

	for (size_t i = 0; i < report->vantage_count; i++) {
		const struct report_vantage *vantage = &report->vantages[i];

		if (!text_equal(vantage->name, NOTE_PROBE_ADMIN)) {
			service.nodes_failed += vantage->failed;
			continue;
		}
		service.measured = service.measured || vantage->good > 0 ||
				   (vantage->asked > 0 && report->record->kind != PLAN_BOOTSTRAP);
		service.not_served += vantage->not_served;
		service.asked += vantage->asked;
		service.failed += vantage->failed;
		service.slow += vantage->slow;
		if (vantage->longest_gap_ms > service.longest_gap_ms)
			service.longest_gap_ms = vantage->longest_gap_ms;
	}
	return service;
}

static struct summary_fact service(const struct report *report)
{
	struct summary_service seen = summary_service(report);
	struct summary_fact made = fact("Was the service interrupted?", SUMMARY_GOOD, "No");
	struct text words = {0};

	if (!seen.measured && (seen.not_served || seen.asked)) {
		free(made.answer);
		made.mood = SUMMARY_NOTE;
		made.answer = text_copy("Not yet served");
		text_append(&words, "The floating IP never answered; ");
		words_counted(&words, seen.not_served ? seen.not_served : seen.asked, "request");
		text_append(&words, seen.not_served ? " failed, and nothing served before."
						    : " had not ended, and nothing served before.");
		made.words = text_take(&words);
		return made;
	}
	if (!seen.measured) {
		free(made.answer);
		made.mood = SUMMARY_NOTE;
		made.answer = text_copy("Not measured");
		made.words = text_copy(
			"Nobody asked the floating IP from outside during the run: the cluster file has no probe.");
		return made;
	}
	if (seen.failed) {
		free(made.answer);
		made.mood = SUMMARY_BAD;
		words_count(&words, seen.failed);
		text_append(&words, " of ");
		words_counted(&words, seen.asked, "request");
		text_append(&words, " failed");
		made.answer = text_take(&words);
		text_append(&words, "Clients asked the floating IP all along. ");
	} else {
		text_append(&words, "Not one of ");
		words_counted(&words, seen.asked, "request");
		text_append(&words, " to the floating IP failed. ");
	}
	text_append(&words, "The longest time without a good answer was ");
	words_duration(&words, seen.longest_gap_ms * 1000);
	text_append(&words, ".");
	if (seen.slow) {
		text_append(&words, " ");
		words_counted(&words, seen.slow, "answer");
		text_append(&words, " came slowly.");
	}
	if (seen.nodes_failed) {
		text_append(&words, " Of the requests that nodes made themselves ");
		words_count(&words, seen.nodes_failed);
		text_append(&words, " failed.");
	}
	if (report->held) {
		text_append(&words, " Of ");
		words_counted(&words, report->held, "connection");
		text_append(&words, " held open all along ");
		if (report->held_broken)
			words_count(&words, report->held_broken);
		else
			text_append(&words, "none");
		text_append(
			&words, report->held_broken < 2 ? " was broken off." : " were broken off.");
	}
	if (seen.not_served) {
		text_append(&words, " Before its first answer ");
		words_counted(&words, seen.not_served, "request");
		text_append(&words, " found it not yet served, which is no interruption.");
	}
	if (report->sitting_count > 1)
		text_append(&words, " Nobody asked while no process worked on the run.");
	made.words = text_take(&words);
	return made;
}

static bool is_changed(const struct report *report, const struct report_version *version)
{
	return report->nodes[version->node].seen_after &&
	       !text_equal(version->before, version->after);
}

/* Is it the first one of that change, on whatever node? */
static bool is_first(const struct report *report, size_t index, bool of_package)
{
	const struct report_version *one = &report->versions[index];

	for (size_t i = 0; i < index; i++) {
		const struct report_version *other = &report->versions[i];

		if (!is_changed(report, other))
			continue;
		if (of_package ? text_equal(one->package, other->package)
			       : text_equal(one->before, other->before) &&
					 text_equal(one->after, other->after))
			return false;
	}
	return true;
}

static struct summary_fact packages(const struct report *report)
{
	struct summary_fact made = fact("What was changed?", SUMMARY_GOOD, "");
	bool nodes[PLAN_NODES_MAX] = {false};
	size_t count = 0, node_count = 0, changes = 0;
	struct text answer = {0}, words = {0};

	for (size_t i = 0; i < report->version_count; i++) {
		const struct report_version *version = &report->versions[i];

		if (!is_changed(report, version))
			continue;
		node_count += !nodes[version->node];
		nodes[version->node] = true;
		count += is_first(report, i, true);
		if (!is_first(report, i, false))
			continue;
		if (changes++ < 3)
			text_appendf(&answer, "%s%s → %s", changes > 1 ? ", " : "",
				version->before ? version->before : "none",
				version->after ? version->after : "none");
	}
	free(made.answer);
	if (changes > 3)
		text_append(&answer, ", ...");
	if (!changes) {
		made.mood = SUMMARY_NOTE;
		text_append(&answer, "No package");
		text_append(&words, "No node was seen with other packages than before.");
	} else {
		words_counted(&words, count, "package");
		text_append(&words, " on ");
		words_counted(&words, node_count, "node");
		text_append(&words, ".");
	}
	text_appendf(&words, " Bundle: %s", report->record->bundle);
	made.answer = text_take(&answer);
	made.words = text_take(&words);
	return made;
}

static bool one_by_one(const struct report *report)
{
	for (size_t i = 0; i < report->reboot_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (report->reboots[i].down_us < report->reboots[j].up_us &&
				report->reboots[j].down_us < report->reboots[i].up_us)
				return false;
		}
	}
	return report->reboot_count > 1;
}

static struct summary_fact reboots(const struct report *report)
{
	struct summary_fact made = fact("Which machines were restarted?", SUMMARY_GOOD, "");
	struct text answer = {0}, words = {0};

	for (size_t i = 0; i < report->reboot_count; i++) {
		const struct report_reboot *reboot = &report->reboots[i];
		const char *name = report->nodes[reboot->node].name;

		text_appendf(&answer, "%s%s", i ? ", " : "", name);
		text_appendf(&words, "%s%s was away for ", i ? "; " : "", name);
		words_duration(&words, reboot->up_us - reboot->down_us);
	}
	free(made.answer);
	made.answer = report->reboot_count ? text_take(&answer) : text_copy("None");
	if (report->reboot_count)
		text_append(&words, one_by_one(report) ? ", one after the other." : ".");
	else
		text_append(&words, "No node was seen with a new boot identity.");
	made.words = text_take(&words);
	return made;
}

static struct summary_fact when(const struct report *report)
{
	struct summary_fact made = fact("When, and by whom?", SUMMARY_GOOD, "");
	struct text answer = {0}, words = {0};

	words_time(&answer, report->begun_us);
	text_append(&words, "It took ");
	words_duration(&words, report->ended_us - report->begun_us);
	if (report->sitting_count > 1) {
		text_appendf(&words, ", of which ");
		words_duration(&words, report->worked_us);
		text_appendf(&words, " at work: it was resumed %zu time%s",
			report->sitting_count - 1, report->sitting_count == 2 ? "" : "s");
	}
	text_appendf(&words, ". Begun by %s.", report->record->invoker);
	free(made.answer);
	made.answer = text_take(&answer);
	made.words = text_take(&words);
	return made;
}

static struct summary_fact record(const struct report *report)
{
	const struct journal_chain *chain = report->chain;
	struct summary_fact made = fact("Is this record unaltered?",
		!chain->intact ? SUMMARY_BAD
		: chain->late  ? SUMMARY_NOTE
			       : SUMMARY_GOOD,
		!chain->intact ? "No, it was altered"
		: chain->late  ? "As far as known"
			       : "Yes");
	struct text words = {0};

	if (!chain->intact)
		text_appendf(&words, "Of the journal's %zu lines, %s: do not rely on it.",
			chain->line_count, chain->text);
	else if (chain->late)
		text_appendf(&words,
			"All %zu lines fit together since haupgrade brought them to this format; before that nothing told of changes.",
			chain->line_count);
	else
		text_appendf(&words,
			"All %zu lines of the journal fit together, each sealed with the one before.",
			chain->line_count);
	made.words = text_take(&words);
	return made;
}

void summary_make(const struct report *report, struct summary *summary)
{
	static const char *const titles[PLAN_KIND_COUNT] = {
		[PLAN_UPGRADE] = "Upgrade of cluster",
		[PLAN_ROLLBACK] = "Rollback of cluster",
		[PLAN_BOOTSTRAP] = "First installation of cluster",
	};
	const struct journal_record *run = report->record;

	summary->title = text_format("%s %s", titles[run->kind], run->cluster);
	summary->facts[SUMMARY_RESULT] = result(report);
	summary->facts[SUMMARY_SERVICE] = service(report);
	summary->facts[SUMMARY_PACKAGES] = packages(report);
	summary->facts[SUMMARY_REBOOTS] = reboots(report);
	summary->facts[SUMMARY_WHEN] = when(report);
	summary->facts[SUMMARY_RECORD] = record(report);
}

void summary_clear(struct summary *summary)
{
	for (size_t i = 0; i < SUMMARY_COUNT; i++) {
		free(summary->facts[i].answer);
		free(summary->facts[i].words);
	}
	free(summary->title);
	*summary = (struct summary){0};
}
