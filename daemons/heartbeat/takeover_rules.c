/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who takes the addresses over, keeps them and gives them up: the rules of the failover group. */
#include "daemons/heartbeat/takeover_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <syslog.h>

#include "daemons/heartbeat/group_steps.h"
#include "daemons/heartbeat/group_view.h"

/* Does that peer hold the group against us, as far as its words go? */
static bool is_rival(const struct failover_group *group, unsigned int node)
{
	const struct group_statement *said = group_view_said(group, (int)node);

	if (!group_view_is_holding(said))
		return false;
	/* Our predecessor, believed dead, is still draining what it gave us. */
	if (said->role == GROUP_GIVING && said->to == (int)group->config.self &&
		said->tenure == group->self.tenure)
		return false;
	/* Our successor, believing us dead. */
	return group->self.role != GROUP_GIVING || (int)node != group->self.to;
}

/*
 * A rival is believed when it says so still after a while: what it said last may be older than our
 * own tenure, when it gave the group away in the meantime and that word is late or lost.
 */
static bool is_confirmed(struct group_peer *peer, bool rival, uint64_t settle_ms, uint64_t now_ms)
{
	if (!rival)
		peer->conflict_since = 0;
	else if (!peer->conflict_since)
		peer->conflict_since = now_ms;
	return rival && peer->said_at >= peer->conflict_since + settle_ms;
}

/*
 * Two holders after a partition: the one earlier in the configuration's order keeps the group, for
 * both sides can tell that without another word. Returns whether this node let go.
 */
static bool conflict_rule(struct failover_group *group, uint64_t now_ms)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		struct group_peer *peer = &group->peers[i];
		bool rival = is_rival(group, i);
		bool confirmed = is_confirmed(peer, rival, group->config.settle_ms, now_ms);
		const char *name = group_view_name(group, (int)i);

		if (confirmed && i < group->config.self) {
			group_steps_tell(group, LOG_ERR,
				"group: conflict: %s holds the group too and is earlier in the configuration; letting go",
				name);
			group_steps_finish(
				group, GROUP_REQUEST_FAILED, "%s holds the group too", name);
			group->self.to = -1;
			group_steps_release(group, "conflict with an earlier node", now_ms);
			return true;
		}
		if (confirmed && !peer->conflict)
			group_steps_tell(group, LOG_ERR,
				"group: conflict: %s holds the group too; keeping it as this node is earlier in the configuration",
				name);
		/* Its announcements have drawn listeners away: call them back, now and when it has
		 * let go. */
		if (confirmed ? !peer->conflict : !rival && peer->conflict)
			group_steps_act(group, GROUP_ANNOUNCE, -1);
		peer->conflict = confirmed || (rival && peer->conflict);
	}
	return false;
}

static void joining_rule(struct failover_group *group, uint64_t now_ms)
{
	if (group->self.leaving) {
		group_steps_leave(group);
	} else if (group_view_held_by_other(group)) {
		/* A daemon that crashed here may have left the addresses behind. */
		group_steps_act(group, GROUP_RELEASE, -1);
		group_steps_become_backup(group, "another node holds the group", now_ms);
	} else if (group_view_vacant(group) && group_view_all_known(group) &&
		   group_view_candidate(group) == (int)group->config.self) {
		group_steps_take_vacant(group, "nobody holds the group", now_ms);
	}
}

/* Has somebody chosen this node as successor? Then take, or say why not. */
static bool offer_rule(struct failover_group *group, uint64_t now_ms)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		const struct group_statement *said = group_view_said(group, (int)i);
		char why[GROUP_REASON_MAX];

		if (!said || said->role != GROUP_GIVING || said->to != (int)group->config.self ||
			said->tenure == group->self.refused)
			continue;
		if (group->self.fit) {
			snprintf(why, sizeof(why), "%.100s gives it",
				group_view_name(group, (int)i));
			group_steps_take(group, (int)i, said->tenure, why, now_ms);
			return true;
		}
		group->self.refused = said->tenure;
		snprintf(group->self.reason, sizeof(group->self.reason), "%s",
			group->fit_reason[0] ? group->fit_reason : "not fit to serve");
		group->changed = true;
	}
	return false;
}

static void backup_rule(struct failover_group *group, uint64_t now_ms)
{
	int holder = group_holder(group);
	const struct group_statement *said = group_view_said(group, holder);
	char why[GROUP_REASON_MAX];

	if (group->self.leaving) {
		group_steps_leave(group);
		return;
	}
	if (offer_rule(group, now_ms))
		return;
	if (group->self.want && said && said->refused == group->self.want) {
		snprintf(why, sizeof(why), "%.60s keeps it: %.80s", group_view_name(group, holder),
			said->reason);
		group_steps_give_up_wanting(group, why, now_ms);
	} else if (group->self.want && now_ms >= group->want_until) {
		snprintf(why, sizeof(why), "%.60s did not begin a switch-over in time",
			group_view_name(group, holder));
		group_steps_give_up_wanting(group, why, now_ms);
	}
	if (group_view_vacant(group)) {
		if (group_view_candidate(group) == (int)group->config.self)
			group_steps_take_vacant(group, "nobody holds the group any more", now_ms);
		return;
	}
	if (group->config.auto_failback && group->config.preferred == (int)group->config.self &&
		!group->self.want && group->self.fit && said && said->role == GROUP_PRIMARY &&
		now_ms >= group->automatic_at) {
		group_steps_tell(group, LOG_NOTICE, "group: auto_failback: asking %s for it",
			group_view_name(group, holder));
		group_steps_want(group, now_ms);
	}
}

static void taking_rule(struct failover_group *group, uint64_t now_ms)
{
	const struct group_statement *said = group_view_said(group, group->self.from);
	char why[GROUP_REASON_MAX];

	if (group->self.from < 0)
		return;
	/* The old holder is gone, has released, or was started anew: all the same from here. */
	if (!said || said->role == GROUP_BACKUP || said->role == GROUP_JOINING) {
		snprintf(why, sizeof(why), "%.60s %s", group_view_name(group, group->self.from),
			said ? "has let go" : "is not there any more");
		if (group->self.serving)
			group_steps_become_primary(group, why, now_ms);
		return;
	}
	if (said->role == GROUP_GIVING && said->to == (int)group->config.self &&
		said->tenure == group->self.tenure)
		return;
	snprintf(why, sizeof(why), "%.60s keeps it%s%.80s",
		group_view_name(group, group->self.from), said->reason[0] ? ": " : "",
		said->reason);
	group_steps_act(group, GROUP_RELEASE, -1);
	group_steps_give_up_wanting(group, why, now_ms);
	group_steps_become_backup(group, why, now_ms);
}

/* The node that has asked for the group and may have it, or -1. */
static int wanted_by(const struct failover_group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		const struct group_statement *said = group_view_said(group, (int)i);

		if (said && said->want && said->want != group->peers[i].refused_want &&
			group_view_fit_in(group, i, GROUP_BACKUP))
			return (int)i;
	}
	return -1;
}

static void primary_rule(struct failover_group *group, uint64_t now_ms)
{
	char why[GROUP_REASON_MAX];
	int to;

	if (conflict_rule(group, now_ms))
		return;
	if (group->self.leaving) {
		to = group_view_successor(group);
		if (to >= 0) {
			group_steps_give(group, (unsigned int)to, "this node leaves", now_ms);
			return;
		}
		group_view_explain(group, why, sizeof(why));
		group_steps_tell(group, LOG_WARNING, "group: leaving without a successor: %s", why);
		group->self.to = -1;
		group_steps_release(group, "this node leaves", now_ms);
		group_steps_leave(group);
		return;
	}
	to = wanted_by(group);
	if (to >= 0) {
		snprintf(why, sizeof(why), "%.100s asks for it", group_view_name(group, to));
		group_steps_give(group, (unsigned int)to, why, now_ms);
	}
}

/* Has the successor said that it serves? */
static bool has_taken(const struct failover_group *group, const struct group_statement *said)
{
	return said->tenure == group->self.tenure &&
	       (said->role == GROUP_PRIMARY || (said->role == GROUP_TAKING && said->serving &&
						       said->from == (int)group->config.self));
}

/* The successor is not going to take it: why, or NULL while there is hope. */
static const char *refusal(struct failover_group *group, const struct group_statement *said,
	uint64_t now_ms, char *text)
{
	const char *name = group_view_name(group, group->self.to);

	if (!said)
		snprintf(text, GROUP_REASON_MAX, "%.60s is %s", name,
			membership_state_name(group->peers[group->self.to].presence));
	else if (said->role == GROUP_JOINING)
		snprintf(text, GROUP_REASON_MAX, "%.60s was restarted", name);
	else if (said->role == GROUP_BACKUP && said->refused == group->self.tenure)
		snprintf(text, GROUP_REASON_MAX, "%.60s refuses: %.80s", name, said->reason);
	else if (group->taken && !has_taken(group, said))
		snprintf(text, GROUP_REASON_MAX, "%.60s has let go again", name);
	else if (!group->taken && !has_taken(group, said) &&
		 now_ms >= group->entered_at + group->config.answer_ms)
		snprintf(text, GROUP_REASON_MAX, "%.60s did not take it within %" PRIu64 " ms",
			name, group->config.answer_ms);
	else
		return NULL;
	return text;
}

static void giving_rule(struct failover_group *group, uint64_t now_ms)
{
	const struct group_statement *said = group_view_said(group, group->self.to);
	char text[GROUP_REASON_MAX];
	const char *why;
	bool drained;

	if (conflict_rule(group, now_ms))
		return;
	why = refusal(group, said, now_ms, text);
	if (why) {
		group_steps_keep(group, why, now_ms);
		return;
	}
	if (!group->taken && has_taken(group, said)) {
		group->taken = true;
		group->taken_at = now_ms;
		group_steps_act(group, GROUP_SILENCE, -1);
		group_steps_tell(group, LOG_INFO,
			"group: %s serves; finishing established connections",
			group_view_name(group, group->self.to));
	}
	if (!group->taken || now_ms < group->taken_at + group->config.settle_ms)
		return;
	drained = group->counted && group->connections == 0;
	if (!drained && now_ms < group->taken_at + group->config.drain_ms)
		return;
	/* Only on fresh word of the successor: should it have died in silence, this node goes on.
	 */
	if (now_ms > group->peers[group->self.to].said_at + group->config.fresh_ms)
		return;
	if (!drained)
		group_steps_tell(group, LOG_WARNING,
			"group: drain is over with %u connections established",
			group->counted ? group->connections : 0);
	snprintf(text, sizeof(text), "%.100s serves now", group_view_name(group, group->self.to));
	if (group->request_kind == GROUP_STANDBY)
		/* The operator moved it away; auto_failback must not bring it right back. */
		group->automatic_at = UINT64_MAX;
	group_steps_release(group, text, now_ms);
	group_steps_finish(group, GROUP_REQUEST_DONE, "%s", text);
}

static void fit_rule(struct failover_group *group, uint64_t now_ms)
{
	bool fit = group->device_fit && now_ms >= group->unfit_until && !group->self.leaving;

	if (fit != group->self.fit) {
		group->self.fit = fit;
		group->changed = true;
	}
}

void takeover_rules_apply(struct failover_group *group, uint64_t now_ms)
{
	enum group_role before;
	int rounds = 0;

	fit_rule(group, now_ms);
	do {
		before = group->self.role;
		switch (before) {
		case GROUP_JOINING:
			joining_rule(group, now_ms);
			break;
		case GROUP_BACKUP:
			backup_rule(group, now_ms);
			break;
		case GROUP_TAKING:
			taking_rule(group, now_ms);
			break;
		case GROUP_PRIMARY:
			primary_rule(group, now_ms);
			break;
		case GROUP_GIVING:
			giving_rule(group, now_ms);
			break;
		}
		/* Every cycle of the diagram needs another node's word, so this ends; the bound is
		 * for our own mistakes. */
	} while (group->self.role != before && ++rounds < 8);
	if (group->self.role == GROUP_BACKUP && group->self.tenure < group->top_tenure &&
		group->self.to < 0) {
		group->self.tenure = group->top_tenure;
		group->changed = true;
	}
	if (group->changed) {
		group->changed = false;
		group_steps_act(group, GROUP_STATE, -1);
	}
}
