/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The single checks, for preflight.c's table. */
#ifndef ORCHESTRATOR_CHECK_LOOK_H
#define ORCHESTRATOR_CHECK_LOOK_H

#include "orchestrator/check/preflight.h"

/* What a check is given. */
struct look {
	struct run *run;
	const struct preflight_wishes *wishes;
	struct checks *checks;
	/* Why a node could not be asked; one per node. */
	struct error errors[CLUSTER_NODES_MAX];
};

/* Looks at one node, which has answered. */
typedef void look_node(struct look *look, size_t node);
/* Looks at the cluster as a whole. */
typedef void look_cluster(struct look *look);

look_cluster look_packages, look_reachable, look_one_primary, look_floating_ip, look_service,
	look_transaction;
look_node look_privilege, look_services, look_role, look_versions;

#endif
