/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was observed of the cluster at one moment; all that plan and engine ever decide from. Pure.
 */
#ifndef ORCHESTRATOR_PLAN_VIEW_H
#define ORCHESTRATOR_PLAN_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/plan/plan.h"

/* Plain data; everything false, unknown or empty when the node could not be asked. */
struct node_view {
	const char *name; /* for words only; borrowed, NULL: it has none */
	bool reachable;
	bool services_active;	/* all services of profile and cluster file */
	bool services_stopped;	/* no service of the profile's own is active */
	bool upgraded;		/* every package of the bundle that is installed has its version */
	bool unbooted;		/* packages were put on it, and it has not booted since */
	bool holds_floating_ip; /* at least one of the cluster's */
	bool holds_all;		/* all of them */
	enum role role;		/* from the newest role line, when that is newer than the boot */
};

/*
 * Whether a node that asks the floating IP too was answered while the probe was not. It is for the
 * words only: what the clients see is what the probe sees.
 */
enum view_vantage {
	VIEW_NOBODY_ANSWERED, /* or nobody else asks */
	VIEW_OTHER_ANSWERED,  /* a node that does not hold the floating IP */
	VIEW_HOLDER_ANSWERED,
};

struct cluster_view {
	size_t node_count;
	struct node_view nodes[PLAN_NODES_MAX];
	uint64_t probe_failed;	 /* requests that failed since the run began */
	uint64_t probe_budget;	 /* how many may */
	uint64_t longest_gap_ms; /* between two good answers since the run began */
	uint64_t gap_budget_ms;	 /* how long it may be; 0: no budget */
	bool probe_answered;	 /* the floating IP has given a good answer lately */
	bool probe_silent;	 /* it has not; both false: nobody asks, or nobody knows */
	bool probe_starved;	 /* nothing is known: this machine does not let the probe run */
	enum view_vantage other_vantage;
	uint64_t held_broken; /* connections held open through the floating IP that broke */
	uint64_t held_budget; /* how many may; UINT64_MAX: any */
	bool lease_lost;      /* another run may be working on the nodes */
	/* A rollback: broken nodes are its business. A first installation: nobody is served yet,
	 * nobody may be. */
	enum plan_kind kind;
};

/* Serves now: reachable, services active, primary, and holding every floating IP. */
bool view_serves(const struct node_view *node);
/*
 * In a rollback with nobody serving: the node can be touched, for nobody depends on it. Every node
 * can be asked, none of them serves or holds a floating IP, and this one's services are not all
 * active, so that it is not about to take over.
 */
bool view_is_free(const struct cluster_view *view, int node);
/*
 * Takes part in serving, as far as a first installation has to care: it holds a floating IP, or its
 * services run, be it in part, and it has a role since its boot.
 */
bool view_takes_part(const struct node_view *node);
/* Could take over now: reachable, services active, backup, holding none. */
bool view_can_take_over(const struct node_view *node);
/*
 * What it is to a plan: primary if it serves, backup if it could take over, else unknown, whatever
 * its newest role line says. That line outlives the services that wrote it.
 */
enum role view_role(const struct node_view *node);
/*
 * Has a run still something to do there? An earlier one may have ended between the installation and
 * the reboot. Going back, what does not run must serve again, too.
 */
bool view_needs_work(const struct node_view *node, bool rollback);

#endif
