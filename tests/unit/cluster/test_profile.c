/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles: what is derived, what is refused and how it is said, what is doubtful; the guide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/cluster/catalog.h"
#include "orchestrator/cluster/profile.h"
#include "orchestrator/cluster/profile_warnings.h"
#include "orchestrator/cluster/stamp.h"

static const char *source_folder(void)
{
	return getenv("srcdir") ?: ".";
}

static struct profile *parse(const char *name, const char *bytes)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	struct profile *profile = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (profile_parse(name, "p.conf", bytes, &profile, &problems, &err) < 0)
		fail_msg("%s", error_text(&err));
	return profile;
}

/* A profile with these lines besides what every one needs. */
#define NEEDED                                                                     \
	"packages = {\"x\"}\nfailover = {\"/f\"}\nrole_primary = \"is primary\"\n" \
	"role_backup = \"is backup\"\n"

static void expect_problems(const char *lines, const char *wanted)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(cleanup_free) char *bytes = text_format("profile \"p\" {\n%s\n}\n", lines);
	CLEANUP(cleanup_free) char *text = NULL;

	profile_parse("p", "p.conf", bytes, &profile, &problems, NULL);
	text = problems_text(&problems);
	assert_string_equal(text, wanted);
	assert_int_equal(profile == NULL, *wanted != '\0');
}

static void expect_doubts(const char *lines, const char *wanted)
{
	CLEANUP(cleanup_problems) struct problems doubts = {0};
	CLEANUP(cleanup_free) char *bytes = text_format("profile \"p\" {\n%s\n}\n", lines);
	CLEANUP(cleanup_profile) struct profile *profile = parse("p", bytes);
	CLEANUP(cleanup_free) char *text = NULL;

	profile_warnings_find(profile, bytes, &doubts);
	text = problems_text(&doubts);
	assert_string_equal(text, wanted);
}

static void expect_words(const struct word_list *list, const char *wanted)
{
	CLEANUP(cleanup_text) struct text text = {0};

	for (size_t i = 0; i < list->count; i++)
		text_appendf(&text, "%s%s", i ? " " : "", list->items[i]);
	assert_string_equal(text_string(&text), wanted);
	assert_null(list->items[list->count]);
}

static void services_make_the_commands(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *scripts = parse("p",
		"profile p { " NEEDED "service_manager = \"init.d\" services = {\"one\", \"two\"}\n"
		"role_command = {\"/r\"} }");
	CLEANUP(cleanup_profile)
	struct profile *units =
		parse("p", "profile p { " NEEDED "services = {\"one\", \"two\"} active = {\"/a\"}\n"
			   "role_log = \"/l\" package_manager = dpkg }");
	CLEANUP(cleanup_profile)
	struct profile *bare =
		parse("p", "profile p { " NEEDED "stop = \"/s\" start = \"/t\" active = {\"/a\"}\n"
			   "role_log = \"/l\" role_time = \"syslog\" reboot = {\"/r\"} }");

	(void)state;
	expect_words(&scripts->stop.items[0], "/etc/init.d/one stop");
	expect_words(&scripts->stop.items[1], "/etc/init.d/two stop");
	expect_words(&scripts->start.items[0], "/etc/init.d/two start");
	expect_words(&scripts->active.items[1], "/etc/init.d/two status");
	expect_words(&scripts->reboot, "/sbin/reboot");
	assert_null(scripts->role_time);
	assert_int_equal(scripts->packager, PROFILE_RPM);
	assert_false(scripts->stop.own);
	expect_words(&units->active.items[0], "/a");
	expect_words(&units->active.items[1], "systemctl is-active --quiet two");
	expect_words(&units->start.items[1], "systemctl start one");
	assert_string_equal(units->role_time, STAMP_ISO);
	assert_int_equal(units->packager, PROFILE_DPKG);
	assert_int_equal(bare->active.count, 1);
	assert_string_equal(profile_service_name(bare, 0), "p");
	assert_string_equal(bare->role_time, STAMP_SYSLOG);
	expect_words(&bare->reboot, "/r");
	assert_int_equal(bare->connections.count, 0);
}

static void problems_say_what_would_be_right(void **state)
{
	(void)state;
	expect_problems(NEEDED "services = {\"a\"}\nservice_manager = \"upstart\"\n"
			       "role_log = \"/l\"",
		"p.conf:7: service_manager: \"upstart\" is not known; it is \"systemd\" or \"init.d\"");
	expect_problems(NEEDED "services = {\"a\"}",
		"p.conf:7: profile \"p\": give either role_log (a file, e.g. \"/var/log/cluster.log\") or role_command (e.g. {\"cl_status\", \"rscstatus\"}): where the role is found");
	expect_problems(NEEDED "services = {\"a\"}\nrole_log = \"/l\"\nrole_time = \"none\"",
		"p.conf:9: profile \"p\": role_time is \"none\", but a line of a file without its time may be older than the boot: give the form of its time, or ask with role_command");
	expect_problems(NEEDED "role_command = {\"/r\"}\nstop = {\"/s\"}\nactive = {\"/a\"}",
		"p.conf:9: profile \"p\": start is missing: name the services, e.g. services = {\"keepalived\"}, or give the command, e.g. start = {\"/opt/ha/bin/ha\", \"start\"}");
	expect_problems("services = {\"a\"}\nrole_command = {\"/r\"}\nfailover = {\"/f\"}\n"
			"packages = \"x\"\nrole_primary = \"is (MASTER|PRIMARY)\"\n"
			"role_backup = \"is MASTER no more\"",
		"p.conf:8: role_primary and role_backup must differ so that no line matches both");
}

static void expect_pattern(const char *words, const char *message)
{
	CLEANUP(cleanup_pattern) struct pattern *pattern = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(pattern_make(words, &pattern, &err), message ? -EINVAL : 0);
	assert_string_equal(error_text(&err), message ?: "");
}

static void patterns_are_told_where_they_are_wrong(void **state)
{
	CLEANUP(cleanup_free) char *longest = text_format("%0256d", 0);
	CLEANUP(cleanup_free) char *longer = text_format("%0257d", 0);
	CLEANUP(cleanup_pattern) struct pattern *pattern = NULL;

	(void)state;
	expect_pattern("now (primary",
		"\"now (primary\" is no extended regular expression (regex(7)): Unmatched ( or \\(, at or after character 5 (\"(primary\"); write \\( for the character ( and so on");
	expect_pattern("[a",
		"\"[a\" is no extended regular expression (regex(7)): Unmatched [, [^, [:, [., or [=, at or after character 1 (\"[a\"); write \\( for the character ( and so on");
	/* Nothing is read behind the end. */
	assert_int_equal(pattern_make("a[", &pattern, NULL), -EINVAL);
	assert_int_equal(pattern_make("a[^", &pattern, NULL), -EINVAL);
	expect_pattern("(a)\\1",
		"\"(a)\\1\" has a back reference at character 4 (\"\\1\"), which is not taken here");
	expect_pattern("a{2}b{3}",
		"\"a{2}b{3}\" has a second repetition in braces at character 6 (\"{3}\"), which is not taken here");
	expect_pattern("a{1,65}",
		"\"a{1,65}\" has a repetition of more than 64 times at character 2 (\"{1,65}\"), which is not taken here");
	expect_pattern("a*", "\"a*\" matches the empty line, and so every one");
	expect_pattern("", "is empty, which matches every line");
	expect_pattern(longer, "is longer than 256 bytes");
	expect_pattern(longest, NULL);
	expect_pattern("[]{1}{2}\\\\1]x{2}", NULL);
	assert_int_equal(pattern_make("^state (MASTER|PRIMARY)$", &pattern, NULL), 0);
	assert_true(pattern_matches(pattern, "state MASTER"));
	assert_false(pattern_matches(pattern, "old state MASTER"));
	assert_false(pattern_is_plain(pattern));
}

static void expect_form(const char *form, const char *message)
{
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(stamp_check(form, &err), message ? -EINVAL : 0);
	assert_string_equal(error_text(&err), message ?: "");
}

static void forms_must_tell_a_whole_time(void **state)
{
	(void)state;
	expect_form(STAMP_ISO, NULL);
	expect_form(STAMP_SYSLOG, NULL);
	expect_form("%Y/%m/%d_%H:%M:%S", NULL);
	expect_form("%a %b %e %T %Y", NULL);
	expect_form("<%d.%m. %I:%M:%S %p>", NULL);
	expect_form("isoo",
		"\"isoo\" is none of \"iso\", \"syslog\" and \"none\", and no format of strptime(3), e.g. \"%Y/%m/%d_%H:%M:%S\"");
	expect_form("%H:%M:%S",
		"\"%H:%M:%S\" does not tell month, day, hour, minute and second, or is no format of strptime(3); an example: \"%Y/%m/%d_%H:%M:%S\"");
	expect_form("%s", "\"%s\": %s and %Z are not understood; %z is (+0900)");
	expect_form("%",
		"\"%\" does not tell month, day, hour, minute and second, or is no format of strptime(3); an example: \"%Y/%m/%d_%H:%M:%S\"");
}

static void doubtful_things_are_named(void **state)
{
	(void)state;
	expect_doubts(NEEDED "services = {\"a\"}\nrole_log = \"/l\"", "");
	expect_doubts(
		"packages = {\"*\"}\nservices = {\"a.service\"}\nservice_manager = \"init.d\"\n"
		"failover = {\"give-away\"}\nstop = {\"/s\"}\nrole_command = {\"journalctl\", \"-u\", \"x\"}\nrole_primary = \"M\"\nrole_backup = \"BACKUP\"\n"
		"reboot = {\"shutdown\", \"-h\", \"now\"}\ninstall = {\"dpkg\", \"-i\"}\n"
		"deadlines {\n stop = 1s\n up = 5s\n}",
		"p.conf:5: failover: \"give-away\" is looked for where a remote shell looks, which may leave out /sbin and /usr/local: write its whole path\n"
		"p.conf:6: stop: it is this profile's own, but start is what is usual for the services: give start too\n"
		"p.conf:8: role_primary: \"M\" may stand in many lines: write more of the line, or ^ and $ around it\n"
		"p.conf:7: role_command: without -b the journal tells of earlier boots too: add \"-b\"\n"
		"p.conf:2: packages: the patterns take packages of the system, such as libc6 or glibc, for the cluster's\n"
		"p.conf:3: services: \"a.service\" is the name of a systemd unit, but service_manager is \"init.d\"\n"
		"p.conf:10: reboot: \"-h\" switches the node off: nobody would switch it on again\n"
		"p.conf:11: install: it runs dpkg, but package_manager is \"rpm\"\n"
		"p.conf:14: up: few machines are up again within 5 s");
	expect_doubts(
		"packages = {\"x\"}\nservices = {\"k\"}\nfailover = {\"systemctl\", \"stop\", \"k\"}\nrole_command = {\"tail\", \"/l\"}\nrole_primary = \"MASTER\"\n"
		"role_backup = \"BACKUP\"",
		"p.conf:4: failover: it is what stops the cluster software, and nothing says how the node comes back: give failback too, which starts it\n"
		"p.conf:5: role_command: it prints what is in a file, which may be of an earlier boot: name the file as role_log, and role_time");
	/* Words that look like the option are not it, wherever it stands itself. */
	expect_doubts(
		"/*\nreboot = {\"x\"}\n*/" NEEDED
		"services = {\"a\"} role_log = \"/l\" healthy = {\"/h\", '''\nreboot = 1\n'''} "
		"reboot = {\"halt\"}\ndeadlines { stop = 1s up = 5s }",
		"p.conf:10: reboot: \"halt\" is looked for where a remote shell looks, which may leave out /sbin and /usr/local: write its whole path\n"
		"p.conf:10: reboot: \"halt\" switches the node off: nobody would switch it on again\n"
		"p.conf:11: up: few machines are up again within 5 s");
}

/* Every profile that we ship, and nothing about it is doubtful. */
static void shipped_profiles_are_sound(void **state)
{
	CLEANUP(cleanup_free) char *folder = text_format("%s/profiles", source_folder());
	CLEANUP(cleanup_catalog) struct catalog catalog = {0};
	size_t shipped = 0;

	(void)state;
	catalog_read(folder, &catalog);
	for (size_t i = 0; i < catalog.count; i++) {
		CLEANUP(cleanup_problems) struct problems problems = {0};
		CLEANUP(cleanup_profile) struct profile *profile = NULL;
		CLEANUP(cleanup_free) char *bytes = NULL, *text = NULL;
		CLEANUP(error_release) struct error err = {0};

		if (!text_starts_with(catalog.items[i].path, folder))
			continue;
		shipped++;
		assert_false(catalog.items[i].hidden);
		assert_int_equal(file_read(catalog.items[i].path, 1 << 20, &bytes, NULL, &err), 0);
		if (profile_parse(catalog.items[i].name, catalog.items[i].path, bytes, &profile,
			    &problems, &err) < 0)
			fail_msg("%s", error_text(&err));
		profile_warnings_find(profile, bytes, &problems);
		text = problems_text(&problems);
		assert_string_equal(text, "");
	}
	assert_true(shipped >= 4);
}

/* The seed's procedure for Turbolinux Cluster LoadBalancer 10, command by command. */
static void tlclb10_is_as_its_notice_says(void **state)
{
	CLEANUP(cleanup_free) char *folder = text_format("%s/profiles", source_folder());
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(profile_load("tlclb10", folder, &profile, &problems, &err), 0);
	assert_int_equal(profile->stop.count, 2);
	expect_words(&profile->stop.items[0], "/etc/init.d/clusterserverd stop");
	expect_words(&profile->stop.items[1], "/etc/init.d/cmcd stop");
	expect_words(&profile->active.items[0], "/etc/init.d/clusterserverd status");
	expect_words(&profile->active.items[1], "/etc/init.d/cmcd status");
	expect_words(&profile->install, "rpm -Fvh");
	expect_words(&profile->failover, "/etc/init.d/clusterserverd stop");
	expect_words(&profile->connections, "cat /proc/net/cluster/connections");
	assert_string_equal(profile->role_log, "/var/log/clusterserverd.log");
	assert_true(profile_has_package(profile, "TLCLB-turboclusteradmin"));
	assert_true(pattern_matches(
		profile->role_backup, "Configuring as backup Advanced Traffic Manager"));
}

/* What people copy out of the guide works. */
static void the_guides_example_can_be_used(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/docs/profile-guide.md", source_folder());
	CLEANUP(cleanup_problems) struct problems doubts = {0};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(cleanup_free) char *guide = NULL, *text = NULL;
	uint64_t wall_us = 0, width_us = 0;
	CLEANUP(error_release) struct error err = {0};
	char *start, *end;

	(void)state;
	if (file_read(path, 1 << 20, &guide, NULL, &err) < 0)
		fail_msg("%s", error_text(&err));
	start = strstr(guide, "\nprofile \"shop\" {");
	assert_non_null(start);
	end = strstr(start, "\n```");
	assert_non_null(end);
	end[1] = '\0';
	profile = parse("shop", start);
	profile_warnings_find(profile, start, &doubts);
	text = problems_text(&doubts);
	assert_string_equal(text, "");
	expect_words(&profile->stop.items[0], "/etc/init.d/shopwatch stop");
	expect_words(&profile->stop.items[1], "/etc/init.d/shopd stop");
	assert_true(stamp_parse(profile->role_time, "22.11.2026 12:34:56 shopwatch: state SLAVE",
		&(struct stamp_clock){0}, &wall_us, &width_us));
	assert_int_equal(wall_us, 1795350896000000);
	assert_int_equal(width_us, 1000000);
	assert_true(pattern_matches(
		profile->role_backup, "22.11.2026 12:34:56 shopwatch: state SLAVE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_make_the_commands),
		cmocka_unit_test(problems_say_what_would_be_right),
		cmocka_unit_test(patterns_are_told_where_they_are_wrong),
		cmocka_unit_test(forms_must_tell_a_whole_time),
		cmocka_unit_test(doubtful_things_are_named),
		cmocka_unit_test(shipped_profiles_are_sound),
		cmocka_unit_test(tlclb10_is_as_its_notice_says),
		cmocka_unit_test(the_guides_example_can_be_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
