/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure: the steps of the failover group: each changes the role or begins or ends something. */
#ifndef DAEMONS_HEARTBEAT_GROUP_STEPS_H
#define DAEMONS_HEARTBEAT_GROUP_STEPS_H

#include "daemons/heartbeat/group_state.h"

/* Hands out an action, or a line for the log. */
void group_steps_act(const struct failover_group *group, enum group_action_kind kind, int node);
void group_steps_tell(const struct failover_group *group, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* `why` is for the log. */
void group_steps_become_backup(struct failover_group *group, const char *why, uint64_t now_ms);
void group_steps_become_primary(struct failover_group *group, const char *why, uint64_t now_ms);
/* Takes the group that `from` offers under that tenure; or that nobody holds. */
void group_steps_take(
	struct failover_group *group, int from, uint64_t tenure, const char *why, uint64_t now_ms);
void group_steps_take_vacant(struct failover_group *group, const char *why, uint64_t now_ms);
/* The end of the attempt to take the addresses. */
void group_steps_acquired(
	struct failover_group *group, int result, const char *reason, uint64_t now_ms);
/* Begins a switch-over; calls it off; ends it, or lets go for another reason. */
void group_steps_give(
	struct failover_group *group, unsigned int to, const char *why, uint64_t now_ms);
void group_steps_keep(struct failover_group *group, const char *why, uint64_t now_ms);
void group_steps_release(struct failover_group *group, const char *why, uint64_t now_ms);
/* Nothing holds this node any more: says so, once. */
void group_steps_leave(struct failover_group *group);

/* Asks the holder for the group for a while; stops asking. */
void group_steps_want(struct failover_group *group, uint64_t now_ms);
void group_steps_give_up_wanting(struct failover_group *group, const char *why, uint64_t now_ms);
/* The operator's request has come to its end. */
void group_steps_finish(struct failover_group *group, enum group_request_state state,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
