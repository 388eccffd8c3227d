/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is allowed in a profile, but probably not meant. */
#include "orchestrator/cluster/profile_warnings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/conf/block.h"
#include "orchestrator/cluster/profile_options.h"

struct finder {
	const struct profile *profile;
	const char *bytes;
	struct problems *warnings;
};

/* option: as block_line has it, within the profile. */
static void warn(const struct finder *finder, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void warn(const struct finder *finder, const char *option, const char *format, ...)
{
	const struct block_source source = {.path = finder->profile->file, .bytes = finder->bytes};
	CLEANUP(cleanup_free) char *path = text_format("profile.%s", option);
	CLEANUP(cleanup_free) char *words = NULL;
	va_list arguments;

	va_start(arguments, format);
	words = text_format_list(format, arguments);
	va_end(arguments);
	problems_add(finder->warnings, source.path,
		block_line(&source, &profile_options_file, path), "%s: %s", strrchr(path, '.') + 1,
		words);
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static bool is_equal(const struct word_list *left, const struct word_list *right)
{
	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++)
		if (strcmp(left->items[i], right->items[i]) != 0)
			return false;
	return true;
}

/* A program without its path is found only in the folders of the remote shell's PATH. */
static void check_program(
	const struct finder *finder, const char *option, const struct word_list *command)
{
	/* Distributions put these into folders that are in everybody's PATH. */
	static const char *const usual[] = {"sh", "bash", "systemctl", "journalctl", "service",
		"reboot", "shutdown", "rpm", "dpkg", "apt-get", "dnf", "yum", "zypper", "cat",
		"tail", "grep", "awk", "ss", "ip", "true", "test", "hactl", "cl_status", "pcs",
		"crm", "crm_mon", "curl", NULL};

	if (!command->count || strchr(command->items[0], '/') ||
		is_one_of(command->items[0], usual))
		return;
	warn(finder, option,
		"\"%s\" is looked for where a remote shell looks, which may leave out /sbin and /usr/local: write its whole path",
		command->items[0]);
}

static void check_programs(const struct finder *finder)
{
	const struct profile *profile = finder->profile;
	const struct {
		const char *option;
		const struct word_list *command;
	} single[] = {
		{"install", &profile->install},
		{"stop", &profile->stop.items[0]},
		{"start", &profile->start.items[0]},
		{"active", &profile->active.items[0]},
		{"healthy", &profile->healthy},
		{"failover", &profile->failover},
		{"failback", &profile->failback},
		{"reboot", &profile->reboot},
		{"connections", &profile->connections},
		{"role_command", &profile->role_command},
	};

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		check_program(finder, single[i].option, single[i].command);
}

static void check_pairs(const struct finder *finder)
{
	const struct profile *profile = finder->profile;

	if (profile->stop.own && !profile->start.own)
		warn(finder, "stop",
			"it is this profile's own, but start is what is usual for the services: give start too");
	if (profile->start.own && !profile->stop.own)
		warn(finder, "start",
			"it is this profile's own, but stop is what is usual for the services: give stop too");
	for (size_t i = 0; i < profile->stop.count && !profile->failback.count; i++) {
		if (!is_equal(&profile->stop.items[i], &profile->failover))
			continue;
		warn(finder, "failover",
			"it is what stops the cluster software, and nothing says how the node comes back: give failback too, which starts it");
		break;
	}
}

static bool has_word(const struct word_list *command, const char *start)
{
	for (size_t i = 1; i < command->count; i++)
		if (text_starts_with(command->items[i], start))
			return true;
	return false;
}

static void check_role(const struct finder *finder)
{
	static const char *const readers[] = {"tail", "cat", "grep", "awk", "sed", "head", NULL};
	const struct profile *profile = finder->profile;
	const struct pattern *patterns[] = {profile->role_primary, profile->role_backup};
	static const char *const options[] = {"role_primary", "role_backup"};

	for (size_t i = 0; i < 2; i++)
		if (pattern_is_plain(patterns[i]) && strlen(pattern_words(patterns[i])) < 4)
			warn(finder, options[i],
				"\"%s\" may stand in many lines: write more of the line, or ^ and $ around it",
				pattern_words(patterns[i]));
	if (!profile->role_command.count)
		return;
	if (is_one_of(profile->role_command.items[0], readers))
		warn(finder, "role_command",
			"it prints what is in a file, which may be of an earlier boot: name the file as role_log, and role_time");
	if (strcmp(profile->role_command.items[0], "journalctl") == 0 &&
		!has_word(&profile->role_command, "-b") &&
		!has_word(&profile->role_command, "--boot"))
		warn(finder, "role_command",
			"without -b the journal tells of earlier boots too: add \"-b\"");
}

static void check_rest(const struct finder *finder)
{
	static const char *const off[] = {"poweroff", "halt", "-p", "-h", "-P", "--poweroff", NULL};
	const struct profile *profile = finder->profile;

	if (profile_has_package(profile, "libc6") || profile_has_package(profile, "glibc"))
		warn(finder, "packages",
			"the patterns take packages of the system, such as libc6 or glibc, for the cluster's");
	for (size_t i = 0; i < profile->services.count; i++)
		if (profile->service_manager == SERVICE_INITD &&
			text_ends_with(profile->services.items[i], ".service"))
			warn(finder, "services",
				"\"%s\" is the name of a systemd unit, but service_manager is \"init.d\"",
				profile->services.items[i]);
	for (size_t i = 0; i < profile->reboot.count; i++)
		if (is_one_of(profile->reboot.items[i], off))
			warn(finder, "reboot",
				"\"%s\" switches the node off: nobody would switch it on again",
				profile->reboot.items[i]);
	if (profile->install.count && profile->packager == PROFILE_DPKG &&
		strcmp(profile->install.items[0], "rpm") == 0)
		warn(finder, "install", "it runs rpm, but package_manager is \"dpkg\"");
	if (profile->install.count && profile->packager == PROFILE_RPM &&
		(strcmp(profile->install.items[0], "dpkg") == 0 ||
			strcmp(profile->install.items[0], "apt-get") == 0))
		warn(finder, "install", "it runs %s, but package_manager is \"rpm\"",
			profile->install.items[0]);
	if (profile->deadlines.up < 30000)
		warn(finder, "deadlines.up", "few machines are up again within %llu s",
			(unsigned long long)profile->deadlines.up / 1000);
}

void profile_warnings_find(
	const struct profile *profile, const char *bytes, struct problems *warnings)
{
	const struct finder finder = {profile, bytes, warnings};

	check_programs(&finder);
	check_pairs(&finder);
	check_role(&finder);
	check_rest(&finder);
}
