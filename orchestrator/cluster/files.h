/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The `file` sections of profiles and cluster files: which configuration files belong to a cluster,
 * where they come from and how they lie on the nodes. What is in them is orchestrator/files' part.
 */
#ifndef ORCHESTRATOR_CLUSTER_FILES_H
#define ORCHESTRATOR_CLUSTER_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/cluster/field.h"
#include "orchestrator/cluster/file.h"

#define FILES_MAX 64

/* A fresh section for the options of a file; copied by libconfuse when the file is read. */
cfg_opt_t *files_options(void);
/* Has every `file` section among these options checked when it is read. */
void files_watch(cfg_opt_t *options);
/* The `file` sections in the file's order; owned. Options that were not given stay empty. */
struct file_list files_read(cfg_t *section);
void files_clear(struct file_list *list);

/*
 * The profile's files with what the cluster file says of the same target in its place, then the
 * cluster file's own; defaults where neither says anything. Takes the contents of own, which is
 * empty afterwards.
 */
struct file_list files_merge(const struct file_list *profile, struct file_list *own);

/* Checks one NAME=VALUE of a node's values: cfg_callback_t. */
int files_check_value(cfg_t *section, cfg_opt_t *option, const char *value, void *result);
/* Whether words can stand in ${...}: a letter, then letters, digits and "_". */
bool files_is_variable(const char *words, size_t length);

#endif
