/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade history: the runs that the journal knows, newest first. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/clock.h"
#include "orchestrator/command/output.h"
#include "orchestrator/command/run_account.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/report/summary.h"
#include "orchestrator/report/words.h"
#include "orchestrator/run/later_runs.h"

/* The newest runs, and as many as are told. */
enum { RUNS_MAX = 100 };

/* passed_by: the run because of which this one can only be ended; 0: none. */
static void tell_json(const struct run_account *past, int64_t passed_by)
{
	const struct journal_record *run = &past->account.record;
	struct summary_service service = summary_service(&past->report);
	char begun[32];

	output_event(json_pack(
		"{s:s, s:I, s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:f, s:o, s:o, s:I, s:I, s:I, s:b}",
		"event", "history", "run", (json_int_t)run->run_id, "kind",
		plan_kind_name(run->kind), "begun",
		clock_format(begun, sizeof(begun), run->begun_wall_us), "invoker",
		note_string(run->invoker), "cluster", note_string(run->cluster), "bundle",
		note_string(run->bundle), "result", journal_state_name(run->state), "reason",
		note_string(run->reason), "seconds",
		(double)(past->report.ended_us - past->report.begun_us) / 1000000, "asked",
		service.measured ? json_integer((json_int_t)service.asked) : json_null(), "failed",
		service.measured ? json_integer((json_int_t)service.failed) : json_null(),
		"not_served", (json_int_t)service.not_served, "of_run", (json_int_t)run->of_run,
		"passed_by", (json_int_t)passed_by, "intact", past->account.chain.intact));
}

static void tell_line(
	const struct settings *settings, const struct run_account *past, int64_t passed_by)
{
	const struct journal_record *run = &past->account.record;
	struct summary_service service = summary_service(&past->report);
	CLEANUP(cleanup_text) struct text when = {0}, took = {0}, failed = {0}, passed = {0};
	char who[64], cluster[64], bundle[256];

	words_time(&when, run->begun_wall_us);
	words_duration(&took, past->report.ended_us - past->report.begun_us);
	if (service.measured)
		words_count(&failed, service.failed);
	if (passed_by)
		text_appendf(
			&passed, "  (run %" PRId64 " is newer: only to be aborted)", passed_by);
	output_say(settings, "%4" PRId64 "  %-9s  %s  %-18s  %-12s  %-11s  %11s  %6s  %s%s%s\n",
		run->run_id, plan_kind_name(run->kind), text_string(&when),
		text_printable(who, sizeof(who), run->invoker),
		text_printable(cluster, sizeof(cluster), run->cluster),
		journal_state_name(run->state), text_string(&took),
		service.measured ? text_string(&failed) : "-",
		text_printable(bundle, sizeof(bundle), run->bundle), text_string(&passed),
		past->account.chain.intact ? "" : "  (RECORD ALTERED)");
}

/*
 * Runs that are not in the journal any more were taken out of it: haupgrade never does that. Tells
 * the numbers between two runs, in one go, however many an edited journal makes of them.
 */
static bool tell_missing(const struct settings *settings, int64_t newer, int64_t older)
{
	if (newer - 1 <= older)
		return false;
	if (settings->json)
		output_event(json_pack("{s:s, s:I, s:I, s:s}", "event", "history", "run",
			(json_int_t)(newer - 1), "first", (json_int_t)(older + 1), "result",
			"missing"));
	else if (newer - 2 == older)
		output_say(settings, "%4" PRId64 "  missing from the journal\n", newer - 1);
	else
		output_say(settings,
			"%4" PRId64 "  and down to %" PRId64 " missing from the journal\n",
			newer - 1, older + 1);
	return true;
}

/* Tells one run; *whole becomes false when its record was altered. */
static int tell(const struct settings *settings, struct journal *journal, int64_t run_id,
	bool *whole, struct error *err)
{
	CLEANUP(cleanup_run_account) struct run_account past = {0};
	CLEANUP(cleanup_journal_record) struct journal_record newer = {0};
	const struct journal_record *run = &past.account.record;
	int result = run_account_load(journal, run_id, &past, err);

	if (result == 0 && later_runs_is_open(run->state))
		result = later_runs_in_the_way(journal, run, &newer, err);
	if (result < 0)
		return result;
	if (settings->json)
		tell_json(&past, newer.run_id);
	else
		tell_line(settings, &past, newer.run_id);
	if (!past.account.chain.intact)
		*whole = false;
	return 0;
}

static int history(const struct settings *settings, const void *own, char **arguments, int count)
{
	const char *cluster = count ? arguments[0] : NULL;
	CLEANUP(cleanup_journal) struct journal *journal = NULL;
	struct journal_record *records = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t record_count = 0;
	int64_t highest = 0;
	bool whole = true;
	int result = run_account_open(settings, &journal, &err);

	(void)own;
	if (result == -ENOENT) {
		output_say(settings, "%s\n", error_text(&err));
		return EXIT_DONE;
	}
	/* Before the list: a run that begins in between is not missing. */
	if (result == 0)
		result = journal_highest_run(journal, &highest, &err);
	if (result == 0)
		result =
			journal_run_list(journal, cluster, RUNS_MAX, &records, &record_count, &err);
	if (result == 0 && cluster && !record_count)
		output_say(settings, "the journal in %s knows of no run of cluster %s\n",
			settings->process.state_folder, cluster);
	if (result == 0 && record_count)
		output_say(settings, "%4s  %-9s  %-25s  %-18s  %-12s  %-11s  %11s  %6s  %s\n",
			"run", "kind", "begun", "by", "cluster", "result", "took", "failed",
			"bundle");
	if (result == 0 && !cluster && highest < INT64_MAX &&
		tell_missing(settings, highest + 1, record_count ? records[0].run_id : 0))
		whole = false;
	for (size_t i = 0; i < record_count && result == 0; i++) {
		bool last = i + 1 == record_count;

		result = tell(settings, journal, records[i].run_id, &whole, &err);
		/* The first run of a journal has the number 1; older ones than the list's are not
		 * looked for. */
		if (result == 0 && !cluster && !(last && record_count == RUNS_MAX) &&
			tell_missing(settings, records[i].run_id, last ? 0 : records[i + 1].run_id))
			whole = false;
	}
	journal_list_free(records, record_count);
	/* Part of it may have been flushed in vain before. */
	if (result == 0 && (fflush(stdout) == EOF || ferror(stdout)))
		result = error_system(&err, errno, "cannot write the history");
	if (result == 0)
		return whole ? EXIT_DONE : EXIT_NO;
	command_complain(settings, error_text(&err));
	return EXIT_USAGE;
}

const struct command command_history = {
	.name = "history",
	.page =
		{
			.usage = "haupgrade history [OPTION...] [CLUSTER]",
			.summary =
				"The runs that this machine's journal knows, newest first.\n"
				"For each: its number and kind, when it began, by whom, the cluster's name, how it ended,\n"
				"how long it took, how many of the probe's requests failed, and the bundle. CLUSTER is\n"
				"the name of a cluster, as in its file.",
			.notes =
				"Exit status: 0, 1 a record was altered or is missing, 2 usage or environment.",
		},
	.minimum = 0,
	.maximum = 1,
	.run = history,
};
