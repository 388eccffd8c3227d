/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of the failover group: each changes the role or begins or ends something. */
#include "daemons/heartbeat/group_steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "daemons/heartbeat/group_view.h"

void group_steps_act(const struct failover_group *group, enum group_action_kind kind, int node)
{
	struct group_action action = {.kind = kind, .node = node};

	group->config.function(&action, group->config.context);
}

void group_steps_tell(const struct failover_group *group, int priority, const char *format, ...)
{
	struct group_action action = {.kind = GROUP_LOG, .node = -1, .priority = priority};
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	action.text = text;
	group->config.function(&action, group->config.context);
}

/* The only place where the role changes. */
static void role_change(
	struct failover_group *group, enum group_role role, const char *why, uint64_t now_ms)
{
	group_steps_tell(group, LOG_NOTICE, "group: %s -> %s: %s",
		group_role_name(group->self.role), group_role_name(role), why);
	group->self.role = role;
	group->entered_at = now_ms;
	group->changed = true;
}

static void role_line(struct failover_group *group, enum group_role role)
{
	if (group->told_role == (int)role)
		return;
	group->told_role = (int)role;
	group_steps_act(
		group, GROUP_ROLE_LINE, role == GROUP_PRIMARY ? (int)group->config.self : -1);
}

void group_steps_finish(
	struct failover_group *group, enum group_request_state state, const char *format, ...)
{
	va_list arguments;

	if (group->request_kind == GROUP_NO_REQUEST)
		return;
	group->request_kind = GROUP_NO_REQUEST;
	group->request.state = state;
	va_start(arguments, format);
	vsnprintf(group->request.reason, sizeof(group->request.reason), format, arguments);
	va_end(arguments);
}

void group_steps_leave(struct failover_group *group)
{
	if (group->left)
		return;
	group->left = true;
	if (group->changed) {
		/* What this node is now, before it says goodbye. */
		group->changed = false;
		group_steps_act(group, GROUP_STATE, -1);
	}
	group_steps_act(group, GROUP_LEAVE, -1);
}

void group_steps_become_backup(struct failover_group *group, const char *why, uint64_t now_ms)
{
	group->self.from = -1;
	group->self.serving = false;
	role_change(group, GROUP_BACKUP, why, now_ms);
	role_line(group, GROUP_BACKUP);
}

void group_steps_become_primary(struct failover_group *group, const char *why, uint64_t now_ms)
{
	bool succeeded = group->self.from >= 0;
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		group->peers[i].conflict_since = 0;
		group->peers[i].conflict = false;
	}
	group->self.from = -1;
	group->self.to = -1;
	group->self.serving = false;
	group->self.want = 0;
	group->self.refused = 0;
	role_change(group, GROUP_PRIMARY, why, now_ms);
	if (succeeded) {
		group_steps_act(group, GROUP_FORWARD_STOP, -1);
		group_steps_act(group, GROUP_ANNOUNCE, -1);
	}
	role_line(group, GROUP_PRIMARY);
	/* Whatever made the operator move it away earlier, now it is here. */
	group->automatic_at = now_ms;
	if (group->request_kind == GROUP_TAKEOVER)
		group_steps_finish(group, GROUP_REQUEST_DONE, "holds the group now");
}

void group_steps_give_up_wanting(struct failover_group *group, const char *why, uint64_t now_ms)
{
	if (!group->self.want)
		return;
	group_steps_tell(group, LOG_WARNING, "group: asked for it in vain: %s", why);
	group->self.want = 0;
	group->changed = true;
	if (group->automatic_at != UINT64_MAX)
		group->automatic_at = now_ms + group->config.retry_ms;
	if (group->request_kind == GROUP_TAKEOVER)
		group_steps_finish(group, GROUP_REQUEST_FAILED, "%s", why);
}

void group_steps_want(struct failover_group *group, uint64_t now_ms)
{
	group->self.want = ++group->last_want;
	group->want_until = now_ms + 2 * group->config.answer_ms;
	group->changed = true;
}

void group_steps_take(
	struct failover_group *group, int from, uint64_t tenure, const char *why, uint64_t now_ms)
{
	group->self.from = from;
	group->self.to = -1;
	group->self.serving = false;
	group->self.refused = 0;
	group->self.tenure = tenure;
	if (tenure > group->top_tenure)
		group->top_tenure = tenure;
	role_change(group, GROUP_TAKING, why, now_ms);
	group_steps_act(group, GROUP_ACQUIRE, from);
}

void group_steps_take_vacant(struct failover_group *group, const char *why, uint64_t now_ms)
{
	group_steps_take(group, -1, group->top_tenure + 1, why, now_ms);
}

void group_steps_acquired(
	struct failover_group *group, int result, const char *reason, uint64_t now_ms)
{
	if (group->self.role != GROUP_TAKING || group->self.serving)
		return;
	if (result == 0 && group->self.from < 0) {
		group_steps_become_primary(group, "has the addresses", now_ms);
		return;
	}
	if (result == 0) {
		group->self.serving = true;
		group->changed = true;
		return;
	}
	group_steps_tell(group, LOG_ERR, "group: cannot take the addresses: %s", reason);
	group->unfit_until = now_ms + group->config.retry_ms;
	if (group->self.from >= 0) {
		group->self.refused = group->self.tenure;
		snprintf(group->self.reason, sizeof(group->self.reason), "%s", reason);
	}
	group_steps_act(group, GROUP_RELEASE, -1);
	if (group->request_kind == GROUP_TAKEOVER)
		group_steps_finish(group, GROUP_REQUEST_FAILED, "%s", reason);
	group->self.want = 0;
	group_steps_become_backup(group, "could not take the addresses", now_ms);
}

void group_steps_give(
	struct failover_group *group, unsigned int to, const char *why, uint64_t now_ms)
{
	group->taken = false;
	group->counted = false;
	group->self.to = (int)to;
	group->self.tenure = ++group->top_tenure;
	group->self.refused = 0;
	role_change(group, GROUP_GIVING, why, now_ms);
	group_steps_act(group, GROUP_ANNOUNCE_STOP, -1);
}

/* The switch-over came to nothing: this node, which has had the addresses all along, goes on. */
void group_steps_keep(struct failover_group *group, const char *why, uint64_t now_ms)
{
	struct group_peer *peer = &group->peers[group->self.to];
	char text[GROUP_REASON_MAX];

	snprintf(text, sizeof(text), "%s", why);
	group_steps_tell(group, LOG_WARNING, "group: switch-over to %s failed: %s",
		group_view_name(group, group->self.to), text);
	if (peer->stated && peer->said.want) {
		peer->refused_want = peer->said.want;
		group->self.refused = peer->said.want;
		snprintf(group->self.reason, sizeof(group->self.reason), "%s", text);
	}
	peer->tried = group->self.leaving;
	group->self.to = -1;
	/* The number that was offered is spent: a late "taken" must not be believed. */
	group->self.tenure = ++group->top_tenure;
	if (group->taken)
		group_steps_act(group, GROUP_UNSILENCE, -1);
	role_change(group, GROUP_PRIMARY, "keeps the group", now_ms);
	group_steps_act(group, GROUP_ANNOUNCE, -1);
	group_steps_finish(group, GROUP_REQUEST_FAILED, "%s", text);
}

/* Lets the addresses go; why is for the log. */
void group_steps_release(struct failover_group *group, const char *why, uint64_t now_ms)
{
	group_steps_act(group, GROUP_RELEASE, -1);
	if (group->taken)
		group_steps_act(group, GROUP_UNSILENCE, -1);
	group->taken = false;
	group_steps_become_backup(group, why, now_ms);
}
