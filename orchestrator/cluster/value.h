/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What values must look like, in cluster file and profile alike: checks for their tables. */
#ifndef ORCHESTRATOR_CLUSTER_VALUE_H
#define ORCHESTRATOR_CLUSTER_VALUE_H

#include "lib/conf/block.h"

/* The limits of every time that has none of its own. */
#define VALUE_DURATION_MIN_MS 100u
#define VALUE_DURATION_MAX_MS (24u * 60 * 60 * 1000)
#define VALUE_DURATION .low = VALUE_DURATION_MIN_MS, .high = VALUE_DURATION_MAX_MS

/* block_check: the name of a systemd unit, as systemd.unit(5) allows it. */
void value_check_unit(const struct block_place *place, const char *value, void *field);
void value_check_absolute(const struct block_place *place, const char *value, void *field);

/* Words for the name of a cluster or profile: it becomes part of file names. */
bool value_is_name(const char *words);
/* The name of a user or group, as useradd(8) allows it. */
bool value_is_account(const char *words);

#endif
