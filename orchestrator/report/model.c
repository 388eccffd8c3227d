/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as its report tells it: plan, steps and the times in which it was worked on. */
#include "orchestrator/report/model.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/report/build.h"

/* Lines that follow the end of a process's work so soon are still of it. */
#define EPILOGUE_US 60000000

const char *report_outcome_name(enum report_outcome outcome)
{
	switch (outcome) {
	case REPORT_WAITING:
		return "not begun";
	case REPORT_BEGUN:
		return "begun";
	case REPORT_DONE:
		return "done";
	case REPORT_FAILED:
		return "failed";
	case REPORT_REFUSED:
		break;
	}
	return "refused";
}

const char *build_string(const json_t *object, const char *key)
{
	const char *words = json_string_value(json_object_get(object, key));

	return words ? words : "";
}

uint64_t build_number(const json_t *object, const char *key, uint64_t max)
{
	json_int_t number = json_integer_value(json_object_get(object, key));

	if (number < 0)
		return 0;
	return (uint64_t)number > max ? max : (uint64_t)number;
}

int build_node(const struct report *report, const char *name)
{
	for (size_t i = 0; i < report->node_count; i++) {
		if (strcmp(report->nodes[i].name, name) == 0)
			return (int)i;
	}
	return REPORT_NO_NODE;
}

/* The plan's steps from that one on. */
static void add_steps(struct report *report, const json_t *steps, size_t from)
{
	for (size_t i = from; i < json_array_size(steps) && i < PLAN_STEPS_MAX; i++) {
		const json_t *step = json_array_get(steps, i);
		json_int_t node = json_integer_value(json_object_get(step, "node"));
		bool known = node >= 0 && node < (json_int_t)report->node_count;

		*VECTOR_APPEND(report->steps, report->step_count) = (struct report_step){
			.name = text_copy(build_string(step, "step")),
			.node = known ? (int)node : REPORT_NO_NODE,
			.detail = text_copy(""),
		};
	}
}

static void read_plan(struct report *report, const json_t *plan)
{
	const json_t *nodes = json_object_get(plan, "nodes");

	for (size_t i = 0; i < json_array_size(nodes) && i < PLAN_NODES_MAX; i++) {
		const json_t *node = json_array_get(nodes, i);

		*VECTOR_APPEND(report->nodes, report->node_count) = (struct report_node){
			.name = text_copy(build_string(node, "name")),
			.address = text_copy(build_string(node, "address")),
		};
	}
	add_steps(report, json_object_get(plan, "steps"), 0);
}

static bool is_waiting(const struct report_step *step)
{
	return step->outcome == REPORT_WAITING;
}

void build_plan(struct build *build, const json_t *plan)
{
	struct report *report = build->report;
	size_t from = (size_t)build_number(plan, "from", PLAN_STEPS_MAX);

	/* What was begun stays, whatever the new plan says. */
	while (report->step_count > from && is_waiting(&report->steps[report->step_count - 1])) {
		struct report_step *step = &report->steps[--report->step_count];

		free(step->name);
		free(step->detail);
	}
	add_steps(report, json_object_get(plan, "steps"), report->step_count);
}

/* The step of an event; steps that the plan does not have are those of a bootstrap. */
static struct report_step *step_at(struct report *report, const struct journal_line *line)
{
	if (line->step < 0 || line->step >= PLAN_STEPS_MAX)
		return NULL;
	while (report->step_count <= (size_t)line->step) {
		struct report_step *step = VECTOR_APPEND(report->steps, report->step_count);

		*step = (struct report_step){
			.name = text_copy(""), .node = REPORT_NO_NODE, .detail = text_copy("")};
	}
	return &report->steps[line->step];
}

static enum report_outcome outcome_of(const char *kind)
{
	if (strcmp(kind, journal_kind_name(JOURNAL_STEP_DONE)) == 0)
		return REPORT_DONE;
	if (strcmp(kind, journal_kind_name(JOURNAL_STEP_FAILED)) == 0)
		return REPORT_FAILED;
	if (strcmp(kind, journal_kind_name(JOURNAL_REFUSED)) == 0)
		return REPORT_REFUSED;
	return REPORT_BEGUN;
}

/* The newest bar when it is this step's and open. */
static struct report_bar *open_bar(struct report *report, int64_t step)
{
	struct report_bar *bar = report->bar_count ? &report->bars[report->bar_count - 1] : NULL;

	return bar && bar->outcome == REPORT_BEGUN && bar->to_us == 0 &&
			       (step < 0 || bar->step == (size_t)step)
		       ? bar
		       : NULL;
}

static void add_event(struct build *build, const struct journal_line *line)
{
	struct report *report = build->report;
	struct report_step *step = step_at(report, line);
	enum report_outcome outcome = outcome_of(line->kind);
	struct report_bar *bar;

	if (!step)
		return;
	if (!step->name[0]) {
		free(step->name);
		step->name = text_copy(line->name);
		step->node = build_node(report, line->node);
	}
	bar = open_bar(report, line->step);
	if (!bar) {
		if ((bar = open_bar(report, -1)))
			bar->to_us = build->now_us;
		bar = VECTOR_APPEND(report->bars, report->bar_count);
		*bar = (struct report_bar){.step = (size_t)line->step,
			.from_us = outcome == REPORT_BEGUN ? build->now_us : build->mark_us,
			.outcome = REPORT_BEGUN};
	}
	if (!step->from_us)
		step->from_us = bar->from_us;
	step->to_us = build->now_us;
	step->outcome = outcome;
	step->attempts = line->attempt;
	/* An intent's detail is for resume, no evidence. */
	free(step->detail);
	step->detail = text_copy(outcome == REPORT_BEGUN ? "" : line->text);
	if (outcome != REPORT_BEGUN) {
		bar->to_us = build->now_us;
		bar->outcome = outcome;
		build->mark_us = build->now_us;
	}
}

static enum journal_state state_of(const char *text)
{
	size_t length = strcspn(text, ":");

	for (enum journal_state state = JOURNAL_RUNNING; state < JOURNAL_STATE_COUNT; state++) {
		const char *name = journal_state_name(state);

		if (strlen(name) == length && strncmp(name, text, length) == 0)
			return state;
	}
	return JOURNAL_FAILED;
}

static const char *reason_of(const char *text)
{
	const char *colon = strstr(text, ": ");

	return colon ? colon + 2 : "";
}

static void close_sitting(struct build *build)
{
	struct report *report = build->report;
	struct report_bar *bar = open_bar(report, -1);
	uint64_t at_us;

	if (!report->sitting_count)
		return;
	at_us = report->sittings[report->sitting_count - 1].to_us;
	if (bar)
		bar->to_us = at_us > bar->from_us ? at_us : bar->from_us;
	build_close(build, at_us);
}

static void add_state(struct build *build, const struct journal_line *line)
{
	struct report *report = build->report;
	enum journal_state state = state_of(line->text);
	struct report_sitting *sitting;

	if (state == JOURNAL_RUNNING || !report->sitting_count) {
		close_sitting(build);
		sitting = VECTOR_APPEND(report->sittings, report->sitting_count);
		*sitting = (struct report_sitting){.from_us = build->now_us,
			.to_us = build->now_us,
			.ended = state,
			.reason = text_copy(reason_of(line->text))};
		build->mark_us = build->now_us;
		return;
	}
	sitting = &report->sittings[report->sitting_count - 1];
	/* What is said of the run later, e.g. that it was rolled back, ends no work. */
	if (sitting->ended != JOURNAL_RUNNING)
		return;
	sitting->ended = state;
	sitting->to_us = build->now_us;
	free(sitting->reason);
	sitting->reason = text_copy(reason_of(line->text));
}

/*
 * What a process that resumes writes before it says so tells nothing of how long the one before it
 * lived. In its middle other lines follow.
 */
static bool may_be_of_the_next(const struct journal_line *line)
{
	return strcmp(line->kind, NOTE_LEASE) == 0 || strcmp(line->kind, NOTE_PLAN) == 0 ||
	       strcmp(line->kind, NOTE_CHECK) == 0 || strcmp(line->kind, NOTE_WAIVED) == 0;
}

static void extend_sitting(struct build *build)
{
	struct report *report = build->report;
	struct report_sitting *sitting;

	if (!report->sitting_count)
		return;
	sitting = &report->sittings[report->sitting_count - 1];
	if (sitting->ended == JOURNAL_RUNNING || build->now_us - sitting->to_us < EPILOGUE_US)
		sitting->to_us = build->now_us;
}

static void add_line(struct build *build, const struct journal_line *line)
{
	if (line->wall_us > build->now_us)
		build->now_us = line->wall_us;
	switch (line->type) {
	case JOURNAL_LINE_STEP:
		extend_sitting(build);
		add_event(build, line);
		break;
	case JOURNAL_LINE_STATE:
		add_state(build, line);
		break;
	case JOURNAL_LINE_NOTE:
		if (!may_be_of_the_next(line))
			extend_sitting(build);
		build_note(build, line);
		break;
	case JOURNAL_LINE_REQUEST:
		build_note(build, line);
		break;
	}
}

/* A reboot that no look caught is known from its steps. */
static void add_reboots_of_steps(struct report *report)
{
	uint64_t down_us[PLAN_NODES_MAX] = {0};

	for (size_t i = 0; i < report->bar_count; i++) {
		const struct report_bar *bar = &report->bars[i];
		const struct report_step *step = &report->steps[bar->step];
		bool known = false;

		if (step->node == REPORT_NO_NODE || bar->outcome != REPORT_DONE)
			continue;
		if (strcmp(step->name, plan_step_name(STEP_REBOOT)) == 0)
			down_us[step->node] = bar->to_us;
		if (strcmp(step->name, plan_step_name(STEP_RETURN)) != 0 || !down_us[step->node])
			continue;
		for (size_t j = 0; j < report->reboot_count; j++)
			known = known || (report->reboots[j].node == (size_t)step->node &&
						 report->reboots[j].up_us >= down_us[step->node] &&
						 report->reboots[j].down_us <= bar->to_us);
		if (!known)
			*VECTOR_APPEND(report->reboots, report->reboot_count) =
				(struct report_reboot){
					(size_t)step->node, down_us[step->node], bar->to_us};
	}
}

static void finish(struct build *build, const json_t *plan)
{
	struct report *report = build->report;
	const json_t *nodes = json_object_get(plan, "nodes");

	close_sitting(build);
	report->ended_us = report->begun_us;
	for (size_t i = 0; i < report->sitting_count; i++) {
		const struct report_sitting *sitting = &report->sittings[i];

		report->worked_us += sitting->to_us - sitting->from_us;
		if (sitting->to_us > report->ended_us)
			report->ended_us = sitting->to_us;
	}
	for (size_t i = 0; i < report->step_count; i++) {
		struct report_step *step = &report->steps[i];
		enum step_kind kind = plan_step_kind(step->name);

		step->title = kind < STEP_KIND_COUNT ? plan_step_title(kind) : step->name;
	}
	add_reboots_of_steps(report);
	for (size_t i = 0; i < report->node_count; i++) {
		const char *before =
			json_string_value(json_object_get(json_array_get(nodes, i), "before"));

		report->nodes[i].seen_after = build->after[i] != NULL;
		build_versions(report, i, before, build->after[i]);
	}
}

static void forget(struct build *build)
{
	for (size_t i = 0; i < PLAN_NODES_MAX; i++) {
		free(build->boots[i]);
		free(build->after[i]);
	}
	free(build->vantages);
}

void report_make(const struct journal_record *record, const struct journal_line *lines,
	size_t line_count, const struct journal_chain *chain, struct report *report)
{
	char *boots[PLAN_NODES_MAX] = {0}, *after[PLAN_NODES_MAX] = {0};
	size_t open_phase[PLAN_NODES_MAX] = {0};
	uint64_t gone_us[PLAN_NODES_MAX] = {0};
	struct build build = {.report = report,
		.boots = boots,
		.after = after,
		.open_phase = open_phase,
		.gone_us = gone_us};
	json_t *plan = json_loads(record->plan, 0, NULL);

	*report = (struct report){.record = record,
		.lines = lines,
		.line_count = line_count,
		.chain = chain,
		.begun_us = line_count ? lines[0].wall_us : record->begun_wall_us};
	build.now_us = build.mark_us = report->begun_us;
	read_plan(report, plan);
	for (size_t i = 0; i < line_count; i++)
		add_line(&build, &lines[i]);
	finish(&build, plan);
	forget(&build);
	json_decref(plan);
}
