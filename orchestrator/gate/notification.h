/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hooks and notifications are told of a run: as JSON (haupgrade(8), HOOKS), and in words. */
#ifndef ORCHESTRATOR_GATE_NOTIFICATION_H
#define ORCHESTRATOR_GATE_NOTIFICATION_H

#include "orchestrator/node/target.h"
#include "orchestrator/probe/probe.h"

enum { NOTIFICATION_VERSION = 1 };

/* The run. All borrowed. */
struct notification {
	const struct target *target;
	struct probe *probe; /* or NULL */
	int64_t run_id;
	const char *kind; /* "upgrade", "rollback" */
	bool resumed;
};

/* What has happened. All borrowed; NULL: absent. */
struct notification_event {
	const char *event;  /* "pre-run", ..., or a notification's */
	int node;	    /* that it is about, or PLAN_NO_NODE */
	const char *result; /* "done", "stopped" */
	const char *cause;  /* of stopping */
	const char *reason;
};

/* One JSON object with a new line behind it; owned. */
char *notification_json(
	const struct notification *notification, const struct notification_event *event);
/* "run 7 of cluster demo is done"; owned. */
char *notification_title(
	const struct notification *notification, const struct notification_event *event);
/* Some lines for people; owned. */
char *notification_words(
	const struct notification *notification, const struct notification_event *event);
/* "backup, hacluster-common-0.1.0-1.x86_64 ...; probe: asked 900, failed 0, longest gap 12 ms";
 * owned. */
char *notification_node_words(const struct notification *notification, int node);

#endif
