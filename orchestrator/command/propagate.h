/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What propagate and bootstrap show of the files. */
#ifndef ORCHESTRATOR_COMMAND_PROPAGATE_H
#define ORCHESTRATOR_COMMAND_PROPAGATE_H

#include "orchestrator/command/command.h"
#include "orchestrator/files/propagate.h"

/* Tells phases and notes in the way the settings want. Start with propagate_view_init. */
struct propagate_view {
	const struct settings *settings;
	const struct cluster *cluster;
	struct propagate_listener listener;
};
void propagate_view_init(struct propagate_view *view, const struct settings *settings,
	const struct cluster *cluster);

/* Loads the cluster's files; on failure all problems have been told. An exit status. */
int propagate_view_load(
	const struct settings *settings, const struct cluster *cluster, struct wanted_files **set);
/* "user@host, process 12": who works here, for the journal; owned. */
char *propagate_view_who(void);

#endif
