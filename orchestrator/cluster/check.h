/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a cluster file and all that is checked while it is read; for cluster.c only. */
#ifndef ORCHESTRATOR_CLUSTER_CHECK_H
#define ORCHESTRATOR_CLUSTER_CHECK_H

#include "lib/conf/block.h"

/*
 * Reads the bytes against the options of a cluster file. When no problem was added and there is a
 * cluster in it (cfg_getnsec(cfg, "cluster", 0)), every value in it is as cluster.h promises.
 * Owned: cfg_free.
 */
cfg_t *check_parse(const char *file, const char *bytes, struct problems *problems);

#endif
