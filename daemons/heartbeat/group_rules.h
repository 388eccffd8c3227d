/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure: the rules of the failover group: what follows from all that is known now. */
#ifndef DAEMONS_HEARTBEAT_GROUP_RULES_H
#define DAEMONS_HEARTBEAT_GROUP_RULES_H

#include "daemons/heartbeat/group_state.h"

/* Applies the rules until nothing changes any more, then hands out GROUP_STATE if need be. */
void group_rules_apply(struct group *group, uint64_t now_ms);

/* The first fit backup in the order of the configuration that has not been tried, or -1. */
int group_rules_successor(const struct group *group);
/* Is somebody else, alive, holding the group or taking it? */
bool group_rules_held_by_other(const struct group *group);
/* Steps that requests begin, too. */
void group_rules_give(struct group *group, unsigned int to, const char *why, uint64_t now_ms);
void group_rules_take_vacant(struct group *group, const char *why, uint64_t now_ms);
/* The end of the attempt to take the addresses. */
void group_rules_acquired(struct group *group, int result, const char *reason, uint64_t now_ms);
/* Asks the holder for the group until now_ms + a while. */
void group_rules_want(struct group *group, uint64_t now_ms);
/* The operator's request has come to its end. */
void group_rules_finish(struct group *group, enum group_request_state state, const char *format,
	...) __attribute__((format(printf, 3, 4)));
/* Why no other node can be given the group, in words. */
void group_rules_explain(const struct group *group, char *text, size_t size);

#endif
