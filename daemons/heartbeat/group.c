/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who holds the failover group: what comes in, and what can be asked. */
#include "daemons/heartbeat/group.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemons/heartbeat/group_steps.h"
#include "daemons/heartbeat/group_view.h"
#include "daemons/heartbeat/takeover_rules.h"
#include "lib/base/vector.h"

static const char *const role_names[] = {
	[GROUP_JOINING] = "joining",
	[GROUP_BACKUP] = "backup",
	[GROUP_TAKING] = "taking",
	[GROUP_PRIMARY] = "primary",
	[GROUP_GIVING] = "giving",
};

const char *group_role_name(enum group_role role)
{
	return role_names[role];
}

int group_role_parse(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(role_names) / sizeof(role_names[0]); i++)
		if (strcmp(name, role_names[i]) == 0)
			return (int)i;
	return -1;
}

struct failover_group *group_new(const struct group_config *config, uint64_t now_ms)
{
	struct failover_group *group = vector_resize(NULL, 1, sizeof(*group));

	*group = (struct failover_group){
		.config = *config,
		.self = {.role = GROUP_JOINING,
			.generation = config->generation,
			.to = -1,
			.from = -1},
		.entered_at = now_ms,
		.told_role = -1,
		.automatic_at = now_ms,
		.changed = true,
	};
	snprintf(group->fit_reason, sizeof(group->fit_reason), "the devices were not looked at");
	return group;
}

void group_free(struct failover_group *group)
{
	free(group);
}

void group_peer(struct failover_group *group, unsigned int node, enum membership_state state,
	uint64_t now_ms)
{
	struct group_peer *peer = &group->peers[node];

	peer->presence = state;
	if (state != MEMBERSHIP_UP && state != MEMBERSHIP_LATE) {
		peer->stated = false;
		peer->refused_want = 0;
		peer->tried = false;
	}
	takeover_rules_apply(group, now_ms);
}

void group_heard(struct failover_group *group, unsigned int node,
	const struct group_statement *statement, uint64_t now_ms)
{
	struct group_peer *peer = &group->peers[node];

	/* Requests are counted anew by a restarted daemon. */
	if (peer->stated && peer->said.generation != statement->generation)
		peer->refused_want = 0;
	peer->stated = true;
	peer->said = *statement;
	peer->said_at = now_ms;
	if (statement->tenure > group->top_tenure)
		group->top_tenure = statement->tenure;
	takeover_rules_apply(group, now_ms);
}

void group_acquired(struct failover_group *group, int result, const char *reason, uint64_t now_ms)
{
	group_steps_acquired(group, result, reason ? reason : "", now_ms);
	takeover_rules_apply(group, now_ms);
}

void group_connections(struct failover_group *group, unsigned int count, uint64_t now_ms)
{
	group->counted = true;
	group->connections = count;
	takeover_rules_apply(group, now_ms);
}

bool group_is_draining(const struct failover_group *group)
{
	return group->self.role == GROUP_GIVING && group->taken;
}

void group_fit(struct failover_group *group, bool fit, const char *reason, uint64_t now_ms)
{
	group->device_fit = fit;
	snprintf(group->fit_reason, sizeof(group->fit_reason), "%s", reason ? reason : "");
	takeover_rules_apply(group, now_ms);
}

void group_leave(struct failover_group *group, uint64_t now_ms)
{
	group->self.leaving = true;
	group->changed = true;
	takeover_rules_apply(group, now_ms);
}

void group_tick(struct failover_group *group, uint64_t now_ms)
{
	takeover_rules_apply(group, now_ms);
}

static void earlier(uint64_t *next, uint64_t when)
{
	if (when < *next)
		*next = when;
}

/* What depends on a peer's word is looked at when the peer is heard, and needs no timer. */
uint64_t group_next(const struct failover_group *group)
{
	uint64_t next = UINT64_MAX;

	if (group->device_fit && !group->self.fit && !group->self.leaving)
		earlier(&next, group->unfit_until);
	switch (group->self.role) {
	case GROUP_JOINING:
	case GROUP_TAKING:
	case GROUP_PRIMARY:
		break;
	case GROUP_BACKUP:
		if (group->self.want)
			earlier(&next, group->want_until);
		break;
	case GROUP_GIVING:
		/* The drain deadline is looked at with each count of connections. */
		if (!group->taken)
			earlier(&next, group->entered_at + group->config.answer_ms);
		break;
	}
	return next;
}

/* Opens a request; the caller begins it or finishes it at once. */
static int request_open(struct failover_group *group, enum group_request_kind kind,
	uint64_t *number, struct error *err)
{
	if (group->request_kind != GROUP_NO_REQUEST || group->self.role == GROUP_GIVING)
		return error_set(err, EBUSY,
			"a switch-over is already under way; wait for its end (hactl status)");
	group->request_kind = kind;
	group->request.number++;
	group->request.state = GROUP_REQUEST_RUNNING;
	group->request.reason[0] = '\0';
	*number = group->request.number;
	return 0;
}

int group_standby(
	struct failover_group *group, uint64_t now_ms, uint64_t *number, struct error *err)
{
	int result = request_open(group, GROUP_STANDBY, number, err), to;
	char why[GROUP_REASON_MAX];

	if (result < 0)
		return result;
	to = group_view_successor(group);
	if (group->self.role == GROUP_TAKING) {
		group_steps_finish(group, GROUP_REQUEST_FAILED,
			"this node is just taking the group; try again in a moment");
	} else if (group->self.role != GROUP_PRIMARY) {
		group_steps_finish(
			group, GROUP_REQUEST_DONE, "already %s", group_role_name(group->self.role));
	} else if (to < 0) {
		group_view_explain(group, why, sizeof(why));
		group_steps_finish(group, GROUP_REQUEST_FAILED, "%s", why);
	} else {
		group_steps_give(group, (unsigned int)to, "the operator asks for it", now_ms);
	}
	takeover_rules_apply(group, now_ms);
	return 0;
}

int group_takeover(
	struct failover_group *group, uint64_t now_ms, uint64_t *number, struct error *err)
{
	int result = request_open(group, GROUP_TAKEOVER, number, err);

	if (result < 0)
		return result;
	if (group->self.role == GROUP_PRIMARY)
		group_steps_finish(group, GROUP_REQUEST_DONE, "already primary");
	else if (!group->self.fit && group->self.role != GROUP_TAKING)
		group_steps_finish(group, GROUP_REQUEST_FAILED, "this node is not fit to serve: %s",
			group->self.leaving  ? "it is leaving"
			: !group->device_fit ? group->fit_reason
					     : "it could not take the addresses just now");
	else if (group->self.role != GROUP_TAKING && !group_view_held_by_other(group))
		group_steps_take_vacant(group, "the operator asks for it, nobody holds it", now_ms);
	else if (group->self.role != GROUP_TAKING)
		group_steps_want(group, now_ms);
	takeover_rules_apply(group, now_ms);
	return 0;
}

const struct group_request *group_request(const struct failover_group *group)
{
	return &group->request;
}

const struct group_statement *group_statement(const struct failover_group *group)
{
	return &group->self;
}

const struct group_statement *group_peer_statement(
	const struct failover_group *group, unsigned int node)
{
	return group->peers[node].stated ? &group->peers[node].said : NULL;
}

/* How much a statement is that of the holder; 0: not at all. */
static int holder_rank(const struct group_statement *said)
{
	switch (said->role) {
	case GROUP_JOINING:
	case GROUP_BACKUP:
		return 0;
	case GROUP_TAKING:
		return said->serving ? 1 : 0;
	case GROUP_GIVING:
		return 2;
	case GROUP_PRIMARY:
		return 3;
	}
	return 0;
}

int group_holder(const struct failover_group *group)
{
	int best = holder_rank(&group->self), holder = best ? (int)group->config.self : -1;
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		const struct group_peer *peer = &group->peers[i];
		int rank = peer->stated ? holder_rank(&peer->said) : 0;

		if (i != group->config.self && rank > best) {
			best = rank;
			holder = (int)i;
		}
	}
	return holder;
}
