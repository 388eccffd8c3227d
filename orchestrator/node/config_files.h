/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages' configuration files on a node, before and after an installation. */
#ifndef ORCHESTRATOR_NODE_CONFIG_FILES_H
#define ORCHESTRATOR_NODE_CONFIG_FILES_H

#include "lib/base/error.h"
#include "lib/base/text.h"
#include "orchestrator/node/job.h"

enum { CONFIG_CHANGES_MAX = 1000 };

enum config_change_kind {
	CONFIG_KEPT,	/* the administrator's stays; path is the package's, beside it */
	CONFIG_SAVED,	/* the package's is in its place; path is the administrator's */
	CONFIG_CHANGED, /* it was as an earlier package brought it, and is another one now */
	CONFIG_REMOVED,
};

/* "kept", "saved", "changed", "removed". */
const char *config_change_kind_name(enum config_change_kind kind);

struct config_change {
	enum config_change_kind kind;
	char *path;
};

/* Strings owned. Start as {0}; release with config_changes_clear. */
struct config_changes {
	struct config_change *items;
	size_t count;
};

void config_changes_clear(struct config_changes *changes);
static inline void cleanup_config_changes(struct config_changes *changes)
{
	config_changes_clear(changes);
}

/* Whose files, and for which installation. All borrowed. */
struct config_files {
	const struct job *job;
	const char *const *packages; /* names; ends with NULL */
};

/*
 * Takes down, in the folder of the installation's job, how the configuration files of the packages
 * are now, unless that was done before for this job. Errors are those of link_script.
 */
int config_files_before(struct link *link, const struct config_files *files, struct error *err);

/* What has become of them since; nothing when nobody took down how they were. */
int config_files_after(struct link *link, const struct config_files *files,
	struct config_changes *changes, struct error *err);

/* Reads a node's answer. Pure; -EPROTO when it is not one, *changes is untouched then. */
int config_changes_parse(
	const char *output, size_t length, struct config_changes *changes, struct error *err);

/* "/etc/a.conf was kept, the package's is a.conf.rpmnew" and so on, for evidence; appends nothing
 * when there are none. */
void config_changes_tell(const struct config_changes *changes, struct text *text);

#endif
