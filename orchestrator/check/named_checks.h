/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The single checks, for preflight.c's table. */
#ifndef ORCHESTRATOR_CHECK_NAMED_CHECKS_H
#define ORCHESTRATOR_CHECK_NAMED_CHECKS_H

#include "orchestrator/check/preflight.h"
#include "orchestrator/node/condition.h"

/* What a check is given. */
struct check_context {
	struct nodes *nodes;
	const struct target *target;
	const struct preflight_wishes *wishes;
	struct checks *checks;
	struct condition conditions[CLUSTER_NODES_MAX];
	/* Why a node could not be asked, or its answer not be used; one per node. */
	struct error errors[CLUSTER_NODES_MAX];
};

/* Looks at one node, which has answered. */
typedef void check_node(struct check_context *context, size_t node);
/* Looks at the cluster as a whole. */
typedef void check_cluster(struct check_context *context);

check_cluster check_packages, check_signatures, check_previous_run, check_reachable, check_lease,
	check_one_primary, check_floating_ip, check_backup_ready, check_config_drift, check_service,
	check_transaction, check_way_back;
check_node check_privilege, check_services, check_role, check_versions;
/* These are asked only where the node's condition is known, but the first. */
check_node check_condition, check_clock_skew, check_space_var, check_space_boot,
	check_space_database, check_pending_transactions, check_leftover_jobs, check_units,
	check_boot_services, check_reboot_pending;

/*
 * In a rollback a node that does not serve is what it is about: a warning then. The engine sees to
 * it that another one does.
 */
enum check_outcome check_unless_rollback(const struct check_context *context);
/* The node's name; borrowed. */
const char *check_node_name(const struct check_context *context, size_t node);

#endif
