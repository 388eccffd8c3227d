/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a run looks on a terminal. */
#include "orchestrator/screen/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/screen/sparkline.h"

/* Columns: sign and word, then the title, the time, and words. */
enum { WORD_COLUMN = 5, TITLE_MAX = 34, TITLE_MIN = 12, TIME_COLUMNS = 9, NARROW = 64 };
/* Of so low a terminal every line is for the steps. */
enum { MORE_HEIGHT = 16 };

/* What is shown in full, from everything to the least. */
enum detail { DETAIL_ALL, DETAIL_NOT_DONE, DETAIL_NOW, DETAIL_COUNT };

/* Steps that are shown together: all of one node in a row, or one of no node. */
struct group {
	size_t first, count;
	int node;
};

struct tree {
	const struct model *model;
	const struct screen_style *style;
	size_t width;
	enum detail detail;
	struct layout lines;
	size_t focus; /* the line of the step under way */
};

const char *layout_time(char *buffer, size_t size, uint64_t ms)
{
	uint64_t seconds = ms / 1000;

	if (ms < 10000)
		snprintf(buffer, size, "%.2f s", (double)ms / 1000);
	else if (ms < 100000)
		snprintf(buffer, size, "%.1f s", (double)ms / 1000);
	else if (seconds < 3600)
		snprintf(buffer, size, "%" PRIu64 ":%02" PRIu64, seconds / 60, seconds % 60);
	else
		snprintf(buffer, size, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600,
			seconds / 60 % 60, seconds % 60);
	return buffer;
}

void layout_clear(struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++)
		free(layout->lines[i]);
	free(layout->lines);
	*layout = (struct layout){0};
}

static void keep(struct layout *layout, struct line *line)
{
	while (line->text.length && line->text.data[line->text.length - 1] == ' ')
		line->text.data[--line->text.length] = '\0';
	*VECTOR_APPEND(layout->lines, layout->count) = text_take(&line->text);
}

static struct line line_begin(const struct tree *tree)
{
	return (struct line){.style = tree->style, .width = tree->width};
}

static bool is_done(const struct model_step *step)
{
	return step->state == MODEL_DONE || step->state == MODEL_EARLIER;
}

/* The step that the eye should be on: the first that is not done, or the last. */
static size_t focus_step(const struct model *model)
{
	size_t i = 0;

	while (i + 1 < model->plan->count && is_done(&model->steps[i]))
		i++;
	return i;
}

static struct group group_at(const struct model *model, size_t first)
{
	const struct plan *plan = model->plan;
	struct group group = {.first = first, .count = 1, .node = plan->steps[first].node};

	while (group.node != PLAN_NO_NODE && first + group.count < plan->count &&
		plan->steps[first + group.count].node == group.node)
		group.count++;
	return group;
}

static uint64_t step_ms(const struct model *model, const struct model_step *step)
{
	return step->state == MODEL_NOW ? model->now_ms - step->began_ms : step->elapsed_ms;
}

/* A word besides the colour, so that it can be read without. */
static void put_state(struct line *line, enum model_state state)
{
	switch (state) {
	case MODEL_AHEAD:
		line_sign(line, LINE_DIM, "·", ".");
		break;
	case MODEL_NOW:
		line_sign(line, LINE_NOW, "▶ now", "> now");
		break;
	case MODEL_DONE:
	case MODEL_EARLIER:
		line_sign(line, LINE_GOOD, "✔ ok", "ok");
		break;
	case MODEL_STOPPED:
		line_sign(line, LINE_BAD, "✘ STOP", "! STOP");
		break;
	}
}

/* Right-aligned in its columns. */
static void put_time(struct line *line, enum line_colour colour, const char *time)
{
	size_t column = line->used + TIME_COLUMNS, length = line_width(time);

	line_to(line, column > length ? column - length : 0);
	line_put(line, colour, time);
}

static void put_duration(
	struct line *line, const struct model *model, const struct model_step *step)
{
	char time[32] = "", words[40] = "";

	if (step->state == MODEL_AHEAD && step->expected_ms)
		snprintf(words, sizeof(words), "~%s",
			layout_time(time, sizeof(time), step->expected_ms));
	else if (step->state == MODEL_EARLIER)
		snprintf(words, sizeof(words), "earlier");
	else if (step->state != MODEL_AHEAD)
		layout_time(words, sizeof(words), step_ms(model, step));
	put_time(line, step->state == MODEL_AHEAD ? LINE_DIM : LINE_PLAIN, words);
}

static size_t title_columns(const struct tree *tree)
{
	size_t rest = tree->width > WORD_COLUMN + 6 + TIME_COLUMNS
			      ? tree->width - WORD_COLUMN - 6 - TIME_COLUMNS
			      : 0;

	return rest > TITLE_MAX ? TITLE_MAX : rest < TITLE_MIN ? TITLE_MIN : rest;
}

/* How long it took before, and what it is waiting for or what was seen. */
static void put_words(struct line *line, const struct model_step *step)
{
	char time[32], words[64];

	line_put(line, LINE_PLAIN, "  ");
	if (step->state == MODEL_NOW && step->expected_ms) {
		snprintf(words, sizeof(words), "of ~%s  ",
			layout_time(time, sizeof(time), step->expected_ms));
		line_put(line, LINE_DIM, words);
	}
	line_put(line,
		step->state == MODEL_STOPPED ? LINE_BAD
		: step->state == MODEL_NOW   ? LINE_PLAIN
					     : LINE_DIM,
		step->words);
}

/* The column behind the titles: the same for all, whether they stand in a branch or not. */
static size_t time_column(const struct tree *tree)
{
	return 3 + WORD_COLUMN + 2 + title_columns(tree);
}

/* What stands in the titles' column leaves room for the time. */
static void put_title(
	struct line *line, const struct tree *tree, enum line_colour colour, const char *words)
{
	size_t width = line->width, end = time_column(tree);

	line->width = end < width ? end : width;
	line_put(line, colour, words);
	line->width = width;
}

static void add_step(struct tree *tree, size_t index, const char *utf8, const char *ascii)
{
	const struct model_step *step = &tree->model->steps[index];
	struct line line = line_begin(tree);
	size_t column;

	line_sign(&line, LINE_DIM, utf8, ascii);
	put_state(&line, step->state);
	column = line_width(utf8) + WORD_COLUMN + 2;
	line_to(&line, column);
	put_title(&line, tree, step->state == MODEL_NOW ? LINE_BOLD : LINE_PLAIN,
		plan_step_title(tree->model->plan->steps[index].kind));
	line_to(&line, time_column(tree));
	put_duration(&line, tree->model, step);
	put_words(&line, step);
	keep(&tree->lines, &line);
}

static enum model_state group_state(const struct model *model, const struct group *group)
{
	size_t done = 0;

	for (size_t i = group->first; i < group->first + group->count; i++) {
		if (model->steps[i].state == MODEL_NOW || model->steps[i].state == MODEL_STOPPED)
			return model->steps[i].state;
		done += is_done(&model->steps[i]);
	}
	return done == group->count ? MODEL_DONE : done ? MODEL_NOW : MODEL_AHEAD;
}

/* What the group's steps took, or are expected to take; 0 when that is not known of all. */
static uint64_t group_ms(const struct model *model, const struct group *group, bool expected)
{
	uint64_t sum = 0;

	for (size_t i = group->first; i < group->first + group->count; i++) {
		uint64_t ms = expected ? model->steps[i].expected_ms : model->steps[i].elapsed_ms;

		if (expected && !ms)
			return 0;
		sum += ms;
	}
	return sum;
}

/* The node's name and how it is; with the state of its steps when they are not shown. */
static void add_head(struct tree *tree, const struct group *group, bool alone)
{
	const struct model *model = tree->model;
	const struct model_node *node = &model->nodes[group->node];
	enum model_state state = group_state(model, group);
	struct line line = line_begin(tree);
	uint64_t ms = group_ms(model, group, state == MODEL_AHEAD);
	char time[32], words[64] = "";

	if (alone) {
		put_state(&line, state);
		line_to(&line, WORD_COLUMN + 2);
	}
	if (alone) {
		put_title(&line, tree, LINE_BOLD, node->name);
		put_title(&line, tree, LINE_PLAIN, "  ");
		put_title(&line, tree, LINE_PLAIN, node->words);
		line_to(&line, time_column(tree));
		if (ms)
			snprintf(words, sizeof(words), "%s%s", state == MODEL_AHEAD ? "~" : "",
				layout_time(time, sizeof(time), ms));
		put_time(&line, state == MODEL_AHEAD ? LINE_DIM : LINE_PLAIN, words);
		snprintf(words, sizeof(words), "  %zu steps", group->count);
		line_put(&line, LINE_DIM, words);
	} else {
		line_put(&line, LINE_BOLD, node->name);
		line_put(&line, LINE_PLAIN, "  ");
		line_put(&line, LINE_PLAIN, node->words);
	}
	keep(&tree->lines, &line);
}

static bool is_folded(const struct tree *tree, const struct group *group, size_t focus)
{
	enum model_state state = group_state(tree->model, group);

	if (focus >= group->first && focus < group->first + group->count)
		return false;
	return (tree->detail >= DETAIL_NOT_DONE && state == MODEL_DONE) ||
	       (tree->detail >= DETAIL_NOW && state == MODEL_AHEAD);
}

static void add_group(struct tree *tree, const struct group *group, size_t focus)
{
	bool folded = is_folded(tree, group, focus);

	/* Before the run is at the nodes, and behind. */
	if (group->node == PLAN_NO_NODE) {
		if (focus == group->first)
			tree->focus = tree->lines.count;
		if (!folded)
			add_step(tree, group->first, "", "");
		return;
	}
	add_head(tree, group, folded);
	for (size_t i = group->first; i < group->first + group->count && !folded; i++) {
		bool last = i + 1 == group->first + group->count;

		if (focus == i)
			tree->focus = tree->lines.count;
		add_step(tree, i, last ? "└─ " : "├─ ", last ? "`- " : "|- ");
	}
}

static void build(struct tree *tree)
{
	const struct model *model = tree->model;
	size_t focus = focus_step(model);

	layout_clear(&tree->lines);
	for (size_t i = 0; i < model->plan->count;) {
		struct group group = group_at(model, i);

		add_group(tree, &group, focus);
		i += group.count;
	}
}

/* What is left of all that is not done; 0 when it is not known of every step. */
static uint64_t left_ms(const struct model *model)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < model->plan->count; i++) {
		const struct model_step *step = &model->steps[i];
		uint64_t gone = step->state == MODEL_NOW ? model->now_ms - step->began_ms : 0;

		if (is_done(step))
			continue;
		if (!step->expected_ms || step->state == MODEL_STOPPED)
			return 0;
		sum += step->expected_ms > gone ? step->expected_ms - gone : 0;
	}
	return sum;
}

static void add_title(const struct tree *tree, struct layout *layout)
{
	const struct model *model = tree->model;
	struct line line = line_begin(tree);
	uint64_t left = left_ms(model);
	char time[32], words[64];

	line_put(&line, LINE_BOLD, model->title);
	snprintf(words, sizeof(words), "  %s",
		layout_time(time, sizeof(time), model->now_ms - model->began_ms));
	line_put(&line, LINE_PLAIN, words);
	if (left >= 1000) {
		if (left < 100000)
			snprintf(time, sizeof(time), "%" PRIu64 " s", left / 1000);
		else
			layout_time(time, sizeof(time), left);
		snprintf(words, sizeof(words), ", about %s left", time);
		line_put(&line, LINE_DIM, words);
	}
	keep(layout, &line);
}

static void add_probe(const struct tree *tree, struct layout *layout)
{
	const struct model *model = tree->model;
	struct line line = line_begin(tree);
	char words[128];

	line_put(&line, LINE_BOLD, "probe  ");
	snprintf(words, sizeof(words), "failed %" PRIu64, model->failed);
	line_put(&line, model->failed ? LINE_BAD : LINE_GOOD, words);
	snprintf(words, sizeof(words), ", %sgap %" PRIu64 " ms",
		tree->width >= NARROW ? "longest " : "", model->longest_gap_ms);
	line_put(&line, LINE_PLAIN, words);
	/* What is normal needs no words. */
	if (model->gap_ms > 1000) {
		snprintf(words, sizeof(words), ", no answer for %" PRIu64 " ms", model->gap_ms);
		line_put(&line, LINE_BAD, words);
	}
	if (tree->width >= NARROW) {
		snprintf(words, sizeof(words), ", asked %" PRIu64, model->asked);
		line_put(&line, LINE_PLAIN, words);
	}
	line_put(&line, LINE_PLAIN, "  ");
	sparkline_put(&line, model->seconds, model->second_count);
	keep(layout, &line);
}

static void add_more(const struct tree *tree, struct layout *layout)
{
	struct line line = line_begin(tree);

	line_put(&line, LINE_PLAIN, "       ");
	line_put(&line, LINE_DIM, tree->model->more);
	keep(layout, &line);
}

/* The lines around the focus, as many as there is room for. */
static void take_window(struct tree *tree, size_t room, struct layout *layout)
{
	size_t count = tree->lines.count, first = 0;

	if (count > room)
		first = tree->focus > room / 2 ? tree->focus - room / 2 : 0;
	if (count > room && first + room > count)
		first = count - room;
	for (size_t i = first; i < count && i < first + room; i++) {
		*VECTOR_APPEND(layout->lines, layout->count) = tree->lines.lines[i];
		tree->lines.lines[i] = NULL;
	}
}

void layout_make(const struct model *model, size_t width, size_t height,
	const struct screen_style *style, struct layout *layout)
{
	struct tree tree = {.model = model, .style = style, .width = width};
	bool framed = height >= 4;
	bool more = model->more[0] && height >= MORE_HEIGHT;
	size_t frame = framed ? 1 + (size_t)model->has_probe + (size_t)more : 0;

	layout_clear(layout);
	for (unsigned int detail = DETAIL_ALL; detail < DETAIL_COUNT; detail++) {
		tree.detail = (enum detail)detail;
		build(&tree);
		if (tree.lines.count + frame <= height)
			break;
	}
	if (framed)
		add_title(&tree, layout);
	take_window(&tree, height - frame, layout);
	if (framed && model->has_probe)
		add_probe(&tree, layout);
	if (framed && more)
		add_more(&tree, layout);
	layout_clear(&tree.lines);
}
