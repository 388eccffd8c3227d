/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages' configuration files on a node, before and after an installation. */
#include "orchestrator/node/config_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/node/answer.h"
#include "orchestrator/node/script.h"

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

static int look(struct link *link, const struct config_files *files, const char *script,
	struct session_result *result, struct error *err)
{
	CLEANUP(cleanup_free) char *folder = job_folder(files->job);
	CLEANUP(cleanup_free) const char **arguments = NULL;
	size_t count = 0;

	*VECTOR_APPEND(arguments, count) = folder;
	*VECTOR_APPEND(arguments, count) = profile_packager_name(link->cluster->profile->packager);
	for (size_t i = 0; files->packages[i]; i++)
		*VECTOR_APPEND(arguments, count) = files->packages[i];
	*VECTOR_APPEND(arguments, count) = NULL;
	return link_script(link, "look at the configuration files", script, arguments,
		LOOK_DEADLINE_MS, result, err);
}

int config_files_before(struct link *link, const struct config_files *files, struct error *err)
{
	return look(link, files, script_node_config_before, NULL, err);
}

int config_files_after(struct link *link, const struct config_files *files,
	struct config_changes *changes, struct error *err)
{
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	int status = look(link, files, script_node_config_after, &result, err);

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

static int take(struct answer *answer, struct config_changes *changes, struct error *err)
{
	const char *path = answer->value;
	enum config_change_kind kind;

	if (*path != '/')
		return 0;
	if (strcmp(answer->key, "new") == 0) {
		if (!judge_new(path, &kind))
			return 0;
	} else if (strcmp(answer->key, "changed") == 0) {
		/* What was left beside by an earlier installation is left beside again. */
		if (!judge_new(path, &kind))
			kind = CONFIG_CHANGED;
	} else if (strcmp(answer->key, "removed") == 0) {
		kind = CONFIG_REMOVED;
	} else {
		return 0;
	}
	if (answer_count(answer, CONFIG_CHANGES_MAX, "changed configuration files", err) < 0)
		return -EPROTO;
	*VECTOR_APPEND(changes->items, changes->count) =
		(struct config_change){kind, text_copy(path)};
	return 0;
}

int config_changes_parse(
	const char *output, size_t length, struct config_changes *changes, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(output, length);
	CLEANUP(cleanup_config_changes) struct config_changes draft = {0};
	int result = 0;

	while (result == 0 && answer_next(&answer))
		result = take(&answer, &draft, err);
	if (answer_finish(&answer, result, err) < 0)
		return error_prefix(err, "what it says of its configuration files");
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
