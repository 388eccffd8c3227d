/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The notes of a run (journal/note.h) as parts of its report. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/report/build.h"

#define TENTH_US 100000
/* What a note says of times further away than that from the note itself is no fact. */
#define NEAR_US UINT64_C(600000000)
#define NUMBER_MAX UINT64_C(1000000000000)
/* So long after the first answer of all, requests that were asked before it may still fail: the
 * longest timeout that a cluster file may give, and a second for this machine's delays. */
#define LATE_US UINT64_C(61000000)

static void add_check(struct build *build, const json_t *note)
{
	struct report *report = build->report;

	*VECTOR_APPEND(report->checks, report->check_count) = (struct report_check){
		.name = text_copy(build_string(note, "name")),
		.node = text_copy(build_string(note, "node")),
		.result = text_copy(build_string(note, "result")),
		.text = text_copy(build_string(note, "text")),
		.fix = text_copy(build_string(note, "fix")),
		.command = text_copy(build_string(note, "command")),
		.answer = text_copy(build_string(note, "answer")),
		.waived = text_copy(build_string(note, "waived")),
	};
}

/* How a node was in an observed note. */
static struct report_phase read_phase(const json_t *node, size_t index, uint64_t now_us)
{
	const char *role = build_string(node, "role");
	struct report_phase phase = {.node = index,
		.from_us = now_us,
		.role = ROLE_UNKNOWN,
		.services = json_is_true(json_object_get(node, "services")),
		.holds = json_is_true(json_object_get(node, "holds")),
		.reachable = json_is_true(json_object_get(node, "reachable")),
		.upgraded = json_is_true(json_object_get(node, "upgraded"))};

	if (strcmp(role, plan_role_name(ROLE_PRIMARY)) == 0)
		phase.role = ROLE_PRIMARY;
	else if (strcmp(role, plan_role_name(ROLE_BACKUP)) == 0)
		phase.role = ROLE_BACKUP;
	return phase;
}

static bool is_same(const struct report_phase *left, const struct report_phase *right)
{
	return left->role == right->role && left->services == right->services &&
	       left->holds == right->holds && left->reachable == right->reachable &&
	       left->upgraded == right->upgraded;
}

static void see_boot(struct build *build, size_t node, const char *boot)
{
	struct report *report = build->report;
	char **last = &build->boots[node];

	if (*last && strcmp(*last, boot) != 0)
		*VECTOR_APPEND(report->reboots, report->reboot_count) = (struct report_reboot){
			.node = node,
			.down_us = build->gone_us[node] ? build->gone_us[node] : build->now_us,
			.up_us = build->now_us};
	free(*last);
	*last = text_copy(boot);
}

static void see_node(struct build *build, const json_t *node, size_t index)
{
	struct report *report = build->report;
	struct report_phase phase = read_phase(node, index, build->now_us);
	const char *boot = build_string(node, "boot");
	size_t open = build->open_phase[index];

	if (phase.reachable && boot[0])
		see_boot(build, index, boot);
	if (phase.reachable)
		build->gone_us[index] = 0;
	else if (!build->gone_us[index])
		build->gone_us[index] = build->now_us;
	if (open && is_same(&report->phases[open - 1], &phase))
		return;
	if (open)
		report->phases[open - 1].to_us = build->now_us;
	*VECTOR_APPEND(report->phases, report->phase_count) = phase;
	build->open_phase[index] = report->phase_count;
}

static void add_observed(struct build *build, const json_t *note)
{
	const json_t *nodes = json_object_get(note, "nodes");

	for (size_t i = 0; i < json_array_size(nodes); i++) {
		const json_t *node = json_array_get(nodes, i);
		int index = build_node(build->report, build_string(node, "name"));

		if (index != REPORT_NO_NODE)
			see_node(build, node, (size_t)index);
	}
}

static size_t vantage_of(struct build *build, const json_t *note)
{
	enum { VANTAGES_MAX = 2 * PLAN_NODES_MAX };
	struct report *report = build->report;
	const char *name = build_string(note, "vantage");
	size_t count = report->vantage_count;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(report->vantages[i].name, name) == 0)
			return i;
	}
	if (count == VANTAGES_MAX)
		return count - 1;
	*VECTOR_APPEND(report->vantages, report->vantage_count) =
		(struct report_vantage){.name = text_copy(name), .error = text_copy("")};
	*VECTOR_APPEND(build->vantages, count) =
		(struct build_vantage){.unserved = report->record->kind == PLAN_BOOTSTRAP};
	return report->vantage_count - 1;
}

static void add_account(struct report_vantage *vantage, const json_t *note)
{
	vantage->asked += build_number(note, "asked", NUMBER_MAX);
	vantage->good += build_number(note, "good", NUMBER_MAX);
	vantage->failed += build_number(note, "failed", NUMBER_MAX);
	vantage->slow += build_number(note, "slow", NUMBER_MAX);
	vantage->skipped += build_number(note, "skipped", NUMBER_MAX);
}

/* So many of the failed requests do not count: nothing served yet. */
static void set_apart(struct report_vantage *vantage, uint64_t count)
{
	if (count > vantage->failed)
		count = vantage->failed;
	vantage->not_served += count;
	vantage->failed -= count;
	vantage->asked -= count < vantage->asked ? count : vantage->asked;
}

static void settle(struct report_vantage *vantage, const struct report_vantage *account)
{
	vantage->asked += account->asked;
	vantage->good += account->good;
	vantage->failed += account->failed;
	vantage->slow += account->slow;
	vantage->skipped += account->skipped;
	set_apart(vantage, account->not_served);
	if (account->longest_gap_ms > vantage->longest_gap_ms)
		vantage->longest_gap_ms = account->longest_gap_ms;
}

static void remember_error(struct report_vantage *vantage, const json_t *note)
{
	const char *words = build_string(note, "error");

	if (!words[0])
		return;
	free(vantage->error);
	vantage->error = text_copy(words);
}

static void add_cell(struct build *build, const struct report_cell *cell)
{
	struct report *report = build->report;

	if (report->cell_count < REPORT_CELLS_MAX)
		*VECTOR_APPEND(report->cells, report->cell_count) = *cell;
}

/* One cell of a note: [good, failed, slowest, stalled]. */
static uint32_t number_at(const json_t *cell, size_t index)
{
	json_int_t number = json_integer_value(json_array_get(cell, index));

	return number < 0 ? 0 : number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

static bool is_near(const struct build *build, uint64_t at_us)
{
	return at_us + NEAR_US > build->now_us && at_us < build->now_us + NEAR_US;
}

/* Without good answers for longer than that, by cells alone: what a killed process left. */
static void measure_gap(struct report_vantage *pending, const struct report_cell *cell)
{
	uint64_t gap_ms;

	/* Of what is pending nobody wants the slowest answer: max_us is the newest good one's
	 * moment. */
	if (cell->good) {
		pending->max_us = cell->to_us;
		return;
	}
	if (!pending->max_us || cell->to_us <= pending->max_us || cell->stalled_us)
		return;
	gap_ms = (cell->to_us - pending->max_us) / 1000;
	if (gap_ms > pending->longest_gap_ms)
		pending->longest_gap_ms = gap_ms;
}

/* How many of a cell's failed requests are none of the service's: it did not serve yet. */
static uint32_t failed_unserved(struct build_vantage *seen, const struct report_cell *cell)
{
	uint32_t count = cell->failed;

	if (seen->unserved) {
		seen->unserved = !cell->good;
		seen->served_us = cell->to_us;
		return count;
	}
	if (!seen->under_way || cell->to_us > seen->served_us + LATE_US)
		return 0;
	if (count > seen->under_way)
		count = (uint32_t)seen->under_way;
	seen->under_way -= count;
	return count;
}

static uint64_t without_end(uint64_t asked, uint64_t good, uint64_t failed)
{
	return asked > good + failed ? asked - good - failed : 0;
}

/* Counts what is not the service's in that vantage, and takes it off the cell. */
static void sort_out(struct build_vantage *seen, struct report_cell *cell)
{
	struct report_vantage *pending = &seen->pending;
	bool was_unserved = seen->unserved;
	uint32_t count = failed_unserved(seen, cell);

	pending->not_served += count;
	cell->failed -= count;
	/* The account has the whole note. What fails in its later cells is still under way here. */
	if (was_unserved && !seen->unserved)
		seen->under_way = without_end(pending->asked, pending->good, pending->not_served);
}

/* All cells of a note are read: more than have no end now cannot be left of those before. */
static void bound_under_way(struct build_vantage *seen)
{
	const struct report_vantage *pending = &seen->pending;
	uint64_t most = without_end(pending->asked, pending->good, pending->failed);

	if (seen->under_way > most)
		seen->under_way = most;
}

static void take_cell(struct build *build, struct report_cell *cell)
{
	struct build_vantage *seen = &build->vantages[cell->vantage];

	sort_out(seen, cell);
	measure_gap(&seen->pending, cell);
	add_cell(build, cell);
}

static void add_probe(struct build *build, const json_t *note)
{
	size_t index = vantage_of(build, note);
	struct report_vantage *vantage = &build->report->vantages[index];
	const json_t *cells = json_object_get(note, "cells");
	bool by_cells = json_array_size(cells) > 0;
	struct report_cell cell = {.vantage = index,
		.from_us = build_number(note, "from_us", UINT64_MAX),
		.to_us = build_number(note, "to_us", UINT64_MAX),
		.asked = (uint32_t)build_number(note, "asked", UINT32_MAX),
		.good = (uint32_t)build_number(note, "good", UINT32_MAX),
		.failed = (uint32_t)build_number(note, "failed", UINT32_MAX),
		.slow = (uint32_t)build_number(note, "slow", UINT32_MAX),
		.max_us = (uint32_t)build_number(note, "max_us", UINT32_MAX)};

	add_account(&build->vantages[index].pending, note);
	remember_error(vantage, note);
	if (cell.max_us > vantage->max_us)
		vantage->max_us = cell.max_us;
	if (!is_near(build, cell.from_us) || !is_near(build, cell.to_us) ||
		cell.to_us <= cell.from_us)
		return;
	if (!by_cells)
		take_cell(build, &cell);
	for (size_t i = 0; i < json_array_size(cells) && i < NEAR_US / TENTH_US; i++) {
		const json_t *numbers = json_array_get(cells, i);

		cell = (struct report_cell){.vantage = index,
			.from_us = cell.from_us,
			.to_us = cell.from_us + TENTH_US,
			.good = number_at(numbers, 0),
			.failed = number_at(numbers, 1),
			.max_us = number_at(numbers, 2),
			.stalled_us = number_at(numbers, 3)};
		take_cell(build, &cell);
		cell.from_us += TENTH_US;
	}
	bound_under_way(&build->vantages[index]);
}

/* A probe has ended, and with it all that it had under way. */
static void end_probe(struct build_vantage *seen)
{
	seen->pending = (struct report_vantage){0};
	seen->under_way = 0;
}

static void add_probed(struct build *build, const json_t *note)
{
	size_t index = vantage_of(build, note);
	struct report_vantage *vantage = &build->report->vantages[index];
	struct build_vantage *seen = &build->vantages[index];
	struct report_vantage parts = seen->pending;
	uint64_t gap_ms = build_number(note, "longest_gap_ms", NUMBER_MAX);

	/* Its gap is from its beginning on, that of the parts from the first answer on. */
	if (parts.not_served)
		gap_ms = parts.longest_gap_ms;
	/* The whole account stands for its parts. */
	end_probe(seen);
	/* Of what its parts lack, too, nothing was served without a good answer. */
	if (seen->unserved) {
		seen->unserved = !build_number(note, "good", NUMBER_MAX);
		if (seen->unserved)
			parts.not_served = build_number(note, "failed", NUMBER_MAX);
	}
	add_account(vantage, note);
	set_apart(vantage, parts.not_served);
	remember_error(vantage, note);
	if (gap_ms > vantage->longest_gap_ms)
		vantage->longest_gap_ms = gap_ms;
}

static void add_versions(struct build *build, const json_t *note)
{
	int node = build_node(build->report, build_string(note, "node"));
	const json_t *packages = json_object_get(note, "packages");
	struct text labels = {0};

	if (node == REPORT_NO_NODE)
		return;
	for (size_t i = 0; i < json_array_size(packages); i++) {
		const char *label = json_string_value(json_array_get(packages, i));

		if (label)
			text_appendf(&labels, "%s%s", labels.length ? " " : "", label);
	}
	free(build->after[node]);
	build->after[node] = text_take(&labels);
}

/* The account at the end of a process's work. */
static void add_held(struct report *report, const json_t *note)
{
	report->held += build_number(note, "wanted", NUMBER_MAX);
	report->held_broken += build_number(note, "broken", NUMBER_MAX);
}

/* The words of a note that has no place of its own: its text, else what there is. */
static char *words_of(const struct journal_line *line, const json_t *note)
{
	static const char *const keys[] = {"text", "reason", "what", "state", "kind"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *words = build_string(note, keys[i]);

		if (words[0])
			return text_copy(words);
	}
	return text_copy(line->text);
}

static void add_other(struct build *build, const struct journal_line *line, const json_t *note)
{
	static const char *const names[] = {"name", "path", "what"};
	struct report *report = build->report;
	struct report_note *other = VECTOR_APPEND(report->notes, report->note_count);
	const char *status = build_string(note, "status");
	const char *name = "";
	char *words = words_of(line, note);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !name[0]; i++)
		name = build_string(note, names[i]);
	/* A hook's: "ok" or "failed". */
	if (status[0] && strcmp(status, "ok") != 0) {
		char *all = text_format("%s: %s", status, words);

		free(words);
		words = all;
	}
	*other = (struct report_note){
		.at_us = build->now_us,
		.kind = text_copy(line->kind),
		.node = text_copy(build_string(note, "node")),
		.name = text_copy(name),
		.text = words,
	};
}

void build_note(struct build *build, const struct journal_line *line)
{
	static const struct {
		const char *kind;
		void (*add)(struct build *build, const json_t *note);
	} kinds[] = {
		{NOTE_CHECK, add_check},
		{NOTE_OBSERVED, add_observed},
		{NOTE_PROBE, add_probe},
		{NOTE_PROBED, add_probed},
		{NOTE_VERSIONS, add_versions},
	};
	json_t *note = json_loads(line->text, 0, NULL);
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (line->type == JOURNAL_LINE_NOTE && json_is_object(note) &&
			strcmp(line->kind, kinds[i].kind) == 0)
			break;
	}
	if (i < sizeof(kinds) / sizeof(kinds[0]))
		kinds[i].add(build, note);
	else
		add_other(build, line, note);
	/* Told as well as heeded. */
	if (line->type == JOURNAL_LINE_NOTE && strcmp(line->kind, NOTE_HELD) == 0 &&
		strcmp(build_string(note, "state"), "end") == 0)
		add_held(build->report, note);
	if (line->type == JOURNAL_LINE_NOTE && strcmp(line->kind, NOTE_PLAN) == 0)
		build_plan(build, note);
	json_decref(note);
}

void build_close(struct build *build, uint64_t at_us)
{
	struct report *report = build->report;

	for (size_t i = 0; i < report->node_count; i++) {
		size_t open = build->open_phase[i];

		if (open)
			report->phases[open - 1].to_us = at_us;
		build->open_phase[i] = 0;
		build->gone_us[i] = 0;
	}
	for (size_t i = 0; i < report->vantage_count; i++) {
		settle(&report->vantages[i], &build->vantages[i].pending);
		end_probe(&build->vantages[i]);
	}
}
