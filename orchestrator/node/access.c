/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The routes to all nodes of a cluster, and the passwords they share. */
#include "orchestrator/node/access.h"

#include <pthread.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/remote/route.h"
#include "orchestrator/remote/ssh_config.h"

/* One per node; found when it is first needed. */
struct way {
	/* Over what follows, until it is found; never held while ssh is asked, which only one who
	 * looks at his cancel may wait for. */
	pthread_mutex_t lock;
	struct route route; /* no hops: not found yet */
	const struct hop *jumps[HOP_JUMPS_MAX];
};

struct access {
	const struct cluster *cluster;
	struct credentials *credentials;
	struct ssh_config *ssh_config;
	struct way *ways;
	size_t count;
};

static bool is_found(struct way *way)
{
	bool found;

	pthread_mutex_lock(&way->lock);
	found = way->route.count;
	pthread_mutex_unlock(&way->lock);
	return found;
}

/* Takes the route over, unless another thread has found it meanwhile: targets borrow that one. */
static void store(struct way *way, struct route *route)
{
	pthread_mutex_lock(&way->lock);
	if (!way->route.count) {
		way->route = *route;
		*route = (struct route){0};
		for (size_t i = 0; i + 1 < way->route.count; i++)
			way->jumps[i] = &way->route.hops[i];
	}
	pthread_mutex_unlock(&way->lock);
	route_clear(route);
}

/* What went wrong is tried again with the next call, as far as ssh_config does not remember it. */
static int find_way(const struct access *access, size_t node, const volatile sig_atomic_t *cancel,
	struct error *err)
{
	const struct cluster_ssh *ssh = &access->cluster->ssh;
	const struct cluster_node *wanted = &access->cluster->nodes[node];
	const struct route_wish wish = {
		.address = wanted->address,
		.port = wanted->port ?: ssh->port,
		.user = ssh->user,
		.identity = ssh->identity,
		.known_hosts = ssh->known_hosts,
		.connect_timeout_ms = ssh->connect_timeout_ms,
	};
	struct way *way = &access->ways[node];
	struct route route = {0};
	int result;

	if (is_found(way))
		return 0;
	result = route_make(&wish, access->ssh_config, cancel, &route, err);
	if (result < 0)
		return result;
	store(way, &route);
	return 0;
}

struct access *access_new(const struct cluster *cluster)
{
	struct access *access = vector_resize(NULL, 1, sizeof(*access));
	const struct credentials_source source = {
		.password_file = cluster->ssh.password_file,
		.passphrase_file = cluster->ssh.passphrase_file,
	};

	*access = (struct access){
		.cluster = cluster,
		.credentials = credentials_new(&source),
		.ssh_config = ssh_config_new(cluster->ssh.no_config ? "none" : cluster->ssh.config),
		.ways = vector_resize(NULL, cluster->node_count, sizeof(struct way)),
		.count = cluster->node_count,
	};
	for (size_t i = 0; i < cluster->node_count; i++) {
		access->ways[i] = (struct way){0};
		pthread_mutex_init(&access->ways[i].lock, NULL);
	}
	return access;
}

void access_free(struct access *access)
{
	if (!access)
		return;
	for (size_t i = 0; i < access->count; i++) {
		route_clear(&access->ways[i].route);
		pthread_mutex_destroy(&access->ways[i].lock);
	}
	free(access->ways);
	ssh_config_free(access->ssh_config);
	credentials_free(access->credentials);
	free(access);
}

static bool wants_sudo(const struct cluster_ssh *ssh, const struct hop *hop)
{
	switch (ssh->sudo) {
	case CLUSTER_SUDO_YES:
		return true;
	case CLUSTER_SUDO_NO:
		return false;
	case CLUSTER_SUDO_AUTO:
		break;
	}
	return strcmp(hop->user, "root") != 0;
}

int access_target(const struct access *access, size_t node, const volatile sig_atomic_t *cancel,
	struct session_target *target, struct error *err)
{
	const struct way *way = &access->ways[node];
	const char *name = access->cluster->nodes[node].name;

	int result = find_way(access, node, cancel, err);

	if (result < 0) {
		error_prefix(err, "%s", name);
		return result;
	}
	*target = (struct session_target){
		.node = name,
		.hop = way->route.hops[way->route.count - 1],
		.jumps = way->jumps,
		.jump_count = way->route.count - 1,
		.credentials = access->credentials,
		.connect_timeout_ms = way->route.connect_timeout_ms,
		.cancel = cancel,
	};
	target->sudo = wants_sudo(&access->cluster->ssh, &target->hop);
	return 0;
}
