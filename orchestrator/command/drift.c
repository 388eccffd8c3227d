/* SPDX-License-Identifier: GPL-2.0-or-later */
/* propagate --check: what differs between the files here and on the nodes. */
#include "orchestrator/command/drift.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "orchestrator/command/output.h"
#include "orchestrator/files/diff.h"
#include "orchestrator/files/mask.h"
#include "orchestrator/files/propagate_node.h"
#include "orchestrator/files/recovery.h"
#include "orchestrator/journal/note.h"

struct drift {
	const struct settings *settings;
	struct propagate *propagate;
	size_t count;
	bool could_not_tell;
};

/* file may be NULL, diff too. */
static void tell(struct drift *drift, size_t node, const char *file, const char *what,
	const char *diff, const char *format, ...) __attribute__((format(printf, 6, 7)));

static void print_diff(const char *diff)
{
	char line[1024], printable[4 * sizeof(line)];

	/* Lines are shown one by one: what a node says must not steer the terminal. */
	while (*diff) {
		size_t length = strcspn(diff, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)length, diff);
		for (char *tab = line; (tab = strchr(tab, '\t')); tab++)
			*tab = ' ';
		puts(text_printable(printable, sizeof(printable), line));
		diff += length + (diff[length] == '\n');
	}
	fflush(stdout);
}

static void tell(struct drift *drift, size_t node, const char *file, const char *what,
	const char *diff, const char *format, ...)
{
	const char *name = drift->propagate->nodes->cluster->nodes[node].name;
	CLEANUP(cleanup_free) char *words = NULL, *printable = NULL;
	va_list arguments;

	va_start(arguments, format);
	words = text_format_list(format, arguments);
	va_end(arguments);
	drift->count++;
	if (drift->settings->json) {
		output_event(json_pack("{s:s, s:s, s:s?, s:s, s:o, s:o}", "event", "drift", "node",
			name, "file", file, "what", what, "text", note_string(words), "diff",
			diff ? note_string(diff) : json_null()));
		return;
	}
	if (drift->settings->quiet)
		return;
	printable = text_printable_copy(words);
	printf("%s: %s%s%s\n", name, file ? file : "", file ? ": " : "", printable);
	if (diff)
		print_diff(diff);
}

/* An earlier node with the very same difference, or the node itself. */
static size_t first_alike(const struct propagate *propagate, size_t file, size_t node)
{
	const struct wanted_file *wanted = &propagate->set->files[file];

	for (size_t i = 0; i < node; i++)
		if (strcmp(propagate->surveys[i].files[file].sha256,
			    propagate->surveys[node].files[file].sha256) == 0 &&
			strcmp(wanted->contents[i].sha256, wanted->contents[node].sha256) == 0)
			return i;
	return node;
}

static void show_content(struct drift *drift, size_t file, size_t node)
{
	const struct wanted_file *wanted = &drift->propagate->set->files[file];
	const struct cluster *cluster = drift->propagate->nodes->cluster;
	const char *target = wanted->entry->target;
	size_t alike = first_alike(drift->propagate, file, node);
	CLEANUP(cleanup_free) char *found = NULL, *text = NULL, *label = NULL, *masked = NULL;
	struct diff_side left = {0}, right;
	CLEANUP(error_release) struct error err = {0};

	if (wanted->entry->secret == FILE_YES) {
		tell(drift, node, target, "content", NULL, "differs (masked)");
		return;
	}
	if (alike < node) {
		tell(drift, node, target, "content", NULL, "differs, in the same way as on %s",
			cluster->nodes[alike].name);
		return;
	}
	label = text_format("%s:%s", cluster->nodes[node].name, target);
	left.label = label;
	right = (struct diff_side){
		wanted->contents[node].bytes, wanted->contents[node].length, wanted->source};
	if (propagate_node_read(drift->propagate, node, file, &found, &left.length, &err) < 0) {
		command_complain(drift->settings, error_text(&err));
		drift->could_not_tell = true;
		return;
	}
	left.bytes = found;
	if (diff_unified(&left, &right, &text, &err) < 0)
		command_complain(drift->settings, error_text(&err));
	masked = mask_passwords(text ? text : "");
	tell(drift, node, target, "content", masked, "differs");
}

static void show_file(struct drift *drift, size_t file, size_t node)
{
	const struct survey_file *found = &drift->propagate->surveys[node].files[file];
	const struct file_entry *entry = drift->propagate->set->files[file].entry;
	unsigned int how = wanted_files_compare(drift->propagate->set, file, node, found);

	if (how & WANTED_MISSING)
		tell(drift, node, entry->target, "missing", NULL, "is not there");
	if (how & WANTED_KIND && found->kind == SURVEY_SYMLINK)
		tell(drift, node, entry->target, "kind", NULL, "is a symbolic link to %s",
			found->link);
	else if (how & WANTED_KIND)
		tell(drift, node, entry->target, "kind", NULL, "is no file");
	if (how & WANTED_OWNER)
		tell(drift, node, entry->target, "owner", NULL, "belongs to %s, should be %s",
			found->user_name, entry->owner);
	if (how & WANTED_GROUP)
		tell(drift, node, entry->target, "group", NULL, "is of group %s, should be %s",
			found->group_name, entry->group);
	if (how & WANTED_MODE)
		tell(drift, node, entry->target, "mode", NULL, "has mode 0%s, should be %s",
			found->mode, entry->mode);
	if (how & WANTED_CONTENT)
		show_content(drift, file, node);
}

/* Files that are to be the same everywhere and are not, whoever is right. */
static void show_between(struct drift *drift, size_t file)
{
	const struct propagate *propagate = drift->propagate;
	const struct wanted_file *wanted = &propagate->set->files[file];
	const struct cluster *cluster = propagate->nodes->cluster;

	for (size_t n = 1; n < cluster->node_count; n++) {
		const struct survey_file *first = &propagate->surveys[0].files[file];
		const struct survey_file *other = &propagate->surveys[n].files[file];

		if (strcmp(wanted->contents[0].sha256, wanted->contents[n].sha256) == 0 &&
			first->kind == SURVEY_FILE && other->kind == SURVEY_FILE &&
			strcmp(first->sha256, other->sha256) != 0)
			tell(drift, n, wanted->entry->target, "between", NULL,
				"is not the same as on %s", cluster->nodes[0].name);
	}
}

static void show_node(struct drift *drift, size_t node)
{
	const struct survey *survey = &drift->propagate->surveys[node];

	if (recovery_is_needed(survey))
		tell(drift, node, NULL, "interrupted", NULL,
			"a propagate was interrupted while it replaced files, or is at it; the next one finishes it or puts it back");
	for (size_t f = 0; f < drift->propagate->set->count; f++)
		show_file(drift, f, node);
	for (size_t i = 0; i < survey->service_count; i++)
		if (!survey_is_enabled(&survey->services[i]))
			tell(drift, node, NULL, "boot", NULL, "%s does not start at boot: %s",
				survey->services[i].name, survey->services[i].enabled);
	if (propagate_is_stale(drift->propagate, node))
		output_say(drift->settings,
			"note: %s runs with a configuration from before the files there\n",
			drift->propagate->nodes->cluster->nodes[node].name);
}

int drift_show(const struct settings *settings, struct propagate *propagate)
{
	const struct cluster *cluster = propagate->nodes->cluster;
	struct drift drift = {.settings = settings, .propagate = propagate};
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	CLEANUP(error_release) struct error err = {0};

	if (propagate_look(propagate, errors, &err) < 0) {
		for (size_t n = 0; n < cluster->node_count; n++)
			if (error_is_set(&errors[n]))
				command_complain(settings, error_text(&errors[n]));
		return EXIT_USAGE;
	}
	for (size_t n = 0; n < cluster->node_count; n++)
		show_node(&drift, n);
	for (size_t f = 0; f < propagate->set->count; f++)
		show_between(&drift, f);
	if (settings->json)
		output_event(json_pack("{s:s, s:b}", "event", "verdict", "same", drift.count == 0));
	if (drift.could_not_tell)
		return EXIT_USAGE;
	if (!drift.count)
		output_say(settings, "no drift: %zu files are the same here and on %zu nodes\n",
			propagate->set->count, cluster->node_count);
	return drift.count ? EXIT_NO : EXIT_DONE;
}
