/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a profile and all that is checked while it is read; for profile.c only. */
#ifndef ORCHESTRATOR_CLUSTER_PROFILE_OPTIONS_H
#define ORCHESTRATOR_CLUSTER_PROFILE_OPTIONS_H

#include "lib/conf/block.h"
#include "orchestrator/cluster/profile.h"

struct profile_file {
	struct profile *items;
	size_t count; /* 1, or there were problems */
};

/* Read into struct profile_file: without problems every value is as profile.h promises. */
extern const struct block_section profile_options_file;
/* The section of one profile, for block_clear. */
extern const struct block_section profile_options_section;

#endif
