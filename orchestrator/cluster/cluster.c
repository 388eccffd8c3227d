/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cluster file: found, read with its profile, copied into plain data. */
#include "orchestrator/cluster/cluster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/cluster/check.h"
#include "orchestrator/cluster/deadlines.h"
#include "orchestrator/cluster/field.h"
#include "orchestrator/cluster/files.h"
#include "orchestrator/cluster/gates.h"
#include "orchestrator/cluster/host.h"

/* Where an option is not given. Times in milliseconds. */
#define DEFAULT_PROBE_TIMEOUT (2 * 1000)

/* A path as the file means it: relative ones start at the file's own folder. Owned, may be NULL. */
static char *copy_path(cfg_t *section, const char *name, const char *file)
{
	const char *value = cfg_getstr(section, name), *slash = strrchr(file, '/');

	if (!value)
		return NULL;
	if (*value == '/' || !slash)
		return text_copy(value);
	return text_format("%.*s/%s", (int)(slash - file), file, value);
}

/* A number that the check has found good already. */
static uint64_t number(cfg_t *section, const char *name)
{
	const char *value = cfg_getstr(section, name);
	uint64_t result = 0;

	number_parse(value, name, 0, UINT32_MAX, &result, NULL);
	return result;
}

static void copy_nodes(struct cluster *cluster, cfg_t *section)
{
	for (unsigned int i = 0; i < cfg_size(section, "node"); i++) {
		cfg_t *from = cfg_getnsec(section, "node", i);
		struct cluster_node *node = VECTOR_APPEND(cluster->nodes, cluster->node_count);

		node->name = text_copy(cfg_title(from));
		node->address = cfg_getstr(from, "address") ? field_text(from, "address")
							    : text_copy(cfg_title(from));
		node->port = cfg_getstr(from, "port") ? (uint16_t)number(from, "port") : 0;
		node->values = field_list(from, "values");
	}
}

static void copy_ssh(struct cluster_ssh *ssh, cfg_t *section, const char *file)
{
	const char *sudo = cfg_getstr(section, "sudo");

	*ssh = (struct cluster_ssh){
		.user = field_text(section, "user"),
		.port = cfg_getstr(section, "port") ? (uint16_t)number(section, "port") : 0,
		.identity = copy_path(section, "identity", file),
		.known_hosts = copy_path(section, "known_hosts", file),
		.connect_timeout_ms = field_duration(section, "connect_timeout", 0),
		.no_config = text_equal(cfg_getstr(section, "config"), "none"),
		.sudo = !sudo			  ? CLUSTER_SUDO_AUTO
			: text_equal(sudo, "yes") ? CLUSTER_SUDO_YES
						  : CLUSTER_SUDO_NO,
		.password_file = -1,
		.passphrase_file = -1,
	};
	if (!ssh->no_config)
		ssh->config = copy_path(section, "config", file);
}

static void copy_probe(struct cluster_probe *probe, cfg_t *section, const char *file)
{
	const char *status = cfg_getstr(section, "status");
	const char *held_budget = cfg_getstr(section, "held_budget");

	probe->url = field_text(section, "url");
	if (probe->url)
		probe->kind = CLUSTER_PROBE_HTTP;
	else if (cfg_getstr(section, "tcp") &&
		 host_split(cfg_getstr(section, "tcp"), &probe->host, &probe->port))
		probe->kind = CLUSTER_PROBE_TCP;
	probe->rate = (uint32_t)number(section, "rate");
	probe->budget = number(section, "budget");
	probe->timeout_ms = field_duration(section, "timeout", DEFAULT_PROBE_TIMEOUT);
	probe->gap_budget_ms = field_duration(section, "gap_budget", 0);
	probe->ca = copy_path(section, "ca", file);
	probe->insecure = text_equal(cfg_getstr(section, "insecure"), "yes");
	probe->status = status ? (uint32_t)number(section, "status") : 0;
	probe->expect = field_text(section, "expect");
	probe->vantage_rate = (uint32_t)number(section, "vantage_rate");
	probe->held = (uint32_t)number(section, "held");
	probe->held_budget = held_budget ? number(section, "held_budget") : UINT64_MAX;
}

static struct cluster *copy_cluster(cfg_t *section, const char *file)
{
	struct cluster *cluster = vector_resize(NULL, 1, sizeof(*cluster));

	*cluster = (struct cluster){
		.name = text_copy(cfg_title(section)),
		.file = text_copy(file),
		.profile_name = field_text(section, "profile"),
		.floating_ips = field_list(section, "floating_ips"),
		.services = field_list(section, "services"),
		.gates = gates_read(section, file),
		.files = files_read(section),
		.deadlines = deadlines_read(
			cfg_getsec(section, "deadlines"), &(struct profile_deadlines){0}),
	};
	copy_ssh(&cluster->ssh, cfg_getsec(section, "ssh"), file);
	copy_nodes(cluster, section);
	copy_probe(&cluster->probe, cfg_getsec(section, "probe"), file);
	return cluster;
}

/* Parses into own; the result is NULL when there are problems. profile_name: owned, NULL when the
 * file does not tell, so that its profile can be looked at even then. */
static struct cluster *parse(
	const char *file, const char *bytes, struct problems *own, char **profile_name)
{
	CLEANUP(cleanup_cfg) cfg_t *cfg = check_parse(file, bytes, own);
	cfg_t *section = cfg ? cfg_getnsec(cfg, "cluster", 0) : NULL;

	if (!section && !own->count)
		problems_add(own, file, 0,
			"there is no cluster in it: it begins with cluster \"NAME\" {");
	*profile_name = section ? field_text(section, "profile") : NULL;
	return own->count ? NULL : copy_cluster(section, file);
}

int cluster_parse(const char *file, const char *bytes, struct cluster **cluster,
	struct problems *problems, struct error *err)
{
	CLEANUP(cleanup_problems) struct problems own = {0};
	CLEANUP(cleanup_free) char *profile_name = NULL;
	struct cluster *parsed = parse(file, bytes, &own, &profile_name);

	problems_append(problems, &own);
	if (!parsed)
		return problems_error(&own, err);
	*cluster = parsed;
	return 0;
}

/* The file's absolute path, owned. */
static int find(const char *path_or_name, char **path, struct error *err)
{
	bool is_path = strchr(path_or_name, '/') || text_ends_with(path_or_name, ".conf");
	CLEANUP(cleanup_free)
	char *wanted =
		is_path ? text_copy(path_or_name)
			: text_format(SYSCONFDIR "/haupgrade/clusters/%s.conf", path_or_name);

	if (!is_path && !field_is_name(path_or_name))
		return error_set(err, EINVAL,
			"cluster \"%s\": a name has letters, digits, \".\", \"_\" and \"-\" only; or give the path of its file",
			path_or_name);
	*path = realpath(wanted, NULL);
	if (!*path)
		return is_path ? error_system(
					 err, errno, "%s: cannot open the cluster file", wanted)
			       : error_system(err, errno,
					 "cluster \"%s\": cannot open its file %s; or give the path of the file",
					 path_or_name, wanted);
	return 0;
}

/* The cluster file's own deadlines, and the profile's in the other places. */
static void merge_deadlines(struct profile_deadlines *own, const struct profile_deadlines *profile)
{
	own->stop = own->stop ? own->stop : profile->stop;
	own->install = own->install ? own->install : profile->install;
	own->down = own->down ? own->down : profile->down;
	own->up = own->up ? own->up : profile->up;
	own->services = own->services ? own->services : profile->services;
	own->role = own->role ? own->role : profile->role;
	own->failover = own->failover ? own->failover : profile->failover;
}

int cluster_load(const char *path_or_name, const char *profile_folder, struct cluster **cluster,
	struct problems *problems, struct error *err)
{
	CLEANUP(cleanup_problems) struct problems own = {0};
	CLEANUP(cleanup_free) char *path = NULL, *bytes = NULL, *profile_name = NULL;
	CLEANUP(cleanup_cluster) struct cluster *loaded = NULL;
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(error_release) struct error profile_error = {0};
	int result = find(path_or_name, &path, err);

	if (result < 0)
		return result;
	bytes = block_read(path, &own);
	if (bytes)
		loaded = parse(path, bytes, &own, &profile_name);
	/* Also when the cluster file has problems: one reading shall tell them all. */
	if (profile_name) {
		CLEANUP(cleanup_problems) struct problems in_profile = {0};

		result = profile_load(
			profile_name, profile_folder, &profile, &in_profile, &profile_error);
		if (result < 0 && !in_profile.count)
			problems_add(&own, path, 0, "%s", error_text(&profile_error));
		problems_append(&own, &in_profile);
	}
	problems_append(problems, &own);
	if (own.count)
		return problems_error(&own, err);
	loaded->profile = TAKE(profile);
	loaded->files = files_merge(&loaded->profile->files, &loaded->files);
	merge_deadlines(&loaded->deadlines, &loaded->profile->deadlines);
	*cluster = TAKE(loaded);
	return 0;
}

void cluster_free(struct cluster *cluster)
{
	if (!cluster)
		return;
	for (size_t i = 0; i < cluster->node_count; i++) {
		free(cluster->nodes[i].name);
		free(cluster->nodes[i].address);
		field_list_clear(&cluster->nodes[i].values);
	}
	free(cluster->nodes);
	files_clear(&cluster->files);
	gates_clear(&cluster->gates);
	profile_free(cluster->profile);
	field_list_clear(&cluster->floating_ips);
	field_list_clear(&cluster->services);
	free(cluster->ssh.user);
	free(cluster->ssh.identity);
	free(cluster->ssh.config);
	free(cluster->ssh.known_hosts);
	free(cluster->probe.url);
	free(cluster->probe.host);
	free(cluster->probe.ca);
	free(cluster->probe.expect);
	free(cluster->profile_name);
	free(cluster->name);
	free(cluster->file);
	free(cluster);
}
