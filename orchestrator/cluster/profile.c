/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a profile: how one kind of cluster is stopped, asked for its role and failed over. */
#include "orchestrator/cluster/profile.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/cluster/deadlines.h"
#include "orchestrator/cluster/field.h"
#include "orchestrator/cluster/files.h"

/* In milliseconds; a server's firmware may take minutes to boot. */
static const struct profile_deadlines default_deadlines = {
	.stop = 60 * 1000,
	.install = 300 * 1000,
	.down = 120 * 1000,
	.up = 600 * 1000,
	.services = 120 * 1000,
	.role = 120 * 1000,
	.failover = 60 * 1000,
};

static int check_manager(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	(void)option;
	*(const char **)result = value;
	if (strcmp(value, "rpm") != 0)
		block_problem(section,
			"package_manager: \"%s\" is not known, only \"rpm\" is so far", value);
	return 0;
}

/* Called at the closing brace of a profile: parent is the file. */
static int check_profile(cfg_t *parent, cfg_opt_t *option)
{
	static const char *const required[] = {"packages", "stop", "start", "active", "failover",
		"reboot", "role_log", "role_primary", "role_backup"};
	cfg_t *section = field_section(option);
	const char *primary = cfg_getstr(section, "role_primary");
	const char *backup = cfg_getstr(section, "role_backup");

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		field_require(parent, section, required[i]);
	if (primary && backup && (strstr(primary, backup) || strstr(backup, primary)))
		block_problem(parent,
			"role_primary and role_backup must differ so that no line holds both");
	if (cfg_opt_size(option) > 1)
		block_problem(parent, "profile \"%s\": a file holds one profile only",
			cfg_title(section));
	return 0;
}

static cfg_t *read_bytes(const char *file, const char *bytes, struct problems *problems)
{
	cfg_opt_t profile[] = {
		CFG_STR_CB("description", "", CFGF_NONE, field_check_text),
		CFG_STR_CB("package_manager", "rpm", CFGF_NONE, check_manager),
		CFG_STR_LIST_CB("packages", NULL, CFGF_NONE, field_check_text),
		CFG_STR_LIST_CB("services", NULL, CFGF_NONE, field_check_unit),
		CFG_STR_LIST_CB("stop", NULL, CFGF_NONE, field_check_text),
		CFG_STR_LIST_CB("start", NULL, CFGF_NONE, field_check_text),
		CFG_STR_LIST_CB("active", NULL, CFGF_NONE, field_check_text),
		CFG_STR_LIST_CB("failover", NULL, CFGF_NONE, field_check_text),
		CFG_STR_LIST_CB("reboot", NULL, CFGF_NONE, field_check_text),
		CFG_STR_CB("role_log", NULL, CFGF_NONE, field_check_absolute),
		CFG_STR_CB("role_primary", NULL, CFGF_NONE, field_check_text),
		CFG_STR_CB("role_backup", NULL, CFGF_NONE, field_check_text),
		CFG_SEC("deadlines", deadlines_options(), CFGF_NONE),
		CFG_STR_LIST_CB("check", NULL, CFGF_NONE, field_check_text),
		CFG_SEC("file", files_options(), CFGF_TITLE | CFGF_MULTI),
		CFG_END(),
	};
	cfg_opt_t root[] = {
		CFG_SEC("profile", profile, CFGF_TITLE | CFGF_MULTI),
		CFG_END(),
	};

	files_watch(profile);
	root[0].validcb = check_profile;
	return block_parse_bytes(file, bytes, root, problems);
}

static struct profile *copy_profile(cfg_t *section, const char *file)
{
	struct profile *profile = vector_resize(NULL, 1, sizeof(*profile));

	*profile = (struct profile){
		.name = text_copy(cfg_title(section)),
		.file = text_copy(file),
		.description = field_text(section, "description"),
		.package_manager = field_text(section, "package_manager"),
		.packages = field_list(section, "packages"),
		.services = field_list(section, "services"),
		.stop = field_list(section, "stop"),
		.start = field_list(section, "start"),
		.active = field_list(section, "active"),
		.failover = field_list(section, "failover"),
		.reboot = field_list(section, "reboot"),
		.role_log = field_text(section, "role_log"),
		.role_primary = field_text(section, "role_primary"),
		.role_backup = field_text(section, "role_backup"),
		.files = files_read(section),
		.check = field_list(section, "check"),
		.deadlines = deadlines_read(cfg_getsec(section, "deadlines"), &default_deadlines),
	};
	return profile;
}

int profile_parse(const char *name, const char *file, const char *bytes, struct profile **profile,
	struct problems *problems, struct error *err)
{
	CLEANUP(cleanup_problems) struct problems own = {0};
	CLEANUP(cleanup_cfg) cfg_t *cfg = read_bytes(file, bytes, &own);
	cfg_t *section = cfg ? cfg_getnsec(cfg, "profile", 0) : NULL;

	if (!own.count && !section)
		problems_add(&own, file, 0, "profile \"%s\" is not in it", name);
	else if (section && strcmp(cfg_title(section), name) != 0)
		problems_add(&own, file, 0,
			"it holds profile \"%s\", where profile \"%s\" is looked for",
			cfg_title(section), name);
	problems_append(problems, &own);
	if (own.count)
		return problems_error(&own, err);
	*profile = copy_profile(section, file);
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

	if (!field_is_name(name))
		return error_set(err, EINVAL,
			"profile \"%s\": a name has letters, digits, \".\", \"_\" and \"-\" only",
			name);
	path = find(name, folders, sizeof(folders) / sizeof(folders[0]));
	if (!path)
		return error_set(err, ENOENT, "profile \"%s\": there is no %s.conf in %s%s%s or %s",
			name, name, folder ? folder : "", folder ? ", " : "", folders[1],
			folders[2]);
	bytes = block_read(path, &own);
	if (bytes)
		return profile_parse(name, path, bytes, profile, problems, err);
	problems_append(problems, &own);
	return problems_error(&own, err);
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	free(profile->name);
	free(profile->file);
	free(profile->description);
	free(profile->package_manager);
	field_list_clear(&profile->packages);
	field_list_clear(&profile->services);
	field_list_clear(&profile->stop);
	field_list_clear(&profile->start);
	field_list_clear(&profile->active);
	field_list_clear(&profile->failover);
	field_list_clear(&profile->reboot);
	files_clear(&profile->files);
	field_list_clear(&profile->check);
	free(profile->role_log);
	free(profile->role_primary);
	free(profile->role_backup);
	free(profile);
}

bool profile_has_package(const struct profile *profile, const char *package_name)
{
	for (size_t i = 0; i < profile->packages.count; i++)
		if (fnmatch(profile->packages.items[i], package_name, 0) == 0)
			return true;
	return false;
}
