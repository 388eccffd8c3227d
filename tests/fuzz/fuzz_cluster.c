/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cluster files of any bytes: what is accepted keeps what cluster.h promises, what is not has its
 * problem told. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/cluster/cluster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct cluster *cluster)
{
	if (!cluster->name || !cluster->profile_name || !cluster->floating_ips.count)
		abort();
	if (cluster->node_count < CLUSTER_NODES_MIN || cluster->node_count > CLUSTER_NODES_MAX)
		abort();
	for (size_t i = 0; i < cluster->node_count; i++)
		if (!cluster->nodes[i].address || strpbrk(cluster->nodes[i].address, " ;$\n"))
			abort();
	if (!cluster->probe.rate || !cluster->probe.timeout_ms)
		abort();
	if ((cluster->probe.kind == CLUSTER_PROBE_HTTP) != (cluster->probe.url != NULL) ||
		(cluster->probe.kind == CLUSTER_PROBE_TCP) != (cluster->probe.host != NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = strndup((const char *)data, size);
	struct cluster *cluster = NULL;
	struct problems problems = {0};
	CLEANUP(error_release) struct error err = {0};
	int result = cluster_parse("/d/c.conf", bytes, &cluster, &problems, &err);

	if ((result == 0) != (problems.count == 0) || (result == 0) != (cluster != NULL))
		abort();
	if (cluster)
		check(cluster);
	cluster_free(cluster);
	problems_clear(&problems);
	free(bytes);
	return 0;
}
