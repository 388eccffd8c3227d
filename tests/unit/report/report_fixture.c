/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Journals of runs for tests of reports, made in memory. */
#include "tests/unit/report/report_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/journal/note.h"

void report_fixture_begin(
	struct report_fixture *fixture, const char *steps, enum journal_state state)
{
	*fixture = (struct report_fixture){.record = {.run_id = 7,
						   .state = state,
						   .reason = text_copy(""),
						   .begun_wall_us = REPORT_FIXTURE_BEGAN,
						   .cluster = text_copy("shop"),
						   .cluster_file = text_copy("/etc/shop.conf"),
						   .bundle = text_copy("/srv/release-2"),
						   .bundle_digest = text_copy("0123"),
						   .profile = text_copy("hacluster"),
						   .invoker = text_copy("ops@admin"),
						   .options = text_copy("{}")}};
	fixture->record.plan = text_format(
		"{\"version\":1,\"nodes\":[{\"name\":\"node1\",\"address\":\"10.0.0.1\",\"before\":\"web-1.0-1.x86_64 web-common-1.0-1.noarch\"},{\"name\":\"node2\",\"address\":\"10.0.0.2\",\"before\":\"web-1.0-1.x86_64 web-common-1.0-1.noarch\"}],\"steps\":%s}",
		steps);
	fixture->chain = (struct journal_chain){.intact = true, .seal = "5ea1"};
}

static struct journal_line *add(struct report_fixture *fixture, uint64_t at_ms,
	enum journal_line_type type, const char *kind, const char *text)
{
	struct journal_line *line = VECTOR_APPEND(fixture->lines, fixture->count);

	*line = (struct journal_line){.type = type,
		.wall_us = REPORT_FIXTURE_BEGAN + at_ms * 1000,
		.step = -1,
		.kind = text_copy(kind),
		.name = text_copy(""),
		.node = text_copy(""),
		.text = text_copy(text),
		.hash = "abcdef"};
	fixture->chain.line_count = fixture->count;
	return line;
}

void report_fixture_state(struct report_fixture *fixture, uint64_t at_ms, const char *text)
{
	add(fixture, at_ms, JOURNAL_LINE_STATE, "state", text);
}

void report_fixture_step(struct report_fixture *fixture, uint64_t at_ms, int64_t step,
	enum journal_kind kind, const char *detail)
{
	struct journal_line *line =
		add(fixture, at_ms, JOURNAL_LINE_STEP, journal_kind_name(kind), detail);

	line->step = step;
	line->attempt = 1;
}

void report_fixture_note(
	struct report_fixture *fixture, uint64_t at_ms, const char *kind, const char *text)
{
	add(fixture, at_ms, JOURNAL_LINE_NOTE, kind, text);
}

void report_fixture_make(struct report_fixture *fixture)
{
	report_make(&fixture->record, fixture->lines, fixture->count, &fixture->chain,
		&fixture->report);
}

void report_fixture_clear(struct report_fixture *fixture)
{
	report_clear(&fixture->report);
	journal_lines_free(fixture->lines, fixture->count);
	journal_record_clear(&fixture->record);
}

/* One look: for each node its role, "-" when it does not answer, and its boot identity. */
static void look(struct report_fixture *fixture, uint64_t at_ms, const char *const roles[2],
	const char *const boots[2])
{
	CLEANUP(cleanup_text) struct text text = {0};

	text_append(&text, "{\"nodes\":[");
	for (int i = 0; i < 2; i++) {
		bool there = strcmp(roles[i], "-") != 0;

		text_appendf(&text,
			"%s{\"name\":\"node%d\",\"role\":\"%s\",\"services\":%s,\"holds\":%s,\"reachable\":%s,\"upgraded\":false",
			i ? "," : "", i + 1, there ? roles[i] : "unknown", there ? "true" : "false",
			strcmp(roles[i], "primary") == 0 ? "true" : "false",
			there ? "true" : "false");
		if (there)
			text_appendf(&text, ",\"boot\":\"%s\"", boots[i]);
		text_append(&text, "}");
	}
	text_append(&text, "]}");
	report_fixture_note(fixture, at_ms, NOTE_OBSERVED, text_string(&text));
}

/* A second of the probe that ends then: 100 answers, the slowest of 4 ms. */
static void second(struct report_fixture *fixture, uint64_t at_ms)
{
	CLEANUP(cleanup_text) struct text text = {0};
	uint64_t end_us = REPORT_FIXTURE_BEGAN + at_ms * 1000;

	text_appendf(&text,
		"{\"vantage\":\"admin\",\"from_us\":%llu,\"to_us\":%llu,\"asked\":100,\"good\":100,\"failed\":0,\"slow\":0,\"max_us\":4000,\"mean_us\":900,\"cells\":[",
		(unsigned long long)(end_us - 1000000), (unsigned long long)end_us);
	for (int i = 0; i < 10; i++)
		text_appendf(&text, "%s[10,0,%d,0]", i ? "," : "", i == 5 ? 4000 : 900);
	text_append(&text, "]}");
	report_fixture_note(fixture, at_ms, NOTE_PROBE, text_string(&text));
}

void report_fixture_upgrade(struct report_fixture *fixture)
{
	static const char *const old_boots[] = {"a1", "b1"}, *const between[] = {"a1", "b2"},
				 *const new_boots[] = {"a2", "b2"};
	static const char *const at_first[] = {"primary", "backup"},
				 *const away2[] = {"primary", "-"},
				 *const moved[] = {"backup", "primary"},
				 *const away1[] = {"-", "primary"};
	uint64_t at_ms = 100;

	report_fixture_begin(fixture,
		"[{\"step\":\"verify\",\"node\":-1},{\"step\":\"install\",\"node\":1},{\"step\":\"failover\",\"node\":0},{\"step\":\"install\",\"node\":0}]",
		JOURNAL_DONE);
	report_fixture_state(fixture, 0, "running");
	report_fixture_note(fixture, 50, NOTE_CHECK,
		"{\"name\":\"one-primary\",\"node\":null,\"result\":\"pass\",\"text\":\"node1\",\"fix\":\"\",\"command\":\"role\",\"answer\":\"node1 primary\"}");
	look(fixture, at_ms, at_first, old_boots);
	report_fixture_step(fixture, at_ms, 0, JOURNAL_STEP_DONE, "2 packages");
	for (int64_t step = 1; step < 4; step++) {
		report_fixture_step(fixture, at_ms + 100, step, JOURNAL_INTENDED, "for resume");
		if (step == 1)
			look(fixture, at_ms + 300, away2, between);
		if (step == 1)
			look(fixture, at_ms + 800, at_first, between);
		if (step == 2)
			look(fixture, at_ms + 500, moved, between);
		if (step == 3)
			look(fixture, at_ms + 400, away1, new_boots);
		if (step == 3)
			look(fixture, at_ms + 600, moved, new_boots);
		second(fixture, at_ms + 900);
		report_fixture_step(fixture, at_ms + 950, step, JOURNAL_STEP_DONE, "seen so");
		at_ms += 1000;
	}
	report_fixture_note(fixture, at_ms, NOTE_VERSIONS,
		"{\"node\":\"node2\",\"packages\":[\"web-2.0-1.x86_64\",\"web-common-2.0-1.noarch\"]}");
	report_fixture_note(fixture, at_ms, NOTE_VERSIONS,
		"{\"node\":\"node1\",\"packages\":[\"web-2.0-1.x86_64\",\"web-common-2.0-1.noarch\"]}");
	report_fixture_state(fixture, at_ms + 100, "done");
	report_fixture_note(fixture, at_ms + 150, NOTE_PROBED,
		"{\"vantage\":\"admin\",\"asked\":310,\"good\":310,\"failed\":0,\"slow\":1,\"skipped\":0,\"longest_gap_ms\":21,\"error\":\"\"}");
}
