/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure: questions about all that a node knows of the failover group; nothing is changed here. */
#ifndef DAEMONS_HEARTBEAT_GROUP_VIEW_H
#define DAEMONS_HEARTBEAT_GROUP_VIEW_H

#include "daemons/heartbeat/group_state.h"

/* The node's name; "nobody" for -1. */
const char *group_view_name(const struct failover_group *group, int node);
/* What a peer that is alive said last; NULL: nothing, dead, -1 or this node itself. */
const struct group_statement *group_view_said(const struct failover_group *group, int node);
/* Is that the statement of a holder (primary or giving)? NULL is not. */
bool group_view_is_holding(const struct group_statement *said);
/* Is somebody else, alive, holding the group or taking it? */
bool group_view_held_by_other(const struct failover_group *group);
/* Is nobody who is alive holding it, and have all who are alive spoken? */
bool group_view_vacant(const struct failover_group *group);
/* Was every peer heard, or is the time to wait for it over? */
bool group_view_all_known(const struct failover_group *group);
/* Whose turn is it to take a vacant group? -1: nobody's. */
int group_view_candidate(const struct failover_group *group);
/* The first fit backup in the order of the configuration that has not been tried, or -1. */
int group_view_successor(const struct failover_group *group);
/* Is the node (or this one) in that role, fit, and not leaving? */
bool group_view_fit_in(const struct failover_group *group, unsigned int node, enum group_role role);
/* Why no other node can be given the group, in words. */
void group_view_explain(const struct failover_group *group, char *text, size_t size);

#endif
