/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a profile: how one kind of cluster is stopped, asked for its role and failed over. */
#include "orchestrator/cluster/profile.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "orchestrator/cluster/profile_options.h"
#include "orchestrator/cluster/value.h"

int profile_parse(const char *name, const char *file, const char *bytes, struct profile **profile,
	struct problems *problems, struct error *err)
{
	CLEANUP(cleanup_problems) struct problems own = {0};
	struct profile_file parsed = {0};

	block_read(&(struct block_source){.path = file, .bytes = bytes}, &profile_options_file,
		&parsed, &own);
	if (!own.count && !parsed.count)
		problems_add(&own, file, 0, "profile \"%s\" is not in it", name);
	else if (parsed.count && strcmp(parsed.items->name, name) != 0)
		problems_add(&own, file, 0,
			"it holds profile \"%s\", where profile \"%s\" is looked for",
			parsed.items->name, name);
	problems_append(problems, &own);
	if (own.count) {
		block_clear(&profile_options_file, &parsed);
		return problems_error(&own, err);
	}
	*profile = parsed.items;
	(*profile)->file = text_copy(file);
	return 0;
}

/* Where the profile is; owned, NULL when in none of the folders. */
static char *find(const char *name, const char *const *folders, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP(cleanup_free) char *path = NULL;

		if (!folders[i])
			continue;
		path = text_format("%s/%s.conf", folders[i], name);
		if (access(path, F_OK) == 0)
			return TAKE(path);
	}
	return NULL;
}

int profile_load(const char *name, const char *folder, struct profile **profile,
	struct problems *problems, struct error *err)
{
	const char *const folders[] = {
		folder, SYSCONFDIR "/haupgrade/profiles", PKGDATADIR "/profiles"};
	CLEANUP(cleanup_problems) struct problems own = {0};
	CLEANUP(cleanup_free) char *path = NULL, *bytes = NULL;

	if (!value_is_name(name))
		return error_set(err, EINVAL,
			"profile \"%s\": a name has letters, digits, \".\", \"_\" and \"-\" only",
			name);
	path = find(name, folders, sizeof(folders) / sizeof(folders[0]));
	if (!path)
		return error_set(err, ENOENT, "profile \"%s\": there is no %s.conf in %s%s%s or %s",
			name, name, folder ? folder : "", folder ? ", " : "", folders[1],
			folders[2]);
	bytes = block_load(path, &own);
	if (bytes)
		return profile_parse(name, path, bytes, profile, problems, err);
	problems_append(problems, &own);
	return problems_error(&own, err);
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	block_clear(&profile_options_section, profile);
	free(profile);
}

const char *profile_service_name(const struct profile *profile, size_t index)
{
	return index < profile->services.count ? profile->services.items[index] : profile->name;
}

bool profile_has_package(const struct profile *profile, const char *package_name)
{
	for (size_t i = 0; i < profile->packages.count; i++)
		if (fnmatch(profile->packages.items[i], package_name, 0) == 0)
			return true;
	return false;
}
