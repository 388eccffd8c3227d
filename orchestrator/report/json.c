/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's report as one JSON object. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "orchestrator/report/page.h"
#include "orchestrator/report/summary.h"

/* Words that may hold anything, as JSON; what is no UTF-8 as \xNN. */
static json_t *string(const char *words)
{
	json_t *made = words ? json_string(words) : json_null();
	size_t size;
	CLEANUP(cleanup_free) char *printable = NULL;

	if (made)
		return made;
	size = 4 * strlen(words) + 1;
	printable = malloc(size);
	if (!printable)
		abort();
	return json_string(text_printable(printable, size, words));
}

static json_t *node_name(const struct report *report, int node)
{
	return node == REPORT_NO_NODE ? json_null() : string(report->nodes[node].name);
}

static json_t *steps(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->step_count; i++) {
		const struct report_step *step = &report->steps[i];

		json_array_append_new(list,
			json_pack("{s:o, s:o, s:s, s:I, s:I, s:I, s:o}", "step", string(step->name),
				"node", node_name(report, step->node), "result",
				report_outcome_name(step->outcome), "from_us",
				(json_int_t)step->from_us, "to_us", (json_int_t)step->to_us,
				"looks", (json_int_t)step->attempts, "text", string(step->detail)));
	}
	return list;
}

static json_t *packages(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->version_count; i++) {
		const struct report_version *version = &report->versions[i];

		json_array_append_new(
			list, json_pack("{s:o, s:o, s:o, s:o, s:b}", "node",
				      node_name(report, (int)version->node), "package",
				      string(version->package), "before", string(version->before),
				      "after", string(version->after), "seen_after",
				      report->nodes[version->node].seen_after));
	}
	return list;
}

static json_t *roles(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->phase_count; i++) {
		const struct report_phase *phase = &report->phases[i];

		json_array_append_new(
			list, json_pack("{s:o, s:I, s:I, s:s, s:b, s:b, s:b, s:b}", "node",
				      node_name(report, (int)phase->node), "from_us",
				      (json_int_t)phase->from_us, "to_us", (json_int_t)phase->to_us,
				      "role", plan_role_name(phase->role), "services",
				      phase->services, "holds", phase->holds, "reachable",
				      phase->reachable, "upgraded", phase->upgraded));
	}
	return list;
}

static json_t *reboots(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->reboot_count; i++)
		json_array_append_new(
			list, json_pack("{s:o, s:I, s:I}", "node",
				      node_name(report, (int)report->reboots[i].node), "down_us",
				      (json_int_t)report->reboots[i].down_us, "up_us",
				      (json_int_t)report->reboots[i].up_us));
	return list;
}

static json_t *vantages(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->vantage_count; i++) {
		const struct report_vantage *vantage = &report->vantages[i];

		json_array_append_new(list,
			json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "vantage",
				string(vantage->name), "asked", (json_int_t)vantage->asked, "good",
				(json_int_t)vantage->good, "failed", (json_int_t)vantage->failed,
				"not_served", (json_int_t)vantage->not_served, "slow",
				(json_int_t)vantage->slow, "skipped", (json_int_t)vantage->skipped,
				"max_us", (json_int_t)vantage->max_us, "longest_gap_ms",
				(json_int_t)vantage->longest_gap_ms, "error",
				string(vantage->error)));
	}
	return list;
}

static json_t *lines(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->line_count; i++) {
		const struct journal_line *line = &report->lines[i];

		json_array_append_new(
			list, json_pack("{s:I, s:o, s:I, s:o, s:o, s:I, s:o, s:o}", "time_us",
				      (json_int_t)line->wall_us, "kind", string(line->kind), "step",
				      (json_int_t)line->step, "name", string(line->name), "node",
				      string(line->node), "attempt", (json_int_t)line->attempt,
				      "text", string(line->text), "hash", string(line->hash)));
	}
	return list;
}

json_t *page_json(const struct report *report)
{
	const struct journal_record *run = report->record;
	const struct journal_chain *chain = report->chain;
	json_t *page = json_pack("{s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "run",
		(json_int_t)run->run_id, "kind", plan_kind_name(run->kind), "state",
		journal_state_name(run->state), "reason", string(run->reason), "cluster",
		string(run->cluster), "bundle", string(run->bundle), "bundle_digest",
		string(run->bundle_digest), "invoker", string(run->invoker), "of_run",
		(json_int_t)run->of_run, "begun_us", (json_int_t)report->begun_us, "ended_us",
		(json_int_t)report->ended_us);

	json_object_set_new(page, "chain",
		json_pack("{s:b, s:b, s:I, s:I, s:s, s:s}", "intact", chain->intact, "late",
			chain->late, "lines", (json_int_t)chain->line_count, "wrong_line",
			(json_int_t)chain->wrong_line, "text", chain->text, "seal", chain->seal));
	json_object_set_new(page, "steps", steps(report));
	json_object_set_new(page, "packages", packages(report));
	json_object_set_new(page, "roles", roles(report));
	json_object_set_new(page, "reboots", reboots(report));
	json_object_set_new(page, "probe", vantages(report));
	json_object_set_new(page, "lines", lines(report));
	return page;
}
