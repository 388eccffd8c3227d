/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cluster file's window, pause_after, hooks and notify: checked and read. */
#ifndef ORCHESTRATOR_CLUSTER_GATES_H
#define ORCHESTRATOR_CLUSTER_GATES_H

#include "orchestrator/cluster/gate.h"
#include <confuse.h>

/* "pre-run", "post-node"; "start", "rolled-back". */
const char *gates_hook_name(enum gates_hook hook);
const char *gates_notice_name(enum gates_notice notice);

/* The options of the sections; fresh ones, copied by libconfuse when the file is read. */
cfg_opt_t *gates_hooks_options(void);
cfg_opt_t *gates_notify_options(void);
/* Value parsing callback of `window`. */
int gates_check_window(cfg_t *section, cfg_opt_t *option, const char *value, void *result);
/* Sets the callbacks that are called at the sections' closing braces. */
void gates_watch(cfg_opt_t *options);

/* section: the cluster. file: its absolute path, for paths relative to it. */
struct cluster_gates gates_read(cfg_t *section, const char *file);
void gates_clear(struct cluster_gates *gates);

#endif
