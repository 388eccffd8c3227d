/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the cluster file may hold a run or is told of it: window, pause_after, hooks, notify. */
#ifndef ORCHESTRATOR_CLUSTER_GATE_SETTINGS_H
#define ORCHESTRATOR_CLUSTER_GATE_SETTINGS_H

#include "lib/conf/block.h"
#include "orchestrator/cluster/window.h"
#include "orchestrator/cluster/word_list.h"

enum gate_hook {
	HOOK_PRE_RUN,
	HOOK_POST_RUN,
	HOOK_PRE_NODE,
	HOOK_POST_NODE,
	HOOK_COUNT,
};

/* What is told by notifications. */
enum gate_notice {
	NOTICE_START,
	NOTICE_STOPPED,
	NOTICE_HELD,
	NOTICE_DONE,
	NOTICE_ROLLED_BACK,
	NOTICE_COUNT,
};

struct gate_notify {
	bool on[NOTICE_COUNT];
	struct word_list exec; /* argv; empty: none */
	struct word_list mail; /* addresses; empty: none */
	char *sendmail;	       /* absolute path */
	char *webhook;	       /* https:// or, on this machine, http://; NULL: none */
	char *ca; /* file of certificates that webhook is verified by; NULL: the usual */
	uint64_t timeout_ms;
};

/* All strings owned. */
struct cluster_gates {
	struct window_list windows;
	struct word_list pause_after;	    /* as written; not checked against a plan */
	struct word_list hooks[HOOK_COUNT]; /* argv; empty: none */
	uint64_t hook_timeout_ms;
	struct gate_notify notify;
};

/* "pre-run", "post-node"; "start", "rolled-back". */
const char *gate_settings_hook_name(enum gate_hook hook);
const char *gate_settings_notice_name(enum gate_notice notice);

/* Read into struct cluster_gates, and into struct gate_notify. */
extern const struct block_section gate_settings_hooks_section;
extern const struct block_section gate_settings_notify_section;
/* block_check of one `window`, kept in a struct window_list. */
void gate_settings_take_window(const struct block_place *place, const char *value, void *field);

#endif
