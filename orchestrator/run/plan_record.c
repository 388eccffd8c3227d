/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan as the journal keeps it. */
#include "orchestrator/run/plan_record.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/journal/note.h"
#include "orchestrator/run/continuation_judge.h"
#include "orchestrator/step/step.h"

enum { RECORD_VERSION = 1 };

static int pack_nodes(const struct run_context *run, json_t *nodes, struct error *err)
{
	for (size_t i = 0; i < run->nodes.cluster->node_count; i++) {
		const struct cluster_node *node = &run->nodes.cluster->nodes[i];
		const char *versions = run->target.before[i] ? run->target.before[i] : "";
		char printable[512];

		/* A plan with a node too few could not be read again. */
		if (json_array_append_new(
			    nodes, json_pack("{s:s, s:s, s:s}", "name", node->name, "address",
					   node->address, "before", versions)) < 0)
			return error_set(err, EILSEQ,
				"%s: node %zu cannot be written into the journal: its name, its address or its packages (%s) are no UTF-8",
				run->nodes.cluster->file, i + 1,
				text_printable(printable, sizeof(printable), versions));
	}
	return 0;
}

static int pack_plan(const struct run_context *run, json_t **plan, struct error *err)
{
	json_t *root = json_pack("{s:i, s:[], s:[]}", "version", RECORD_VERSION, "nodes", "steps");
	int result = pack_nodes(run, json_object_get(root, "nodes"), err);

	for (size_t i = 0; i < run->plan.count && result == 0; i++) {
		const struct step *step = &run->plan.steps[i];

		json_array_append_new(json_object_get(root, "steps"),
			json_pack("{s:s, s:i}", "step", plan_step_name(step->kind), "node",
				step->node));
	}
	if (result < 0)
		json_decref(root);
	else
		*plan = root;
	return result;
}

static char *dump(json_t *root)
{
	char *text = json_dumps(root, JSON_COMPACT);

	json_decref(root);
	return text;
}

int plan_record_make(const struct run_context *run, char **text, struct error *err)
{
	json_t *root = NULL;
	int result = pack_plan(run, &root, err);

	if (result == 0)
		*text = dump(root);
	return result;
}

int plan_record_renewed(const struct run_context *run, size_t from, const char *reason, char **text,
	struct error *err)
{
	json_t *root = NULL;
	int result = pack_plan(run, &root, err);

	if (result < 0)
		return result;
	json_object_set_new(root, "from", json_integer((json_int_t)from));
	json_object_set_new(root, "reason", json_string(reason));
	*text = dump(root);
	return 0;
}

bool plan_record_is_bootstrap(const char *text)
{
	json_t *root = json_loads(text, 0, NULL);
	bool is = text_equal(json_string_value(json_object_get(root, "kind")), "bootstrap");

	json_decref(root);
	return is;
}

static int damaged(struct error *err, const char *what)
{
	return error_set(err, EINVAL, "the journal's plan cannot be used: %s", what);
}

static int read_nodes(const json_t *nodes, struct run_context *run, struct error *err)
{
	size_t i;

	if (json_array_size(nodes) != run->nodes.cluster->node_count)
		return error_set(err, EINVAL, "%s: has %zu nodes, the run began with %zu",
			run->nodes.cluster->file, run->nodes.cluster->node_count,
			json_array_size(nodes));
	for (i = 0; i < run->nodes.cluster->node_count; i++) {
		const struct cluster_node *now = &run->nodes.cluster->nodes[i];
		const json_t *node = json_array_get(nodes, i);
		const char *name = json_string_value(json_object_get(node, "name"));
		const char *address = json_string_value(json_object_get(node, "address"));
		const char *before = json_string_value(json_object_get(node, "before"));

		if (!name || !address || !before)
			return damaged(err, "a node lacks its name, address or packages");
		if (!text_equal(name, now->name) || !text_equal(address, now->address))
			return error_set(err, EINVAL,
				"%s: node %zu is %s at %s, but was %s at %s when the run began; put the nodes back in that order",
				run->nodes.cluster->file, i + 1, now->name, now->address, name,
				address);
		free(run->target.before[i]);
		run->target.before[i] = text_copy(before);
	}
	return 0;
}

static int read_steps(const json_t *steps, struct run_context *run, struct error *err)
{
	struct plan plan = {.node_count = run->nodes.cluster->node_count};
	size_t i;

	if (!json_is_array(steps) || json_array_size(steps) > PLAN_STEPS_MAX)
		return damaged(err, "it has no list of steps");
	for (i = 0; i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		const char *name = json_string_value(json_object_get(step, "step"));
		json_int_t node = json_integer_value(json_object_get(step, "node"));
		enum step_kind kind = plan_step_kind(name ? name : "");
		bool whole = kind == STEP_VERIFY || kind == STEP_PREFLIGHT || kind == STEP_UPLOAD ||
			     kind == STEP_PROPAGATE || kind == STEP_FINAL;

		if (kind == STEP_KIND_COUNT)
			return damaged(err, "it has a step this version does not know");
		if (whole ? node != PLAN_NO_NODE : node < 0 || node >= (json_int_t)plan.node_count)
			return damaged(err, "a step names a node that is not there");
		plan.steps[plan.count++] = (struct step){kind, (int)node};
	}
	run->plan = plan;
	return 0;
}

/* The plan of that text; NULL when there is none that can be read. Owned. */
static json_t *open_plan(const char *text, struct error *err)
{
	json_t *root = json_loads(text, 0, NULL);
	int result = 0;

	if (!json_is_object(root))
		result = damaged(err, "it is not JSON");
	else if (json_integer_value(json_object_get(root, "version")) != RECORD_VERSION)
		result = damaged(err, "it was written by another version of haupgrade");
	else if (json_object_get(root, "kind"))
		result = error_set(err, EINVAL,
			"that run is a bootstrap of an earlier version, which is not resumed: run `haupgrade bootstrap` with the same cluster and bundle again");
	if (result == 0)
		return root;
	json_decref(root);
	return NULL;
}

int plan_record_read(const char *text, struct run_context *run, struct error *err)
{
	json_t *root = open_plan(text, err);
	int result = root ? read_nodes(json_object_get(root, "nodes"), run, err) : -EINVAL;

	if (result == 0)
		result = read_steps(json_object_get(root, "steps"), run, err);
	json_decref(root);
	return result;
}

static void take_versions(struct run_context *run, const char *name, const char *before)
{
	for (size_t i = 0; i < run->nodes.cluster->node_count; i++) {
		if (!text_equal(run->nodes.cluster->nodes[i].name, name))
			continue;
		free(run->target.before[i]);
		run->target.before[i] = text_copy(before);
	}
}

int plan_record_read_versions(const char *text, struct run_context *run, struct error *err)
{
	json_t *root = open_plan(text, err), *nodes = json_object_get(root, "nodes");
	int result = root ? 0 : -EINVAL;

	for (size_t i = 0; i < json_array_size(nodes) && result == 0; i++) {
		const json_t *node = json_array_get(nodes, i);
		const char *name = json_string_value(json_object_get(node, "name"));
		const char *before = json_string_value(json_object_get(node, "before"));

		if (name && before)
			take_versions(run, name, before);
		else
			result = damaged(err, "a node lacks its name or packages");
	}
	json_decref(root);
	return result;
}

void plan_record_name_job(struct run_context *run, const struct journal_record *record)
{
	snprintf(run->job, sizeof(run->job), "%" PRId64 "-%" PRIx64, record->run_id,
		record->begun_wall_us);
}

/* A resumed run planned anew what was left: its plan changes, and that is where it is now. */
static int take_new_plan(
	const char *text, struct run_context *run, struct rewind_point *point, struct error *err)
{
	json_t *root = json_loads(text, 0, NULL);
	json_int_t from = json_integer_value(json_object_get(root, "from"));
	int result = plan_record_read(text, run, err);

	json_decref(root);
	if (result == 0 && (from < 0 || from > (json_int_t)run->plan.count))
		result = damaged(err, "a new plan begins where none of its steps is");
	if (result == 0)
		*point = (struct rewind_point){(size_t)from, false, (size_t)from};
	return result;
}

static int take_event(const struct journal_line *line, struct run_context *run,
	struct rewind_point *point, struct error *err)
{
	unsigned int kind = JOURNAL_INTENDED;

	if ((size_t)line->step >= run->plan.count)
		return damaged(err, "it is shorter than what was done");
	while (kind <= JOURNAL_REFUSED &&
		!text_equal(line->kind, journal_kind_name((enum journal_kind)kind)))
		kind++;
	if (kind > JOURNAL_REFUSED)
		return damaged(err, "an event has a kind this version does not know");
	rewind_follow(point, (size_t)line->step, continuation_judge_mark((enum journal_kind)kind));
	step_recall(run, &run->plan.steps[line->step], line->text);
	return 0;
}

int plan_record_follow(struct run_context *run, const struct journal_line *lines, size_t count,
	struct rewind_point *point, struct error *err)
{
	int result = 0;

	*point = (struct rewind_point){0};
	for (size_t i = 0; i < count && result == 0; i++) {
		if (lines[i].step >= 0)
			result = take_event(&lines[i], run, point, err);
		else if (text_equal(lines[i].kind, NOTE_PLAN))
			result = take_new_plan(lines[i].text, run, point, err);
	}
	return result;
}

int plan_record_resume_point(struct run_context *run, struct journal *journal,
	const struct journal_record *record, struct rewind_point *point, struct error *err)
{
	struct journal_line *lines = NULL;
	size_t count = 0;
	int result = journal_run_lines(journal, record->run_id, &lines, &count, err);

	if (result == 0)
		result = plan_record_follow(run, lines, count, point, err);
	journal_lines_free(lines, count);
	return result;
}
