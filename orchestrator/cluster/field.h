/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values in cluster file and profile: checked while the file is read, then copied out. */
#ifndef ORCHESTRATOR_CLUSTER_FIELD_H
#define ORCHESTRATOR_CLUSTER_FIELD_H

#include <stdbool.h>

#include "lib/conf/block.h"
#include "orchestrator/cluster/profile.h"

#define FIELD_DURATION_MIN_MS 100u
#define FIELD_DURATION_MAX_MS (24u * 60 * 60 * 1000)

/*
 * Value parsing callbacks (cfg_callback_t): each tells its problem with block_problem and lets the
 * reading go on. For single values and for each value of a list.
 */
int field_check_text(cfg_t *section, cfg_opt_t *option, const char *value, void *result);
/* A word of a command: it may hold new lines and tabs, for it can be a script for `sh -c`. */
int field_check_word(cfg_t *section, cfg_opt_t *option, const char *value, void *result);
int field_check_duration(cfg_t *section, cfg_opt_t *option, const char *value, void *result);
/* The name of a systemd unit, as systemd.unit(5) allows it. */
int field_check_unit(cfg_t *section, cfg_opt_t *option, const char *value, void *result);
int field_check_absolute(cfg_t *section, cfg_opt_t *option, const char *value, void *result);

/* The section a validating callback was called for. */
cfg_t *field_section(cfg_opt_t *option);
/* Tells a problem when the option was not given; true when it was. where: "node \"a\"". */
bool field_require(cfg_t *parent, cfg_t *section, const char *name);

/* Owned copies; NULL, or an empty list, when the option was not given. */
char *field_text(cfg_t *section, const char *name);
struct profile_list field_list(cfg_t *section, const char *name);
/* Milliseconds; fallback when it was not given or was wrong. */
uint64_t field_duration(cfg_t *section, const char *name, uint64_t fallback);
void field_list_clear(struct profile_list *list);

/* Words for the name of a cluster or profile: it becomes part of file names. */
bool field_is_name(const char *words);

#endif
