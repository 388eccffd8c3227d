/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes what a report makes of a journal that anybody may have written: the first line is the
 * plan, those after it are the journal's (tests/fuzz/lines.h).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/report/page.h"
#include "tests/fuzz/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_pages(const struct report *report)
{
	CLEANUP(cleanup_text) struct text html = {0}, plain = {0};
	json_t *json;

	page_html(&html, report, 0, "fuzz");
	if (strstr(text_string(&html), "<script") || strlen(text_string(&html)) != html.length)
		abort();
	page_text(&plain, report);
	json = page_json(report);
	if (!json)
		abort();
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_free) char *words = strndup((const char *)data, size);
	struct journal_record record = {.plan = words,
		.state = JOURNAL_STOPPED,
		.reason = words,
		.cluster = words,
		.cluster_file = words,
		.bundle = words,
		.bundle_digest = words,
		.profile = words,
		.invoker = words,
		.options = words};
	struct journal_chain chain = {.intact = true};
	struct journal_line *lines = NULL;
	CLEANUP(cleanup_report) struct report report = {0};
	size_t count = 0;

	lines_read(words, &lines, &count);
	report_make(&record, lines, count, &chain, &report);
	make_pages(&report);
	journal_lines_free(lines, count);
	return 0;
}
