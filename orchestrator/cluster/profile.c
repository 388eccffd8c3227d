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
#include "orchestrator/cluster/profile_check.h"

/* In milliseconds; a server's firmware may take minutes to boot. */
static const struct profile_deadlines default_deadlines = {
	.upload = 600 * 1000,
	.stop = 60 * 1000,
	.install = 300 * 1000,
	.down = 120 * 1000,
	.up = 600 * 1000,
	.services = 120 * 1000,
	.role = 120 * 1000,
	.failover = 60 * 1000,
};

static void append(struct profile_commands *commands, struct profile_list command)
{
	*VECTOR_APPEND(commands->items, commands->count) = command;
}

/* The profile's own words when it has any, else what is usual for each of its services. */
static struct profile_commands read_commands(
	cfg_t *section, const char *name, enum service_act act, const struct profile *profile)
{
	const size_t count = profile->services.count;
	struct profile_commands commands = {0};

	if (cfg_size(section, name)) {
		append(&commands, field_list(section, name));
		commands.own = true;
		return commands;
	}
	for (size_t i = 0; i < count; i++)
		append(&commands,
			service_command(profile->service_manager, act,
				profile->services.items[act == SERVICE_START ? count - 1 - i : i]));
	return commands;
}

/* A command of the profile's own answers for its first service, or for all it has. */
static struct profile_commands read_active(cfg_t *section, const struct profile *profile)
{
	struct profile_commands commands =
		read_commands(section, "active", SERVICE_ACTIVE, profile);

	for (size_t i = commands.count; i < profile->services.count; i++)
		append(&commands, service_command(profile->service_manager, SERVICE_ACTIVE,
					  profile->services.items[i]));
	return commands;
}

static void read_role(cfg_t *section, struct profile *profile)
{
	const char *words = cfg_getstr(section, "role_time");
	const char *form;

	profile->role_log = field_text(section, "role_log");
	profile->role_command = field_list(section, "role_command");
	/* They were compiled before, when they were checked. */
	pattern_make(cfg_getstr(section, "role_primary"), &profile->role_primary, NULL);
	pattern_make(cfg_getstr(section, "role_backup"), &profile->role_backup, NULL);
	form = profile_check_form(words ? words : profile->role_log ? "iso" : "none");
	profile->role_time = form ? text_copy(form) : NULL;
}

static struct profile *copy_profile(cfg_t *section, const char *file)
{
	struct profile *profile = vector_resize(NULL, 1, sizeof(*profile));

	*profile = (struct profile){
		.name = text_copy(cfg_title(section)),
		.file = text_copy(file),
		.description = field_text(section, "description"),
		.packager = profile_check_packager(cfg_getstr(section, "package_manager")),
		.service_manager = service_manager_find(cfg_getstr(section, "service_manager")),
		.packages = field_list(section, "packages"),
		.services = field_list(section, "services"),
		.install = field_list(section, "install"),
		.healthy = field_list(section, "healthy"),
		.failover = field_list(section, "failover"),
		.failback = field_list(section, "failback"),
		.connections = field_list(section, "connections"),
		.files = files_read(section),
		.check = field_list(section, "check"),
		.deadlines = deadlines_read(cfg_getsec(section, "deadlines"), &default_deadlines),
	};
	profile->stop = read_commands(section, "stop", SERVICE_STOP, profile);
	profile->start = read_commands(section, "start", SERVICE_START, profile);
	profile->active = read_active(section, profile);
	profile->reboot = cfg_size(section, "reboot") ? field_list(section, "reboot")
						      : service_reboot(profile->service_manager);
	read_role(section, profile);
	return profile;
}

int profile_parse(const char *name, const char *file, const char *bytes, struct profile **profile,
	struct problems *problems, struct error *err)
{
	CLEANUP(cleanup_problems) struct problems own = {0};
	CLEANUP(cleanup_cfg) cfg_t *cfg = profile_check_parse(file, bytes, &own);
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

static void clear_commands(struct profile_commands *commands)
{
	for (size_t i = 0; i < commands->count; i++)
		field_list_clear(&commands->items[i]);
	free(commands->items);
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	free(profile->name);
	free(profile->file);
	free(profile->description);
	field_list_clear(&profile->packages);
	field_list_clear(&profile->services);
	field_list_clear(&profile->install);
	clear_commands(&profile->stop);
	clear_commands(&profile->start);
	clear_commands(&profile->active);
	field_list_clear(&profile->healthy);
	field_list_clear(&profile->failover);
	field_list_clear(&profile->failback);
	field_list_clear(&profile->reboot);
	field_list_clear(&profile->connections);
	files_clear(&profile->files);
	field_list_clear(&profile->check);
	free(profile->role_log);
	field_list_clear(&profile->role_command);
	pattern_free(profile->role_primary);
	pattern_free(profile->role_backup);
	free(profile->role_time);
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
