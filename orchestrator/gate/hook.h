/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks and notifications: the programs, mails and posts of a cluster file. */
#ifndef ORCHESTRATOR_GATE_HOOK_H
#define ORCHESTRATOR_GATE_HOOK_H

#include <signal.h>

#include "orchestrator/gate/notification.h"
#include "orchestrator/journal/journal.h"

/* What hooks and notifications share. All borrowed. */
struct hook_context {
	struct notification notification;
	struct journal *journal;
	/* Told how each went: "pre-run" or "mail", the node's name or "", 0 or a negative errno,
	 * and what it said or why it failed. */
	void (*told)(void *data, const char *name, const char *node, int result, const char *text);
	void *data;
};

/*
 * Runs the cluster's hook of that name, if it has one, and journals how it went. 0 also when there
 * is none; what child_run gives. cancel: ends it early, or NULL.
 */
int hook_run(const struct hook_context *context, enum gate_hook hook, int node,
	const struct notification_event *event, const volatile sig_atomic_t *cancel,
	struct error *err);

/* Whether that hook has succeeded for the node (by name; "" for a run's) in an earlier process. */
int hook_was_run(struct journal *journal, int64_t run_id, enum gate_hook hook, const char *node,
	bool *was_run, struct error *err);
/* The same, of lines that were read. */
bool hook_is_noted(
	const struct journal_line *lines, size_t count, enum gate_hook hook, const char *node);

/* Tells all that the cluster file wants told of this; a failure is told and journaled, no more. */
void hook_notify(const struct hook_context *context, enum gate_notice notice,
	const struct notification_event *event);

#endif
