/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a profile and all that is checked while it is read. */
#include "orchestrator/cluster/profile_check.h"

#include <string.h>

#include "lib/base/text.h"
#include "orchestrator/cluster/deadlines.h"
#include "orchestrator/cluster/field.h"
#include "orchestrator/cluster/files.h"
#include "orchestrator/cluster/stamp.h"

static const char *const packagers[PROFILE_PACKAGER_COUNT] = {
	[PROFILE_RPM] = "rpm",
	[PROFILE_DPKG] = "dpkg",
};

const char *profile_packager_name(enum profile_packager packager)
{
	return packagers[packager];
}

enum profile_packager profile_check_packager(const char *name)
{
	for (size_t i = 0; i < PROFILE_PACKAGER_COUNT; i++)
		if (strcmp(packagers[i], name) == 0)
			return (enum profile_packager)i;
	return PROFILE_PACKAGER_COUNT;
}

const char *profile_check_form(const char *words)
{
	if (strcmp(words, "none") == 0)
		return NULL;
	if (strcmp(words, "iso") == 0)
		return STAMP_ISO;
	return strcmp(words, "syslog") == 0 ? STAMP_SYSLOG : words;
}

static int check_packager(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	(void)option;
	*(const char **)result = value;
	if (profile_check_packager(value) == PROFILE_PACKAGER_COUNT)
		block_problem(section,
			"package_manager: \"%s\" is not known; it is \"rpm\" or \"dpkg\"", value);
	return 0;
}

static int check_manager(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	(void)option;
	*(const char **)result = value;
	if (service_manager_find(value) == SERVICE_MANAGER_COUNT)
		block_problem(section,
			"service_manager: \"%s\" is not known; it is \"systemd\" or \"init.d\"",
			value);
	return 0;
}

static int check_pattern(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	CLEANUP(cleanup_pattern) struct pattern *pattern = NULL;
	CLEANUP(error_release) struct error err = {0};

	field_check_text(section, option, value, result);
	if (*value && pattern_make(value, &pattern, &err) < 0)
		block_problem(section, "%s: %s", option->name, error_text(&err));
	return 0;
}

static int check_time(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	const char *form = profile_check_form(value);
	CLEANUP(error_release) struct error err = {0};

	field_check_text(section, option, value, result);
	if (*value && form && stamp_check(form, &err) < 0)
		block_problem(section, "role_time: %s", error_text(&err));
	return 0;
}

static void check_role(cfg_t *parent, cfg_t *section)
{
	const char *log = cfg_getstr(section, "role_log");
	const char *form = cfg_getstr(section, "role_time");

	if (!log == !cfg_size(section, "role_command"))
		block_problem(parent,
			"profile \"%s\": give either role_log (a file, e.g. \"/var/log/cluster.log\") or role_command (e.g. {\"cl_status\", \"rscstatus\"}): where the role is found",
			cfg_title(section));
	if (log && form && !profile_check_form(form))
		block_problem(parent,
			"profile \"%s\": role_time is \"none\", but a line of a file without its time may be older than the boot: give the form of its time, or ask with role_command",
			cfg_title(section));
}

/* True when no line can be told to be the one's and not the other's. */
static bool is_same(const char *pattern_words, const char *plain_words)
{
	CLEANUP(cleanup_pattern) struct pattern *pattern = NULL, *plain = NULL;

	return pattern_make(pattern_words, &pattern, NULL) == 0 &&
	       pattern_make(plain_words, &plain, NULL) == 0 &&
	       (strcmp(pattern_words, plain_words) == 0 ||
		       (pattern_is_plain(plain) && pattern_matches(pattern, plain_words)));
}

static void check_patterns(cfg_t *parent, cfg_t *section)
{
	const char *primary = cfg_getstr(section, "role_primary");
	const char *backup = cfg_getstr(section, "role_backup");

	if (!primary)
		block_problem(parent,
			"profile \"%s\": role_primary is missing: the words (a regex(7)) in a line that says \"this node is now primary\", e.g. \"Entering MASTER STATE\"",
			cfg_title(section));
	if (!backup)
		block_problem(parent,
			"profile \"%s\": role_backup is missing: the words (a regex(7)) in a line that says \"this node is now backup\", e.g. \"Entering BACKUP STATE\"",
			cfg_title(section));
	if (primary && backup && (is_same(primary, backup) || is_same(backup, primary)))
		block_problem(parent,
			"role_primary and role_backup must differ so that no line matches both");
}

static void check_commands(cfg_t *parent, cfg_t *section)
{
	static const char *const derived[] = {"stop", "start", "active"};

	for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++)
		if (!cfg_size(section, derived[i]) && !cfg_size(section, "services"))
			block_problem(parent,
				"profile \"%s\": %s is missing: name the services, e.g. services = {\"keepalived\"}, or give the command, e.g. %s = {\"/opt/ha/bin/ha\", \"%s\"}",
				cfg_title(section), derived[i], derived[i], derived[i]);
	if (!cfg_size(section, "failover"))
		block_problem(parent,
			"profile \"%s\": failover is missing: the command that makes the primary hand over what it serves, e.g. {\"hb_standby\"}",
			cfg_title(section));
	if (!cfg_size(section, "packages"))
		block_problem(parent,
			"profile \"%s\": packages is missing: the names of its packages, e.g. {\"keepalived\", \"nginx*\"}",
			cfg_title(section));
}

/* Called at the closing brace of a profile: parent is the file. */
static int check_profile(cfg_t *parent, cfg_opt_t *option)
{
	cfg_t *section = field_section(option);

	check_commands(parent, section);
	check_role(parent, section);
	check_patterns(parent, section);
	if (cfg_opt_size(option) > 1)
		block_problem(parent, "profile \"%s\": a file holds one profile only",
			cfg_title(section));
	return 0;
}

cfg_t *profile_check_parse(const char *file, const char *bytes, struct problems *problems)
{
	cfg_opt_t profile[] = {
		CFG_STR_CB("description", "", CFGF_NONE, field_check_text),
		CFG_STR_CB("package_manager", "rpm", CFGF_NONE, check_packager),
		CFG_STR_CB("service_manager", "systemd", CFGF_NONE, check_manager),
		CFG_STR_LIST_CB("packages", NULL, CFGF_NONE, field_check_text),
		CFG_STR_LIST_CB("services", NULL, CFGF_NONE, field_check_unit),
		CFG_STR_LIST_CB("install", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("stop", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("start", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("active", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("healthy", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("failover", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("failback", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("reboot", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("connections", NULL, CFGF_NONE, field_check_word),
		CFG_STR_CB("role_log", NULL, CFGF_NONE, field_check_absolute),
		CFG_STR_LIST_CB("role_command", NULL, CFGF_NONE, field_check_word),
		CFG_STR_CB("role_primary", NULL, CFGF_NONE, check_pattern),
		CFG_STR_CB("role_backup", NULL, CFGF_NONE, check_pattern),
		CFG_STR_CB("role_time", NULL, CFGF_NONE, check_time),
		CFG_SEC("deadlines", deadlines_options(), CFGF_NONE),
		CFG_STR_LIST_CB("check", NULL, CFGF_NONE, field_check_word),
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
