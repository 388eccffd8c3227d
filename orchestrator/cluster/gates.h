/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the cluster file may hold a run or is told of it: window, pause_after, hooks, notify. */
#ifndef ORCHESTRATOR_CLUSTER_GATES_H
#define ORCHESTRATOR_CLUSTER_GATES_H

#include "lib/conf/block.h"
#include "orchestrator/cluster/list.h"
#include "orchestrator/cluster/window.h"

enum gates_hook {
	HOOK_PRE_RUN,
	HOOK_POST_RUN,
	HOOK_PRE_NODE,
	HOOK_POST_NODE,
	HOOK_COUNT,
};

/* What is told by notifications. */
enum gates_notice {
	NOTICE_START,
	NOTICE_STOPPED,
	NOTICE_HELD,
	NOTICE_DONE,
	NOTICE_ROLLED_BACK,
	NOTICE_COUNT,
};

struct gates_notify {
	bool on[NOTICE_COUNT];
	struct profile_list exec; /* argv; empty: none */
	struct profile_list mail; /* addresses; empty: none */
	char *sendmail;		  /* absolute path */
	char *webhook;		  /* https:// or, on this machine, http://; NULL: none */
	char *ca; /* file of certificates that webhook is verified by; NULL: the usual */
	uint64_t timeout_ms;
};

/* All strings owned. */
struct cluster_gates {
	struct window_list windows;
	struct profile_list pause_after;       /* as written; not checked against a plan */
	struct profile_list hooks[HOOK_COUNT]; /* argv; empty: none */
	uint64_t hook_timeout_ms;
	struct gates_notify notify;
};

/* "pre-run", "post-node"; "start", "rolled-back". */
const char *gates_hook_name(enum gates_hook hook);
const char *gates_notice_name(enum gates_notice notice);

/* Read into struct cluster_gates, and into struct gates_notify. */
extern const struct block_section gates_hooks_section;
extern const struct block_section gates_notify_section;
/* block_check of one `window`, kept in a struct window_list. */
void gates_take_window(const struct block_place *place, const char *value, void *field);

#endif
