/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure: the rules of the failover group: who takes over follows from all that is known now. */
#ifndef DAEMONS_HEARTBEAT_TAKEOVER_RULES_H
#define DAEMONS_HEARTBEAT_TAKEOVER_RULES_H

#include "daemons/heartbeat/group_state.h"

/* Applies the rules until nothing changes any more, then hands out GROUP_STATE if need be. */
void takeover_rules_apply(struct failover_group *group, uint64_t now_ms);

#endif
