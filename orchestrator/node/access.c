/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The routes to all nodes of a cluster, and the passwords they share. */
#include "orchestrator/node/access.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/remote/home.h"
#include "orchestrator/remote/route.h"
#include "orchestrator/remote/ssh_config.h"

struct way {
	struct route route;
	const struct hop *jumps[HOP_JUMPS_MAX];
	struct error error; /* why there is none; number 0: there is */
};

struct access {
	const struct cluster *cluster;
	struct credentials *credentials;
	struct ssh_config *config; /* NULL: none */
	struct way *ways;	   /* one per node */
	size_t count;
};

static void find_way(struct access *access, size_t node, const struct home *home)
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
	const struct route_home place = {
		.user = home->user, .folder = home->folder, .agent = home->agent};
	struct way *way = &access->ways[node];

	if (way->error.number ||
		route_make(&wish, access->config, &place, &way->route, &way->error) < 0)
		return;
	for (size_t i = 0; i + 1 < way->route.count; i++)
		way->jumps[i] = &way->route.hops[i];
}

static int load_config(struct access *access, const struct home *home, struct error *err)
{
	const struct cluster_ssh *ssh = &access->cluster->ssh;
	CLEANUP(cleanup_free)
	char *path =
		ssh->config ? text_copy(ssh->config) : text_format("%s/.ssh/config", home->folder);
	CLEANUP(cleanup_problems) struct problems problems = {0};

	if (ssh->no_config)
		return 0;
	return ssh_config_load(path, !ssh->config, home->folder, &access->config, &problems, err);
}

struct access *access_new(const struct cluster *cluster)
{
	CLEANUP(home_clear) struct home home = home_find();
	struct access *access = vector_resize(NULL, 1, sizeof(*access));
	const struct credentials_source source = {
		.password_file = cluster->ssh.password_file,
		.passphrase_file = cluster->ssh.passphrase_file,
	};
	CLEANUP(error_release) struct error error = {0};

	*access = (struct access){
		.cluster = cluster,
		.credentials = credentials_new(&source),
		.ways = vector_resize(NULL, cluster->node_count, sizeof(struct way)),
		.count = cluster->node_count,
	};
	load_config(access, &home, &error);
	for (size_t i = 0; i < cluster->node_count; i++) {
		access->ways[i] = (struct way){0};
		error_copy(&access->ways[i].error, &error);
		find_way(access, i, &home);
	}
	return access;
}

void access_free(struct access *access)
{
	if (!access)
		return;
	for (size_t i = 0; i < access->count; i++) {
		route_clear(&access->ways[i].route);
		error_release(&access->ways[i].error);
	}
	free(access->ways);
	ssh_config_free(access->config);
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

	if (way->error.number)
		return error_set(err, way->error.number, "%s: %s", name, error_text(&way->error));
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
