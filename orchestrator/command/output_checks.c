/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of preflight's checks, shown and kept. */
#include "orchestrator/command/output_checks.h"

#include <stdio.h>

#include "orchestrator/check/record.h"
#include "orchestrator/command/output.h"
#include "orchestrator/journal/note.h"

static const char *node_of(const struct check *check, const struct cluster *cluster)
{
	return check->node == PLAN_NO_NODE ? "" : cluster->nodes[check->node].name;
}

static void show_event(const struct check *check, const struct cluster *cluster)
{
	json_t *event = json_pack("{s:s, s:s, s:b}", "event", "check", "check",
		check_name(check->kind), "passed", check->outcome != CHECK_FAIL || check->waived);
	json_t *rest = record_check(check, cluster);

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
static void show_passed(const struct settings *settings, const struct checks *checks)
{
	bool named[CHECK_KIND_COUNT] = {false};
	const char *separator = ": ";
	size_t passed = checks_count(checks, CHECK_PASS);

	if (!passed)
		return;
	output_say(settings, "ok    %zu checks passed", passed);
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (check->outcome != CHECK_PASS || named[check->kind])
			continue;
		named[check->kind] = true;
		output_say(settings, "%s%s", separator, check_name(check->kind));
		separator = ", ";
	}
	output_say(settings, "\n");
}

/* Whether there is a way back is told before the question whether to go forward. */
static void show_way_back(const struct settings *settings, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];
		CLEANUP(cleanup_free) char *text = text_printable_copy(check->text);

		if (check->kind == CHECK_WAY_BACK)
			output_say(settings, "Way back: %s%s%s\n", text, check->fix[0] ? "; " : "",
				check->fix);
	}
}

void output_checks(const struct settings *settings, const struct cluster *cluster,
	const struct checks *checks, bool tell_all)
{
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (settings->json)
			show_event(check, cluster);
		else if (is_worth_a_line(check, settings))
			show_line(check, cluster);
	}
	if (tell_all && !settings->json && !settings->verbose)
		show_passed(settings, checks);
	show_way_back(settings, checks);
}
