/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of the failover group. */
#include "daemons/heartbeat/group_rules.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

static const char *name_of(const struct group *group, int node)
{
	return node >= 0 ? group->config.names[node] : "nobody";
}

static void act(const struct group *group, enum group_action_kind kind, int node)
{
	struct group_action action = {.kind = kind, .node = node};

	group->config.function(&action, group->config.context);
}

static void tell(const struct group *group, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void tell(const struct group *group, int priority, const char *format, ...)
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
static void role_change(struct group *group, enum group_role role, const char *why, uint64_t now_ms)
{
	tell(group, LOG_NOTICE, "group: %s -> %s: %s", group_role_name(group->self.role),
		group_role_name(role), why);
	group->self.role = role;
	group->entered_at = now_ms;
	group->changed = true;
}

static void role_line(struct group *group, enum group_role role)
{
	if (group->told_role == (int)role)
		return;
	group->told_role = (int)role;
	act(group, GROUP_ROLE_LINE, role == GROUP_PRIMARY ? (int)group->config.self : -1);
}

void group_rules_finish(
	struct group *group, enum group_request_state state, const char *format, ...)
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

static bool is_alive(const struct group_peer *peer)
{
	return peer->presence == MEMBERSHIP_UP || peer->presence == MEMBERSHIP_LATE;
}

/* What a live peer said, or NULL. */
static const struct group_statement *said_by(const struct group *group, int node)
{
	const struct group_peer *peer;

	if (node < 0 || (unsigned int)node == group->config.self)
		return NULL;
	peer = &group->peers[node];
	return is_alive(peer) && peer->stated ? &peer->said : NULL;
}

static bool is_holding(const struct group_statement *said)
{
	return said && (said->role == GROUP_PRIMARY || said->role == GROUP_GIVING);
}

static bool is_holding_or_taking(const struct group_statement *said)
{
	return is_holding(said) || (said && said->role == GROUP_TAKING);
}

bool group_rules_held_by_other(const struct group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++)
		if (is_holding_or_taking(said_by(group, (int)i)))
			return true;
	return false;
}

/*
 * A released holder names its heir. Until the heir itself has been heard on that tenure, a third
 * node that missed its words must not believe the group to be vacant.
 */
static bool is_bequeathed(const struct group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		const struct group_statement *said = said_by(group, (int)i), *heir;

		if (!said || said->role != GROUP_BACKUP || said->to < 0)
			continue;
		heir = said_by(group, said->to);
		if (heir && heir->role != GROUP_JOINING && heir->tenure < said->tenure)
			return true;
	}
	return false;
}

/* Nobody who is alive holds the group, and all who are alive have spoken. */
static bool is_vacant(const struct group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		if (i == group->config.self)
			continue;
		if (is_alive(&group->peers[i]) && !group->peers[i].stated)
			return false;
	}
	return !group_rules_held_by_other(group) && !is_bequeathed(group);
}

/* Was every peer heard, or is the time to wait for it over? */
static bool all_known(const struct group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++)
		if (i != group->config.self && group->peers[i].presence == MEMBERSHIP_UNKNOWN)
			return false;
	return true;
}

static bool is_fit_in(const struct group *group, unsigned int node, enum group_role role)
{
	const struct group_statement *said =
		node == group->config.self ? &group->self : said_by(group, (int)node);

	return said && said->role == role && said->fit && !said->leaving;
}

/*
 * Whose turn is it to take a vacant group? Backups first: they have been part of the running
 * cluster. All nodes come to the same answer from the same statements.
 */
static int candidate(const struct group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++)
		if (is_fit_in(group, i, GROUP_BACKUP))
			return (int)i;
	if (group->config.preferred >= 0 &&
		is_fit_in(group, (unsigned int)group->config.preferred, GROUP_JOINING))
		return group->config.preferred;
	for (i = 0; i < group->config.node_count; i++)
		if (is_fit_in(group, i, GROUP_JOINING))
			return (int)i;
	return -1;
}

int group_rules_successor(const struct group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++)
		if (i != group->config.self && !group->peers[i].tried &&
			is_fit_in(group, i, GROUP_BACKUP))
			return (int)i;
	return -1;
}

void group_rules_explain(const struct group *group, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "no other node is fit to serve");
	unsigned int i;

	for (i = 0; i < group->config.node_count && used < size; i++) {
		const struct group_statement *said = said_by(group, (int)i);
		const char *what = "not fit";

		if (i == group->config.self)
			continue;
		if (!said)
			what = membership_state_name(group->peers[i].presence);
		else if (said->leaving)
			what = "leaving";
		else if (said->role != GROUP_BACKUP)
			what = group_role_name(said->role);
		else if (group->peers[i].tried)
			what = "did not take it";
		used += (size_t)snprintf(text + used, size - used, "%s %s is %s",
			used < 30 ? ":" : ",", name_of(group, (int)i), what);
	}
}

static void leave(struct group *group)
{
	if (group->left)
		return;
	group->left = true;
	if (group->changed) {
		/* What this node is now, before it says goodbye. */
		group->changed = false;
		act(group, GROUP_STATE, -1);
	}
	act(group, GROUP_LEAVE, -1);
}

static void become_backup(struct group *group, const char *why, uint64_t now_ms)
{
	group->self.from = -1;
	group->self.serving = false;
	role_change(group, GROUP_BACKUP, why, now_ms);
	role_line(group, GROUP_BACKUP);
}

static void become_primary(struct group *group, const char *why, uint64_t now_ms)
{
	bool succeeded = group->self.from >= 0;

	group->self.from = -1;
	group->self.to = -1;
	group->self.serving = false;
	group->self.want = 0;
	group->self.refused = 0;
	role_change(group, GROUP_PRIMARY, why, now_ms);
	if (succeeded) {
		act(group, GROUP_FORWARD_STOP, -1);
		act(group, GROUP_ANNOUNCE, -1);
	}
	role_line(group, GROUP_PRIMARY);
	/* Whatever made the operator move it away earlier, now it is here. */
	group->automatic_at = now_ms;
	if (group->request_kind == GROUP_TAKEOVER)
		group_rules_finish(group, GROUP_REQUEST_DONE, "holds the group now");
}

static void give_up_wanting(struct group *group, const char *why, uint64_t now_ms)
{
	if (!group->self.want)
		return;
	tell(group, LOG_WARNING, "group: asked for it in vain: %s", why);
	group->self.want = 0;
	group->changed = true;
	if (group->automatic_at != UINT64_MAX)
		group->automatic_at = now_ms + group->config.retry_ms;
	if (group->request_kind == GROUP_TAKEOVER)
		group_rules_finish(group, GROUP_REQUEST_FAILED, "%s", why);
}

void group_rules_want(struct group *group, uint64_t now_ms)
{
	group->self.want = ++group->last_want;
	group->want_until = now_ms + 2 * group->config.answer_ms;
	group->changed = true;
}

static void take(struct group *group, int from, uint64_t tenure, const char *why, uint64_t now_ms)
{
	group->self.from = from;
	group->self.to = -1;
	group->self.serving = false;
	group->self.refused = 0;
	group->self.tenure = tenure;
	if (tenure > group->top_tenure)
		group->top_tenure = tenure;
	role_change(group, GROUP_TAKING, why, now_ms);
	act(group, GROUP_ACQUIRE, from);
}

void group_rules_take_vacant(struct group *group, const char *why, uint64_t now_ms)
{
	take(group, -1, group->top_tenure + 1, why, now_ms);
}

void group_rules_acquired(struct group *group, int result, const char *reason, uint64_t now_ms)
{
	if (group->self.role != GROUP_TAKING || group->self.serving)
		return;
	if (result == 0 && group->self.from < 0) {
		become_primary(group, "has the addresses", now_ms);
		return;
	}
	if (result == 0) {
		group->self.serving = true;
		group->changed = true;
		return;
	}
	tell(group, LOG_ERR, "group: cannot take the addresses: %s", reason);
	group->unfit_until = now_ms + group->config.retry_ms;
	if (group->self.from >= 0) {
		group->self.refused = group->self.tenure;
		snprintf(group->self.reason, sizeof(group->self.reason), "%s", reason);
	}
	act(group, GROUP_RELEASE, -1);
	if (group->request_kind == GROUP_TAKEOVER)
		group_rules_finish(group, GROUP_REQUEST_FAILED, "%s", reason);
	group->self.want = 0;
	become_backup(group, "could not take the addresses", now_ms);
}

void group_rules_give(struct group *group, unsigned int to, const char *why, uint64_t now_ms)
{
	group->taken = false;
	group->counted = false;
	group->self.to = (int)to;
	group->self.tenure = ++group->top_tenure;
	group->self.refused = 0;
	role_change(group, GROUP_GIVING, why, now_ms);
}

/* The switch-over came to nothing: this node, which has had the addresses all along, goes on. */
static void keep(struct group *group, const char *why, uint64_t now_ms)
{
	struct group_peer *peer = &group->peers[group->self.to];
	char text[GROUP_REASON_MAX];

	snprintf(text, sizeof(text), "%s", why);
	tell(group, LOG_WARNING, "group: switch-over to %s failed: %s",
		name_of(group, group->self.to), text);
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
		act(group, GROUP_UNSILENCE, -1);
	role_change(group, GROUP_PRIMARY, "keeps the group", now_ms);
	act(group, GROUP_ANNOUNCE, -1);
	group_rules_finish(group, GROUP_REQUEST_FAILED, "%s", text);
}

/* Lets the addresses go; why is for the log. */
static void release(struct group *group, const char *why, uint64_t now_ms)
{
	act(group, GROUP_RELEASE, -1);
	if (group->taken)
		act(group, GROUP_UNSILENCE, -1);
	group->taken = false;
	become_backup(group, why, now_ms);
}

/*
 * Two holders after a partition: the one earlier in the configuration's order keeps the group, for
 * both sides can tell that without another word. Returns whether this node let go.
 */
static bool conflict_rule(struct group *group, uint64_t now_ms)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		struct group_peer *peer = &group->peers[i];
		const struct group_statement *said = said_by(group, (int)i);
		bool holds = is_holding(said);

		/* Our predecessor, believed dead, is still draining what it gave us. */
		if (holds && said->role == GROUP_GIVING && said->to == (int)group->config.self &&
			said->tenure == group->self.tenure)
			holds = false;
		/* Our successor, believing us dead. */
		if (holds && group->self.role == GROUP_GIVING && (int)i == group->self.to)
			holds = false;
		if (holds && i < group->config.self) {
			tell(group, LOG_ERR,
				"group: conflict: %s holds the group too and is earlier in the "
				"configuration; letting go",
				name_of(group, (int)i));
			group_rules_finish(group, GROUP_REQUEST_FAILED, "%s holds the group too",
				name_of(group, (int)i));
			group->self.to = -1;
			release(group, "conflict with an earlier node", now_ms);
			return true;
		}
		if (holds && !peer->conflict)
			tell(group, LOG_ERR,
				"group: conflict: %s holds the group too; keeping it as this node "
				"is earlier in the configuration",
				name_of(group, (int)i));
		/* Its announcements have drawn listeners away: call them back, now and when it has
		 * let go. */
		if (holds != peer->conflict)
			act(group, GROUP_ANNOUNCE, -1);
		peer->conflict = holds;
	}
	return false;
}

static void joining_rule(struct group *group, uint64_t now_ms)
{
	if (group->self.leaving) {
		leave(group);
	} else if (group_rules_held_by_other(group)) {
		/* A daemon that crashed here may have left the addresses behind. */
		act(group, GROUP_RELEASE, -1);
		become_backup(group, "another node holds the group", now_ms);
	} else if (is_vacant(group) && all_known(group) &&
		   candidate(group) == (int)group->config.self) {
		group_rules_take_vacant(group, "nobody holds the group", now_ms);
	}
}

/* Has somebody chosen this node as successor? Then take, or say why not. */
static bool offer_rule(struct group *group, uint64_t now_ms)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		const struct group_statement *said = said_by(group, (int)i);
		char why[GROUP_REASON_MAX];

		if (!said || said->role != GROUP_GIVING || said->to != (int)group->config.self ||
			said->tenure == group->self.refused)
			continue;
		if (group->self.fit) {
			snprintf(why, sizeof(why), "%.100s gives it", name_of(group, (int)i));
			take(group, (int)i, said->tenure, why, now_ms);
			return true;
		}
		group->self.refused = said->tenure;
		snprintf(group->self.reason, sizeof(group->self.reason), "%s",
			group->fit_reason[0] ? group->fit_reason : "not fit to serve");
		group->changed = true;
	}
	return false;
}

static void backup_rule(struct group *group, uint64_t now_ms)
{
	int holder = group_holder(group);
	const struct group_statement *said = said_by(group, holder);
	char why[GROUP_REASON_MAX];

	if (group->self.leaving) {
		leave(group);
		return;
	}
	if (offer_rule(group, now_ms))
		return;
	if (group->self.want && said && said->refused == group->self.want) {
		snprintf(why, sizeof(why), "%.60s keeps it: %.80s", name_of(group, holder),
			said->reason);
		give_up_wanting(group, why, now_ms);
	} else if (group->self.want && now_ms >= group->want_until) {
		snprintf(why, sizeof(why), "%.60s did not begin a switch-over in time",
			name_of(group, holder));
		give_up_wanting(group, why, now_ms);
	}
	if (is_vacant(group)) {
		if (candidate(group) == (int)group->config.self)
			group_rules_take_vacant(group, "nobody holds the group any more", now_ms);
		return;
	}
	if (group->config.auto_failback && group->config.preferred == (int)group->config.self &&
		!group->self.want && group->self.fit && said && said->role == GROUP_PRIMARY &&
		now_ms >= group->automatic_at) {
		tell(group, LOG_NOTICE, "group: auto_failback: asking %s for it",
			name_of(group, holder));
		group_rules_want(group, now_ms);
	}
}

static void taking_rule(struct group *group, uint64_t now_ms)
{
	const struct group_statement *said = said_by(group, group->self.from);
	char why[GROUP_REASON_MAX];

	if (group->self.from < 0)
		return;
	/* The old holder is gone, has released, or was started anew: all the same from here. */
	if (!said || said->role == GROUP_BACKUP || said->role == GROUP_JOINING) {
		snprintf(why, sizeof(why), "%.60s %s", name_of(group, group->self.from),
			said ? "has let go" : "is not there any more");
		if (group->self.serving)
			become_primary(group, why, now_ms);
		return;
	}
	if (said->role == GROUP_GIVING && said->to == (int)group->config.self &&
		said->tenure == group->self.tenure)
		return;
	snprintf(why, sizeof(why), "%.60s keeps it%s%.80s", name_of(group, group->self.from),
		said->reason[0] ? ": " : "", said->reason);
	act(group, GROUP_RELEASE, -1);
	give_up_wanting(group, why, now_ms);
	become_backup(group, why, now_ms);
}

/* The node that has asked for the group and may have it, or -1. */
static int wanted_by(const struct group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		const struct group_statement *said = said_by(group, (int)i);

		if (said && said->want && said->want != group->peers[i].refused_want &&
			is_fit_in(group, i, GROUP_BACKUP))
			return (int)i;
	}
	return -1;
}

static void primary_rule(struct group *group, uint64_t now_ms)
{
	char why[GROUP_REASON_MAX];
	int to;

	if (conflict_rule(group, now_ms))
		return;
	if (group->self.leaving) {
		to = group_rules_successor(group);
		if (to >= 0) {
			group_rules_give(group, (unsigned int)to, "this node leaves", now_ms);
			return;
		}
		group_rules_explain(group, why, sizeof(why));
		tell(group, LOG_WARNING, "group: leaving without a successor: %s", why);
		group->self.to = -1;
		release(group, "this node leaves", now_ms);
		leave(group);
		return;
	}
	to = wanted_by(group);
	if (to >= 0) {
		snprintf(why, sizeof(why), "%.100s asks for it", name_of(group, to));
		group_rules_give(group, (unsigned int)to, why, now_ms);
	}
}

/* Has the successor said that it serves? */
static bool has_taken(const struct group *group, const struct group_statement *said)
{
	return said->tenure == group->self.tenure &&
	       (said->role == GROUP_PRIMARY || (said->role == GROUP_TAKING && said->serving &&
						       said->from == (int)group->config.self));
}

/* The successor is not going to take it: why, or NULL while there is hope. */
static const char *refusal(
	struct group *group, const struct group_statement *said, uint64_t now_ms, char *text)
{
	const char *name = name_of(group, group->self.to);

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

static void giving_rule(struct group *group, uint64_t now_ms)
{
	const struct group_statement *said = said_by(group, group->self.to);
	char text[GROUP_REASON_MAX];
	const char *why;
	bool drained;

	if (conflict_rule(group, now_ms))
		return;
	why = refusal(group, said, now_ms, text);
	if (why) {
		keep(group, why, now_ms);
		return;
	}
	if (!group->taken && has_taken(group, said)) {
		group->taken = true;
		group->taken_at = now_ms;
		act(group, GROUP_SILENCE, -1);
		tell(group, LOG_INFO, "group: %s serves; finishing established connections",
			name_of(group, group->self.to));
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
		tell(group, LOG_WARNING, "group: drain is over with %u connections established",
			group->counted ? group->connections : 0);
	snprintf(text, sizeof(text), "%.100s serves now", name_of(group, group->self.to));
	if (group->request_kind == GROUP_STANDBY)
		/* The operator moved it away; auto_failback must not bring it right back. */
		group->automatic_at = UINT64_MAX;
	release(group, text, now_ms);
	group_rules_finish(group, GROUP_REQUEST_DONE, "%s", text);
}

static void fit_rule(struct group *group, uint64_t now_ms)
{
	bool fit = group->device_fit && now_ms >= group->unfit_until && !group->self.leaving;

	if (fit != group->self.fit) {
		group->self.fit = fit;
		group->changed = true;
	}
}

void group_rules_apply(struct group *group, uint64_t now_ms)
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
		act(group, GROUP_STATE, -1);
	}
}
