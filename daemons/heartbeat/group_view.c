/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about all that a node knows of the failover group. */
#include "daemons/heartbeat/group_view.h"

#include <stdio.h>

const char *group_view_name(const struct failover_group *group, int node)
{
	return node >= 0 ? group->config.names[node] : "nobody";
}

static bool is_alive(const struct group_peer *peer)
{
	return peer->presence == MEMBERSHIP_UP || peer->presence == MEMBERSHIP_LATE;
}

/* What a live peer said, or NULL. */
const struct group_statement *group_view_said(const struct failover_group *group, int node)
{
	const struct group_peer *peer;

	if (node < 0 || (unsigned int)node == group->config.self)
		return NULL;
	peer = &group->peers[node];
	return is_alive(peer) && peer->stated ? &peer->said : NULL;
}

bool group_view_is_holding(const struct group_statement *said)
{
	return said && (said->role == GROUP_PRIMARY || said->role == GROUP_GIVING);
}

static bool is_holding_or_taking(const struct group_statement *said)
{
	return group_view_is_holding(said) || (said && said->role == GROUP_TAKING);
}

bool group_view_held_by_other(const struct failover_group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++)
		if (is_holding_or_taking(group_view_said(group, (int)i)))
			return true;
	return false;
}

/*
 * A released holder names its successor. Until that one itself has been heard on that tenure, a
 * third node that missed its words must not believe the group to be vacant.
 */
static bool is_handed_over(const struct failover_group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		const struct group_statement *said = group_view_said(group, (int)i), *successor;

		if (!said || said->role != GROUP_BACKUP || said->to < 0)
			continue;
		successor = group_view_said(group, said->to);
		if (successor && successor->role != GROUP_JOINING &&
			successor->tenure < said->tenure)
			return true;
	}
	return false;
}

/* Nobody who is alive holds the group, and all who are alive have spoken. */
bool group_view_vacant(const struct failover_group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++) {
		if (i == group->config.self)
			continue;
		if (is_alive(&group->peers[i]) && !group->peers[i].stated)
			return false;
	}
	return !group_view_held_by_other(group) && !is_handed_over(group);
}

/* Was every peer heard, or is the time to wait for it over? */
bool group_view_all_known(const struct failover_group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++)
		if (i != group->config.self && group->peers[i].presence == MEMBERSHIP_UNKNOWN)
			return false;
	return true;
}

bool group_view_fit_in(const struct failover_group *group, unsigned int node, enum group_role role)
{
	const struct group_statement *said =
		node == group->config.self ? &group->self : group_view_said(group, (int)node);

	return said && said->role == role && said->fit && !said->leaving;
}

/*
 * Whose turn is it to take a vacant group? Backups first: they have been part of the running
 * cluster. All nodes come to the same answer from the same statements.
 */
int group_view_candidate(const struct failover_group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++)
		if (group_view_fit_in(group, i, GROUP_BACKUP))
			return (int)i;
	if (group->config.preferred >= 0 &&
		group_view_fit_in(group, (unsigned int)group->config.preferred, GROUP_JOINING))
		return group->config.preferred;
	for (i = 0; i < group->config.node_count; i++)
		if (group_view_fit_in(group, i, GROUP_JOINING))
			return (int)i;
	return -1;
}

int group_view_successor(const struct failover_group *group)
{
	unsigned int i;

	for (i = 0; i < group->config.node_count; i++)
		if (i != group->config.self && !group->peers[i].tried &&
			group_view_fit_in(group, i, GROUP_BACKUP))
			return (int)i;
	return -1;
}

void group_view_explain(const struct failover_group *group, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "no other node is fit to serve");
	unsigned int i;

	for (i = 0; i < group->config.node_count && used < size; i++) {
		const struct group_statement *said = group_view_said(group, (int)i);
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
			used < 30 ? ":" : ",", group_view_name(group, (int)i), what);
	}
}
