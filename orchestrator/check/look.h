/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The single checks, for preflight.c's table. */
#ifndef ORCHESTRATOR_CHECK_LOOK_H
#define ORCHESTRATOR_CHECK_LOOK_H

#include "orchestrator/check/preflight.h"
#include "orchestrator/node/condition.h"

/* What a check is given. */
struct look {
	struct nodes *nodes;
	const struct target *target;
	const struct preflight_wishes *wishes;
	struct checks *checks;
	struct condition conditions[CLUSTER_NODES_MAX];
	/* Why a node could not be asked, or its answer not be used; one per node. */
	struct error errors[CLUSTER_NODES_MAX];
};

/* Looks at one node, which has answered. */
typedef void look_node(struct look *look, size_t node);
/* Looks at the cluster as a whole. */
typedef void look_cluster(struct look *look);

look_cluster look_packages, look_signatures, look_previous_run, look_reachable, look_lease,
	look_one_primary, look_floating_ip, look_backup_ready, look_config_drift, look_service,
	look_transaction, look_way_back;
look_node look_privilege, look_services, look_role, look_versions;
/* These are asked only where the node's condition is known, but the first. */
look_node look_condition, look_clock_skew, look_space_var, look_space_boot, look_space_database,
	look_pending_transactions, look_leftover_jobs, look_units, look_boot_services,
	look_reboot_pending;

/*
 * In a rollback a node that does not serve is what it is about: a warning then. The engine sees to
 * it that another one does.
 */
enum check_outcome look_unless_rollback(const struct look *look);
/* The node's name; borrowed. */
const char *look_name(const struct look *look, size_t node);

#endif
