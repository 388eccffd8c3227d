/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is allowed in a profile, but probably not meant. Pure. */
#ifndef ORCHESTRATOR_CLUSTER_PROFILE_WARNINGS_H
#define ORCHESTRATOR_CLUSTER_PROFILE_WARNINGS_H

#include "lib/conf/problems.h"
#include "orchestrator/cluster/profile.h"

/* Adds each warning about the profile, which was read from these bytes, at the line of its option.
 */
void profile_warnings_find(
	const struct profile *profile, const char *bytes, struct problems *warnings);

#endif
