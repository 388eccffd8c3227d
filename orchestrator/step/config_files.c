/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages' configuration files on a node, before and after an installation. */
#include "orchestrator/step/config_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/node/job.h"
#include "orchestrator/step/script.h"

enum { LOOK_DEADLINE_MS = 120000, CHANGES_SHOWN_MAX = 10 };

const char *config_change_kind_name(enum config_change_kind kind)
{
	switch (kind) {
	case CONFIG_KEPT:
		return "kept";
	case CONFIG_SAVED:
		return "saved";
	case CONFIG_CHANGED:
		return "changed";
	case CONFIG_REMOVED:
		break;
	}
	return "removed";
}

void config_changes_clear(struct config_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		free(changes->items[i].path);
	free(changes->items);
	*changes = (struct config_changes){0};
}

static int look(struct run *run, int node, const char *what, const char *script,
	struct session_result *result, struct error *err)
{
	const struct bundle *bundle = run->bundle;
	CLEANUP(cleanup_free)
	char *folder = job_folder(&(struct job){.run = run->job, .step = "install"});
	CLEANUP(cleanup_free) const char **arguments = NULL;
	size_t count = 0;

	*VECTOR_APPEND(arguments, count) = folder;
	*VECTOR_APPEND(arguments, count) = profile_packager_name(run->cluster->profile->packager);
	for (size_t i = 0; i < bundle->package_count; i++)
		if (run_installed(run, (size_t)node, bundle->packages[i].package.name))
			*VECTOR_APPEND(arguments, count) = bundle->packages[i].package.name;
	*VECTOR_APPEND(arguments, count) = NULL;
	return link_script(
		&run->nodes[node].link, what, script, arguments, LOOK_DEADLINE_MS, result, err);
}

int config_files_before(struct run *run, int node, struct error *err)
{
	return look(
		run, node, "look at the configuration files", script_step_config_before, NULL, err);
}

int config_files_after(struct run *run, int node, struct config_changes *changes, struct error *err)
{
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	int status = look(run, node, "compare the configuration files", script_step_config_after,
		&result, err);

	return status < 0 ? status
			  : config_changes_parse(result.output, result.output_length, changes, err);
}

/* false: a new file without meaning for anybody, such as one a new package brings. */
static bool judge_new(const char *path, enum config_change_kind *kind)
{
	if (text_ends_with(path, ".rpmnew") || text_ends_with(path, ".dpkg-dist") ||
		text_ends_with(path, ".dpkg-new"))
		*kind = CONFIG_KEPT;
	else if (text_ends_with(path, ".rpmsave") || text_ends_with(path, ".rpmorig") ||
		 text_ends_with(path, ".dpkg-old"))
		*kind = CONFIG_SAVED;
	else
		return false;
	return true;
}

static int parse_line(const char *line, struct config_changes *changes, struct error *err)
{
	const char *path = strchr(line, ' ');
	enum config_change_kind kind;

	/* Login scripts may chatter; what is not ours is passed over. */
	if (!path || path[1] != '/')
		return 0;
	path++;
	if (text_starts_with(line, "new ")) {
		if (!judge_new(path, &kind))
			return 0;
	} else if (text_starts_with(line, "changed ")) {
		/* What was left beside by an earlier installation is left beside again. */
		if (!judge_new(path, &kind))
			kind = CONFIG_CHANGED;
	} else if (text_starts_with(line, "removed ")) {
		kind = CONFIG_REMOVED;
	} else {
		return 0;
	}
	if (changes->count >= CONFIG_CHANGES_MAX)
		return error_set(err, EPROTO, "more than %d changed configuration files",
			CONFIG_CHANGES_MAX);
	*VECTOR_APPEND(changes->items, changes->count) =
		(struct config_change){kind, text_copy(path)};
	return 0;
}

int config_changes_parse(
	const char *output, size_t length, struct config_changes *changes, struct error *err)
{
	/* Cut at a NUL byte; then "end" is missing and that is the error. */
	CLEANUP(cleanup_free) char *copy = strndup(output, length);
	CLEANUP(cleanup_config_changes) struct config_changes draft = {0};
	char *line, *rest = copy;
	bool ended = false;
	int result = 0;

	while (result == 0 && !ended && (line = strsep(&rest, "\n"))) {
		ended = strcmp(line, "end") == 0;
		result = parse_line(line, &draft, err);
	}
	if (result == 0 && !ended)
		result = error_set(err, EPROTO,
			"what it says of its configuration files is cut off before its end");
	if (result < 0)
		return result;
	*changes = draft;
	draft = (struct config_changes){0};
	return 0;
}

/* The path without what the package manager put behind it; length of it. */
static size_t plain_length(const char *path)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');

	return dot && slash && dot > slash ? (size_t)(dot - path) : strlen(path);
}

static void tell(const struct config_change *change, struct text *text)
{
	char path[512];
	const char *slash;

	text_printable(path, sizeof(path), change->path);
	slash = strrchr(path, '/');
	switch (change->kind) {
	case CONFIG_KEPT:
		text_appendf(text, "%.*s was kept, the package's is %s", (int)plain_length(path),
			path, slash ? slash + 1 : path);
		break;
	case CONFIG_SAVED:
		text_appendf(text, "%.*s is the package's, the previous one is %s",
			(int)plain_length(path), path, slash ? slash + 1 : path);
		break;
	case CONFIG_CHANGED:
		text_appendf(text, "%s was replaced by the package's", path);
		break;
	case CONFIG_REMOVED:
		text_appendf(text, "%s was removed", path);
		break;
	}
}

void config_changes_tell(const struct config_changes *changes, struct text *text)
{
	for (size_t i = 0; i < changes->count && i < CHANGES_SHOWN_MAX; i++) {
		text_append(text, i ? "; " : "");
		tell(&changes->items[i], text);
	}
	if (changes->count > CHANGES_SHOWN_MAX)
		text_appendf(text, "; and %zu more", changes->count - CHANGES_SHOWN_MAX);
}
