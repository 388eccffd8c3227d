/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a profile, all that is checked while it is read, and what is usual otherwise. */
#include "orchestrator/cluster/profile_options.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/cluster/deadlines.h"
#include "orchestrator/cluster/stamp.h"
#include "orchestrator/cluster/value.h"

static const char *const packagers[] = {
	[PROFILE_RPM] = "rpm",
	[PROFILE_DPKG] = "dpkg",
	[PROFILE_PACKAGER_COUNT] = NULL,
};

/* In milliseconds; a server's firmware may take minutes to boot. */
static const struct profile_deadlines usual_deadlines = {
	.upload = 600 * 1000,
	.stop = 60 * 1000,
	.install = 300 * 1000,
	.down = 120 * 1000,
	.up = 600 * 1000,
	.services = 120 * 1000,
	.role = 120 * 1000,
	.failover = 60 * 1000,
};

const char *profile_packager_name(enum profile_packager packager)
{
	return packagers[packager];
}

/* What role_time's words stand for: a form of stamp.h, or NULL for "none". Borrowed from words. */
static const char *form_of(const char *words)
{
	if (strcmp(words, "none") == 0)
		return NULL;
	if (strcmp(words, "iso") == 0)
		return STAMP_ISO;
	return strcmp(words, "syslog") == 0 ? STAMP_SYSLOG : words;
}

static void check_time(const struct block_place *place, const char *value, void *field)
{
	const char *form = form_of(value);
	CLEANUP(error_release) struct error err = {0};

	(void)field;
	if (form && stamp_check(form, &err) < 0)
		block_problem(place, "role_time: %s", error_text(&err));
}

static void take_pattern(const struct block_place *place, const char *value, void *field)
{
	CLEANUP(error_release) struct error err = {0};

	if (block_check_text(place, value) && pattern_make(value, field, &err) < 0)
		block_problem(place, "%s: %s", place->option->name, error_text(&err));
}

/* The first word makes the profile's own command, which the next ones belong to. */
static void take_command(const struct block_place *place, const char *value, void *field)
{
	struct profile_commands *commands = field;

	if (!commands->own)
		VECTOR_APPEND(commands->items, commands->count);
	commands->own = true;
	if (block_check_word(place, value))
		word_list_append(&commands->items[0], text_copy(value));
}

static void check_role(const struct block_place *place, const struct profile *profile)
{
	if (block_given(place, "role_log") == block_given(place, "role_command"))
		block_problem(place,
			"profile \"%s\": give either role_log (a file, e.g. \"/var/log/cluster.log\") or role_command (e.g. {\"cl_status\", \"rscstatus\"}): where the role is found",
			profile->name);
	if (profile->role_log && profile->role_time && !form_of(profile->role_time))
		block_problem(place,
			"profile \"%s\": role_time is \"none\", but a line of a file without its time may be older than the boot: give the form of its time, or ask with role_command",
			profile->name);
}

/* Whether every line that plain matches is matched by pattern too, as far as that can be told. */
static bool is_same(const struct pattern *pattern, const struct pattern *plain)
{
	return strcmp(pattern_words(pattern), pattern_words(plain)) == 0 ||
	       (pattern_is_plain(plain) && pattern_matches(pattern, pattern_words(plain)));
}

static void check_patterns(const struct block_place *place, const struct profile *profile)
{
	const struct pattern *primary = profile->role_primary, *backup = profile->role_backup;

	if (primary && backup && (is_same(primary, backup) || is_same(backup, primary)))
		block_problem(place,
			"role_primary and role_backup must differ so that no line matches both");
}

static void check_commands(const struct block_place *place, const struct profile *profile)
{
	static const char *const derived[] = {"stop", "start", "active"};

	for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++)
		if (!block_given(place, derived[i]) && !block_given(place, "services"))
			block_problem(place,
				"profile \"%s\": %s is missing: name the services, e.g. services = {\"keepalived\"}, or give the command, e.g. %s = {\"/opt/ha/bin/ha\", \"%s\"}",
				profile->name, derived[i], derived[i], derived[i]);
}

/* What is usual for each of the services that the profile has no command of its own for. */
static void fill_commands(
	struct profile_commands *commands, const struct profile *profile, enum service_act act)
{
	const size_t count = profile->services.count;

	/* A command of its own answers for its first service, or stops and starts all it has. */
	if (commands->own && act != SERVICE_ACTIVE)
		return;
	for (size_t i = commands->count; i < count; i++)
		*VECTOR_APPEND(commands->items, commands->count) =
			service_command(profile->service_manager, act,
				profile->services.items[act == SERVICE_START ? count - 1 - i : i]);
}

static void finish_profile(const struct block_place *place, void *section)
{
	struct profile *profile = section;
	const char *form;

	check_commands(place, profile);
	check_role(place, profile);
	check_patterns(place, profile);
	fill_commands(&profile->stop, profile, SERVICE_STOP);
	fill_commands(&profile->start, profile, SERVICE_START);
	fill_commands(&profile->active, profile, SERVICE_ACTIVE);
	if (!profile->reboot.count) {
		word_list_clear(&profile->reboot);
		profile->reboot = service_reboot(profile->service_manager);
	}
	form = form_of(profile->role_time  ? profile->role_time
		       : profile->role_log ? "iso"
					   : "none");
	form = form ? text_copy(form) : NULL;
	free(profile->role_time);
	profile->role_time = (char *)form;
	deadlines_merge(&profile->deadlines, &usual_deadlines);
}

static void clear_commands(struct profile_commands *commands)
{
	for (size_t i = 0; i < commands->count; i++)
		word_list_clear(&commands->items[i]);
	free(commands->items);
}

static void clear_profile(void *section)
{
	struct profile *profile = section;

	free(profile->file);
	clear_commands(&profile->stop);
	clear_commands(&profile->start);
	clear_commands(&profile->active);
	pattern_free(profile->role_primary);
	pattern_free(profile->role_backup);
}

#define AT(field) BLOCK_FIELD(struct profile, field)
#define LIST(field) BLOCK_ITEMS(struct profile, field.items, field.count)
static const struct block_option profile_options[] = {
	{"description", BLOCK_TEXT, AT(description), .fallback = ""},
	{"package_manager", BLOCK_CHOICE, AT(packager), .words = packagers},
	{"service_manager", BLOCK_CHOICE, AT(service_manager), .words = service_managers},
	{"packages", BLOCK_LIST, LIST(packages),
		.required = "the names of its packages, e.g. {\"keepalived\", \"nginx*\"}"},
	{"services", BLOCK_LIST, LIST(services), .check = value_check_unit},
	{"install", BLOCK_COMMAND, LIST(install)},
	{"stop", BLOCK_OWN_LIST, AT(stop), .check = take_command},
	{"start", BLOCK_OWN_LIST, AT(start), .check = take_command},
	{"active", BLOCK_OWN_LIST, AT(active), .check = take_command},
	{"healthy", BLOCK_COMMAND, LIST(healthy)},
	{"failover", BLOCK_COMMAND, LIST(failover),
		.required =
			"the command that makes the primary hand over what it serves, e.g. {\"hb_standby\"}"},
	{"failback", BLOCK_COMMAND, LIST(failback)},
	{"reboot", BLOCK_COMMAND, LIST(reboot)},
	{"connections", BLOCK_COMMAND, LIST(connections)},
	{"role_log", BLOCK_TEXT, AT(role_log), .check = value_check_absolute},
	{"role_command", BLOCK_COMMAND, LIST(role_command)},
	{"role_primary", BLOCK_OWN, AT(role_primary), .check = take_pattern,
		.required =
			"the words (a regex(7)) in a line that says \"this node is now primary\", e.g. \"Entering MASTER STATE\""},
	{"role_backup", BLOCK_OWN, AT(role_backup), .check = take_pattern,
		.required =
			"the words (a regex(7)) in a line that says \"this node is now backup\", e.g. \"Entering BACKUP STATE\""},
	{"role_time", BLOCK_TEXT, AT(role_time), .check = check_time},
	{"deadlines", BLOCK_SECTION, AT(deadlines), .section = &deadlines_section},
	{"check", BLOCK_COMMAND, LIST(check)},
	{"file", BLOCK_NAMED, LIST(files), .high = FILE_SETTINGS_MAX,
		.section = &file_settings_section},
};
#undef AT
#undef LIST
const struct block_section profile_options_section = {
	BLOCK_OPTIONS(profile_options),
	.size = sizeof(struct profile),
	.title = offsetof(struct profile, name),
	.finish = finish_profile,
	.clear = clear_profile,
};

static const struct block_option file_options[] = {
	{"profile", BLOCK_NAMED, BLOCK_ITEMS(struct profile_file, items, count), .high = 1,
		.section = &profile_options_section},
};
const struct block_section profile_options_file = {BLOCK_OPTIONS(file_options)};
