/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of preflight's checks, shown and kept. */
#include "orchestrator/command/checks.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/vector.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/plan/plan.h"

static const char *node_of(const struct check *check, const struct cluster *cluster)
{
	return check->node == PLAN_NO_NODE ? "" : cluster->nodes[check->node].name;
}

/* The same in events and in the journal: {name, node, result, text, fix, command, answer}. */
static json_t *check_json(const struct check *check, const struct cluster *cluster)
{
	const char *node = node_of(check, cluster);
	json_t *json =
		json_pack("{s:s, s:s?, s:s, s:o, s:o, s:o, s:o}", "name", check_name(check->kind),
			"node", node[0] ? node : NULL, "result", check_outcome_name(check->outcome),
			"text", output_text(check->text), "fix", output_text(check->fix), "command",
			output_text(check->command), "answer", output_text(check->answer));

	if (check->waived)
		json_object_set_new(json, "waived", output_text(check->waived));
	return json;
}

static void show_event(const struct check *check, const struct cluster *cluster)
{
	json_t *event = json_pack("{s:s, s:s, s:b}", "event", "check", "check",
		check_name(check->kind), "passed", check->outcome != CHECK_FAIL || check->waived);
	json_t *rest = check_json(check, cluster);

	json_object_update_missing(event, rest);
	json_object_del(event, "name");
	json_decref(rest);
	output_event(event);
}

static const char *mark_of(const struct check *check)
{
	switch (check->outcome) {
	case CHECK_PASS:
		return "ok";
	case CHECK_WARN:
		return "warn";
	case CHECK_FAIL:
		return check->waived ? "waive" : "FAIL";
	case CHECK_UNLOOKED:
		return "--";
	}
	return "";
}

static void show_line(const struct check *check, const struct cluster *cluster)
{
	FILE *stream = check->outcome == CHECK_FAIL && !check->waived ? stderr : stdout;
	const char *node = node_of(check, cluster);
	CLEANUP(cleanup_free) char *text = text_printable_copy(check->text);
	CLEANUP(cleanup_free) char *waived = text_printable_copy(check->waived ?: "");
	CLEANUP(cleanup_free) char *fix = text_printable_copy(check->fix);

	fprintf(stream, "%-5s %s%s%s: %s\n", mark_of(check), node, node[0] ? ": " : "",
		check_name(check->kind), text);
	if (check->waived)
		fprintf(stream, "      waived for this run: %s\n", waived);
	if (check->fix[0])
		fprintf(stream, "      %s\n", fix);
	fflush(stream);
}

static bool is_worth_a_line(const struct check *check, const struct settings *settings)
{
	switch (check->outcome) {
	case CHECK_FAIL:
		return true;
	case CHECK_WARN:
		return !settings->quiet;
	case CHECK_PASS:
	case CHECK_UNLOOKED:
		break;
	}
	return settings->verbose && !settings->quiet;
}

/* "ok    31 checks passed: reachable, privilege, ..." */
static void show_passed(const struct output *output, const struct checks *checks)
{
	bool named[CHECK_KIND_COUNT] = {false};
	const char *separator = ": ";
	size_t passed = checks_count(checks, CHECK_PASS);

	if (!passed)
		return;
	output_say(output->settings, "ok    %zu checks passed", passed);
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (check->outcome != CHECK_PASS || named[check->kind])
			continue;
		named[check->kind] = true;
		output_say(output->settings, "%s%s", separator, check_name(check->kind));
		separator = ", ";
	}
	output_say(output->settings, "\n");
}

void checks_show(const struct output *output, const struct checks *checks, bool tell_all)
{
	const struct settings *settings = output->settings;

	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (settings->json)
			show_event(check, output->cluster);
		else if (is_worth_a_line(check, settings))
			show_line(check, output->cluster);
	}
	if (tell_all && !settings->json && !settings->verbose)
		show_passed(output, checks);
}

/* The JSON is released; the text is owned. */
static void add(struct journal_words **notes, size_t *count, const char *kind, json_t *json)
{
	*VECTOR_APPEND(*notes, *count) =
		(struct journal_words){kind, json_dumps(json, JSON_COMPACT)};
	json_decref(json);
}

int checks_record(const struct checks *checks, const struct waivers *waivers,
	const struct cluster *cluster, struct journal *journal, int64_t run_id, struct error *err)
{
	struct journal_words *notes = NULL;
	size_t count = 0;
	int result;

	for (size_t i = 0; i < waivers->count; i++)
		add(&notes, &count, NOTE_WAIVED,
			json_pack("{s:s, s:o}", "name", check_name(waivers->items[i].kind),
				"reason", output_text(waivers->items[i].reason)));
	for (size_t i = 0; i < checks->count; i++)
		add(&notes, &count, NOTE_CHECK, check_json(&checks->items[i], cluster));
	result = journal_notes(journal, run_id, notes, count, err);
	for (size_t i = 0; i < count; i++)
		free((char *)notes[i].text);
	free(notes);
	return result;
}

int checks_look_again(struct run *run, const void *data, struct text *evidence, struct error *err)
{
	/* Written down when the process began. */
	static const struct waivers none;
	const struct preflight_wishes *wishes = data;
	CLEANUP(cleanup_checks) struct checks checks = {0};
	CLEANUP(error_release) struct error ignored = {0};
	int result = preflight(run, wishes, &checks, err);

	/* A journal that cannot take it says so when the step is to be done. */
	checks_record(&checks, &none, run->cluster, wishes->journal, wishes->run_id, &ignored);
	if (result == 0)
		text_appendf(evidence, "%zu checks passed", checks_count(&checks, CHECK_PASS));
	return result;
}
