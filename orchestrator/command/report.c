/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade report: what happened in a run, as text, HTML or JSON. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/number.h"
#include "orchestrator/command/output.h"
#include "orchestrator/command/run_account.h"
#include "orchestrator/report/page.h"

struct report_settings {
	const char *html; /* a file, "-", or NULL: text, or JSON with --json */
};

/* A device or a pipe is written to; a file in its place would take it from everybody. */
static int write_there(const char *path, const struct text *page, struct error *err)
{
	CLEANUP(cleanup_close) int there = -1;
	struct stat status;
	int result;

	if (stat(path, &status) < 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
		return file_write(path, page->data, page->length, 0644, err);
	there = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (there < 0)
		return error_system(err, errno, "%s: cannot open it", path);
	result = file_write_all(there, page->data, page->length);
	return result < 0 ? error_system(err, -result, "%s: cannot write the report", path) : 0;
}

static int write_html(const struct settings *settings, const char *file,
	const struct run_account *past, struct error *err)
{
	CLEANUP(cleanup_text) struct text page = {0};
	int result;

	page_html(&page, &past->report, clock_wall_us(), "haupgrade " PACKAGE_VERSION);
	if (strcmp(file, "-") == 0) {
		result = file_write_all(STDOUT_FILENO, page.data, page.length);
		return result < 0 ? error_system(err, -result, "cannot write the report") : 0;
	}
	result = write_there(file, &page, err);
	if (result == 0)
		output_say(settings, "%s: the report of run %" PRId64 "\n", file,
			past->account.record.run_id);
	return result;
}

static int show(const struct settings *settings, const char *html, const struct run_account *past,
	struct error *err)
{
	CLEANUP(cleanup_text) struct text text = {0};
	json_t *event;

	if (html)
		return write_html(settings, html, past, err);
	if (settings->json) {
		event = page_json(&past->report);
		json_object_set_new(event, "event", json_string("report"));
		output_event(event);
	} else {
		page_text(&text, &past->report);
		fputs(text_string(&text), stdout);
	}
	/* Part of it may have been flushed in vain before. */
	if (fflush(stdout) == EOF || ferror(stdout))
		return error_system(err, errno, "cannot write the report");
	return 0;
}

static int report(const struct settings *settings, const void *own, char **arguments, int count)
{
	const struct report_settings *wanted = own;
	CLEANUP(cleanup_journal) struct journal *journal = NULL;
	CLEANUP(cleanup_run_account) struct run_account past = {0};
	CLEANUP(error_release) struct error err = {0};
	uint64_t run_id = 0;
	int result = 0;

	if (count)
		result = number_parse(arguments[0], "RUN", 1, INT64_MAX, &run_id, &err);
	if (result == 0)
		result = run_account_open(settings, &journal, &err);
	if (result == 0)
		result = run_account_load(journal, (int64_t)run_id, &past, &err);
	if (result == 0)
		result = show(settings, wanted->html, &past, &err);
	if (result < 0) {
		command_complain(settings, error_text(&err));
		return EXIT_USAGE;
	}
	return past.account.chain.intact ? EXIT_DONE : EXIT_NO;
}

static const struct option_entry options[] = {
	{.name = "html",
		.argument = "FILE",
		.help = "write one HTML page there (- for standard output)",
		.kind = OPTION_TEXT,
		.offset = offsetof(struct report_settings, html)},
	{0},
};

static const struct option_group groups[] = {
	{options, 0},
	{0},
};

const struct command command_report = {
	.name = "report",
	.page =
		{
			.usage = "haupgrade report [OPTION...] [RUN]",
			.summary =
				"What happened in a run: was the service interrupted, what was changed, when and by whom,\n"
				"every step and check with its evidence, and whether anybody altered the record. RUN is a\n"
				"number of `haupgrade history`, by default the newest.",
			.notes =
				"Exit status: 0, 1 the record was altered, 2 usage or environment.",
		},
	.groups = groups,
	.own_size = sizeof(struct report_settings),
	.minimum = 0,
	.maximum = 1,
	.run = report,
};
