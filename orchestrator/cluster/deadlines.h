/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The deadlines section, which stands in profiles and, overriding these, in cluster files. */
#ifndef ORCHESTRATOR_CLUSTER_DEADLINES_H
#define ORCHESTRATOR_CLUSTER_DEADLINES_H

#include "lib/conf/block.h"
#include "orchestrator/cluster/profile.h"

/* Read into struct profile_deadlines; 0: not given. */
extern const struct block_section deadlines_section;

/* Sets from others those that own does not set (0). */
void deadlines_merge(struct profile_deadlines *own, const struct profile_deadlines *others);

#endif
