/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cluster file: found and read, with its profile. */
#include "orchestrator/cluster/cluster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "orchestrator/cluster/cluster_options.h"
#include "orchestrator/cluster/deadlines.h"
#include "orchestrator/cluster/value.h"

/* Takes the cluster out of the file; NULL when there are problems. */
static struct cluster *parse(
	const char *file, const char *bytes, struct problems *own, char **profile_name)
{
	struct cluster_file parsed = {0};
	struct cluster *cluster = NULL;

	block_read(&(struct block_source){.path = file, .bytes = bytes}, &cluster_options_file,
		&parsed, own);
	if (!parsed.count && !own->count)
		problems_add(own, file, 0,
			"there is no cluster in it: it begins with cluster \"NAME\" {");
	/* Known also when there are problems, so that the profile can be looked at even then. */
	if (parsed.count && parsed.items->profile_name)
		*profile_name = text_copy(parsed.items->profile_name);
	if (own->count) {
		block_clear(&cluster_options_file, &parsed);
		return NULL;
	}
	cluster = parsed.items;
	cluster->file = text_copy(file);
	cluster->ssh.password_file = -1;
	cluster->ssh.passphrase_file = -1;
	return cluster;
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

	if (!is_path && !value_is_name(path_or_name))
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
	bytes = block_load(path, &own);
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
	loaded->files = file_settings_merge(&loaded->profile->files, &loaded->files);
	deadlines_merge(&loaded->deadlines, &loaded->profile->deadlines);
	*cluster = TAKE(loaded);
	return 0;
}

void cluster_free(struct cluster *cluster)
{
	if (!cluster)
		return;
	block_clear(&cluster_options_section, cluster);
	free(cluster);
}
