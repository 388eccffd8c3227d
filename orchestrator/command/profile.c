/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade profile: which profiles there are, what one says, and what is wrong with one. */
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "lib/conf/block.h"
#include "orchestrator/cluster/catalog.h"
#include "orchestrator/cluster/profile_warnings.h"
#include "orchestrator/command/output.h"
#include "orchestrator/journal/note.h"

static void tell(
	const struct settings *settings, const char *severity, const struct problems *problems)
{
	size_t i;

	for (i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];
		CLEANUP(cleanup_free) char *file = text_printable_copy(problem->file);
		CLEANUP(cleanup_free) char *message = text_printable_copy(problem->message);

		if (settings->json) {
			output_event(json_pack("{s:s, s:s, s:o, s:I, s:o}", "event", "finding",
				"severity", severity, "file", note_string(problem->file), "line",
				(json_int_t)problem->line, "message",
				note_string(problem->message)));
			continue;
		}
		fprintf(stderr, "%s: %s:%u: %s\n", severity, file, problem->line, message);
	}
}

static int check(const struct settings *settings, const char *path)
{
	CLEANUP(cleanup_problems) struct problems problems = {0}, doubts = {0};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(cleanup_free) char *copy = text_copy(path);
	CLEANUP(cleanup_free) char *bytes = block_load(path, &problems);
	char *name = basename(copy), file[512];
	CLEANUP(error_release) struct error err = {0};

	if (!bytes) {
		problems_error(&problems, &err);
		command_complain(settings, error_text(&err));
		return EXIT_USAGE;
	}
	/* It is looked for under the name of its file. */
	if (text_ends_with(name, ".conf"))
		name[strlen(name) - strlen(".conf")] = '\0';
	if (profile_parse(name, path, bytes, &profile, &problems, &err) == 0)
		profile_warnings_find(profile, bytes, &doubts);
	tell(settings, "problem", &problems);
	tell(settings, "doubt", &doubts);
	if (settings->json)
		output_event(json_pack("{s:s, s:b, s:I, s:I}", "event", "verdict", "whole",
			profile != NULL, "problems", (json_int_t)problems.count, "doubts",
			(json_int_t)doubts.count));
	else
		output_say(settings, "%s: %s (problems: %zu, doubts: %zu)\n",
			text_printable(file, sizeof(file), path),
			profile ? "can be used" : "cannot be used; see haupgrade-profile(5)",
			problems.count, doubts.count);
	return profile ? EXIT_DONE : EXIT_NO;
}

static int list(const struct settings *settings)
{
	CLEANUP(cleanup_catalog) struct catalog catalog = {0};
	size_t i;

	catalog_read(settings->process.profile_folder, &catalog);
	for (i = 0; i < catalog.count; i++) {
		const struct catalog_entry *entry = &catalog.items[i];
		CLEANUP(cleanup_problems) struct problems problems = {0};
		CLEANUP(cleanup_profile) struct profile *profile = NULL;
		CLEANUP(cleanup_free) char *bytes = block_load(entry->path, &problems);
		const char *words = "has problems: see haupgrade profile check";

		if (bytes && profile_parse(entry->name, entry->path, bytes, &profile, &problems,
				     NULL) == 0)
			words = profile->description;
		if (settings->json)
			output_event(json_pack("{s:s, s:s, s:o, s:o, s:b, s:b}", "event", "profile",
				"name", entry->name, "file", note_string(entry->path),
				"description", note_string(words), "hidden", entry->hidden, "whole",
				profile != NULL));
		else
			output_say(settings, "%-16s %s\n%-16s %s%s\n", entry->name, words, "",
				entry->path,
				entry->hidden ? " (not used: one of that name comes before it)"
					      : "");
	}
	return EXIT_DONE;
}

static json_t *words_json(const struct word_list *words)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < words->count; i++)
		json_array_append_new(array, note_string(words->items[i]));
	return array;
}

static void show_words(
	const struct settings *settings, const char *name, const struct word_list *words)
{
	size_t i;

	if (settings->json || !words->count)
		return;
	output_say(settings, "%-16s", name);
	for (i = 0; i < words->count; i++)
		output_say(settings, " %s", words->items[i]);
	output_say(settings, "\n");
}

static json_t *commands_json(const struct profile_commands *commands)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < commands->count; i++)
		json_array_append_new(array, words_json(&commands->items[i]));
	return array;
}

static void show_commands(
	const struct settings *settings, const char *name, const struct profile_commands *commands)
{
	size_t i;

	for (i = 0; i < commands->count; i++)
		show_words(settings, i ? "" : name, &commands->items[i]);
}

static void show_json(const struct profile *profile)
{
	output_event(json_pack(
		"{s:s, s:s, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o?, s:o, s:o, s:o, s:o?}",
		"event", "profile", "name", profile->name, "file", note_string(profile->file),
		"description", note_string(profile->description), "package_manager",
		profile_packager_name(profile->packager), "service_manager",
		service_managers[profile->service_manager], "packages",
		words_json(&profile->packages), "services", words_json(&profile->services), "stop",
		commands_json(&profile->stop), "start", commands_json(&profile->start), "active",
		commands_json(&profile->active), "healthy", words_json(&profile->healthy),
		"failover", words_json(&profile->failover), "failback",
		words_json(&profile->failback), "reboot", words_json(&profile->reboot),
		"connections", words_json(&profile->connections), "role_log",
		profile->role_log ? note_string(profile->role_log) : NULL, "role_command",
		words_json(&profile->role_command), "role_primary",
		note_string(pattern_words(profile->role_primary)), "role_backup",
		note_string(pattern_words(profile->role_backup)), "role_time",
		profile->role_time ? note_string(profile->role_time) : NULL));
}

static void show_text(const struct settings *settings, const struct profile *profile)
{
	output_say(settings, "%-16s %s\n", "profile", profile->name);
	output_say(settings, "%-16s %s\n", "file", profile->file);
	output_say(settings, "%-16s %s\n", "description", profile->description);
	output_say(settings, "%-16s %s\n", "package_manager",
		profile_packager_name(profile->packager));
	output_say(settings, "%-16s %s\n", "service_manager",
		service_managers[profile->service_manager]);
	show_words(settings, "packages", &profile->packages);
	show_words(settings, "services", &profile->services);
	show_words(settings, "install", &profile->install);
	show_commands(settings, "stop", &profile->stop);
	show_commands(settings, "start", &profile->start);
	show_commands(settings, "active", &profile->active);
	show_words(settings, "healthy", &profile->healthy);
	show_words(settings, "failover", &profile->failover);
	show_words(settings, "failback", &profile->failback);
	show_words(settings, "reboot", &profile->reboot);
	show_words(settings, "connections", &profile->connections);
	if (profile->role_log)
		output_say(settings, "%-16s %s\n", "role_log", profile->role_log);
	show_words(settings, "role_command", &profile->role_command);
	output_say(settings, "%-16s %s\n", "role_primary", pattern_words(profile->role_primary));
	output_say(settings, "%-16s %s\n", "role_backup", pattern_words(profile->role_backup));
	output_say(settings, "%-16s %s\n", "role_time", profile->role_time ?: "none");
}

static int show(const struct settings *settings, const char *name)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (profile_load(name, settings->process.profile_folder, &profile, &problems, &err) < 0) {
		tell(settings, "problem", &problems);
		if (!problems.count)
			command_complain(settings, error_text(&err));
		return problems.count ? EXIT_NO : EXIT_USAGE;
	}
	if (settings->json)
		show_json(profile);
	else
		show_text(settings, profile);
	return EXIT_DONE;
}

static int profile_command(
	const struct settings *settings, const void *own, char **arguments, int count)
{
	(void)own;
	if (count == 2 && strcmp(arguments[0], "check") == 0)
		return check(settings, arguments[1]);
	if (count == 2 && strcmp(arguments[0], "show") == 0)
		return show(settings, arguments[1]);
	if (count == 1 && strcmp(arguments[0], "list") == 0)
		return list(settings);
	command_complain(settings,
		"usage: haupgrade profile check FILE | show NAME | list (see haupgrade profile --help)");
	return EXIT_USAGE;
}

const struct command command_profile = {
	.name = "profile",
	.page =
		{
			.usage = "haupgrade profile [OPTION...] check FILE\n"
				 "       haupgrade profile [OPTION...] show NAME\n"
				 "       haupgrade profile [OPTION...] list",
			.summary =
				"What profiles there are, what one says, what is wrong with one.\n"
				"check tells all problems of a file, and what is doubtful in it; show prints a profile with\n"
				"all that it leaves to the defaults; list names all that are found.",
			.notes =
				"Exit status: 0 it can be used (there may be doubts), 1 it has problems, 2 usage or\n"
				"environment.",
		},
	.minimum = 1,
	.maximum = 2,
	.run = profile_command,
};
