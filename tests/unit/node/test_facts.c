/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node says of itself: read strictly, and a role line counts only when newer than the boot.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "orchestrator/cluster/stamp.h"
#include "orchestrator/node/facts.h"

#define PRIMARY "Configuring as primary Advanced Traffic Manager"
#define BACKUP "Configuring as backup Advanced Traffic Manager"

/* Process 1 began 1000 s after the kernel, which is up for 1060 s: booted 60 s ago, 12:34:00. */
#define HEAD                                                                       \
	"now 1769862900000000000\n"                                                \
	"uptime 1060.00\n"                                                         \
	"hertz 100\n"                                                              \
	"boot 9a44a7f3-0693-467b-9174-e1d677619594\n"                              \
	"init 1 (a) b) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 100000 9 9\n" \
	"user 0\n"
#define ADDRESSES                                                                   \
	"address 1: lo    inet 127.0.0.1/8 scope host lo\n"                         \
	"address 2: eth0    inet 192.0.2.11/24 brd 192.0.2.255 scope global eth0\n" \
	"address 2: eth0    inet 192.0.2.100/24 scope global secondary eth0:cs0\n"  \
	"address eth1      Link encap:Ethernet  HWaddr 02:00:00:00:00:01\n"         \
	"address           inet addr:192.0.2.102  Bcast:192.0.2.255\n"              \
	"address         inet 192.0.2.103  netmask 255.255.255.0\n"

/* A profile of the role lines; time: a form of stamp.h, or NULL. */
static int parse_as(const char *words, const char *primary, const char *backup, const char *form,
	struct facts *facts, struct error *err)
{
	CLEANUP(cleanup_free) char *copy = form ? text_copy(form) : NULL;
	struct profile profile = {.role_time = copy};
	int result;

	assert_int_equal(pattern_make(primary, &profile.role_primary, NULL), 0);
	assert_int_equal(pattern_make(backup, &profile.role_backup, NULL), 0);
	result = facts_parse(words, strlen(words), &profile, facts, err);
	pattern_free(profile.role_primary);
	pattern_free(profile.role_backup);
	return result;
}

static int parse(const char *words, struct facts *facts, struct error *err)
{
	return parse_as(words, PRIMARY, BACKUP, STAMP_ISO, facts, err);
}

static void a_whole_answer_is_understood(void **state)
{
	char first[] = "192.0.2.100", second[] = "192.0.2.101";
	char third[] = "192.0.2.102", fourth[] = "192.0.2.103";
	char *ips[] = {first, second, third, fourth, NULL};
	const struct word_list list = {ips, 4};
	CLEANUP(cleanup_facts) struct facts facts = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(
		parse(HEAD ADDRESSES
			"role 2026-01-31T12:34:30.500Z node1 heartbeatd[7]: info: " PRIMARY "\n"
			"service 0 heartbeatd\n"
			"service 3 nginx\n"
			"package hacluster-common 0:0.1.0-1 x86_64\n"
			"some chatter of a login script\n"
			"end\n",
			&facts, &err),
		0);
	assert_string_equal(facts.boot, "9a44a7f3-0693-467b-9174-e1d677619594:100000");
	assert_int_equal(facts.now_us - facts.booted_us, 60000000);
	assert_int_equal(facts.role, ROLE_PRIMARY);
	assert_int_equal(facts.user, 0);
	assert_int_equal(facts_count_addresses(&facts, &list), 3);
	assert_int_equal(facts.service_count, 2);
	assert_true(facts.services[0].active);
	assert_false(facts.services[1].active);
	assert_false(facts_services_active(&facts));
	assert_string_equal(facts.packages[0].evr, "0:0.1.0-1");
	assert_string_equal(facts.packages[0].arch, "x86_64");
}

static enum role role_of(const char *line)
{
	CLEANUP(cleanup_free) char *words = text_format(HEAD "role %s\nend\n", line);
	CLEANUP(cleanup_facts) struct facts facts = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(parse(words, &facts, &err), 0);
	return facts.role;
}

static void a_role_line_must_be_newer_than_the_boot(void **state)
{
	(void)state;
	assert_int_equal(role_of("2026-01-31T12:34:00.001Z n: " BACKUP), ROLE_BACKUP);
	assert_int_equal(role_of("2026-01-31T12:34:00.001Z n: " PRIMARY), ROLE_PRIMARY);
	assert_int_equal(role_of("2026-01-31T12:33:59.999Z n: " BACKUP), ROLE_UNKNOWN);
	assert_int_equal(role_of("Jan 31 12:34:30 n: " BACKUP), ROLE_UNKNOWN);
	assert_int_equal(role_of("2026-01-31T12:34:30.500 n: " BACKUP), ROLE_UNKNOWN);
	assert_int_equal(role_of("2026-01-31T12:34:30.500Z n: something else"), ROLE_UNKNOWN);
	assert_int_equal(role_of("2026-01-31T12:34:30.500Z n: " PRIMARY " " BACKUP), ROLE_UNKNOWN);
	assert_int_equal(role_of("2026-01-31T21:34:30,500+09:00 n: " BACKUP), ROLE_BACKUP);
	assert_int_equal(role_of("2026-01-31T12:34:30.500+0900 n: " BACKUP), ROLE_UNKNOWN);
	assert_int_equal(role_of("2026-01-31T12:36:00Z n: " BACKUP), ROLE_UNKNOWN);
	/* A whole second may have been any moment of it. */
	assert_int_equal(role_of("2026-01-31T12:34:00Z n: " BACKUP), ROLE_BACKUP);
	assert_int_equal(role_of("2026-01-31T12:33:59Z n: " BACKUP), ROLE_UNKNOWN);
}

static void expect_refusal(const char *words, const char *message)
{
	struct facts facts = {.user = 42};
	CLEANUP(error_release) struct error err = {0};

	assert_int_not_equal(parse(words, &facts, &err), 0);
	assert_non_null(strstr(error_text(&err), message));
	assert_int_equal(facts.user, 42);
}

static void what_is_missing_or_malformed_is_named(void **state)
{
	(void)state;
	expect_refusal("", "cut off before its end");
	expect_refusal(HEAD "service 0 heartbeatd\n", "cut off before its end");
	expect_refusal("end\n", "boot identity or user id is missing");
	expect_refusal("now -1\nend\n", "clock: '-1'");
	expect_refusal("init 1 (systemd) S 0\nend\n", "fewer than 22 fields");
	expect_refusal(HEAD "package only-a-name\nend\n", "a package without name");
	expect_refusal(HEAD "package caf\xe9 0:1-1 x86_64\nend\n",
		"the package \"caf\\xe9 0:1-1 x86_64\" has a byte that is no printable ASCII");
	expect_refusal(HEAD "deb a 1\t2 amd64 install ok installed\nend\n",
		"the package \"a 1\\x092 amd64 install ok installed\" has a byte that is no printable ASCII; remove it from the node");
	expect_refusal(HEAD "service 0\nend\n", "service without a name");
	expect_refusal(HEAD "deb x 1 amd64 install ok\nend\n",
		"a package without name, version, architecture and state");
	expect_refusal(HEAD "zone +0900\nend\n", "the time zone is not of the form");
	expect_refusal(HEAD "zone +0900 +09:00\nend\n", "the time zone is not of the form");
	expect_refusal("uptime 1 day\nend\n", "uptime: '1 day'");
}

static void expect_role(
	const char *form, const char *zone, const char *line, enum role role, const char *trouble)
{
	CLEANUP(cleanup_free) char *words = text_format(HEAD "%srole %s\nend\n", zone, line);
	CLEANUP(cleanup_facts) struct facts facts = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(
		parse_as(words, "MASTER|primary", "BACKUP|(sec|back)", form, &facts, &err), 0);
	assert_string_equal(facts.role_trouble, trouble);
	assert_int_equal(facts.role, role);
}

/* The clock says 2026-01-31 12:35:00 UTC, booted at 12:34:00. */
static void time_stamps_come_in_many_forms(void **state)
{
	static const char japan[] = "zone +0900 +0900\n", utc[] = "zone +0000 +0000\n";
	static const char older[] = "it is older than this boot";

	(void)state;
	expect_role(STAMP_SYSLOG, japan, "Jan 31 21:34:30 n x: MASTER", ROLE_PRIMARY, "");
	expect_role(STAMP_SYSLOG, japan, "Jan 31 12:34:30 n x: MASTER", ROLE_UNKNOWN, older);
	expect_role(STAMP_SYSLOG, utc, "Jan 31 12:34:30 n x: BACKUP", ROLE_BACKUP, "");
	/* Without a year the newest one that is not in the future. */
	expect_role(STAMP_SYSLOG, utc, "Nov  2 12:34:30 n x: BACKUP", ROLE_UNKNOWN, older);
	expect_role(STAMP_SYSLOG, utc, "Feb 29 12:34:30 n x: BACKUP", ROLE_UNKNOWN, older);
	expect_role(STAMP_SYSLOG, utc, "Jan 31 12:35:30 n x: BACKUP", ROLE_UNKNOWN,
		"it is later than the node's clock");
	expect_role(STAMP_SYSLOG, utc, "Feb 30 12:34:30 n x: BACKUP", ROLE_UNKNOWN,
		"no time was found in it (role_time in the profile says how to look)");
	/* As Heartbeat writes, somewhere in the line. */
	expect_role("%Y/%m/%d_%H:%M:%S", japan, "heartbeat[77]: 2026/01/31_21:34:30 info: primary",
		ROLE_PRIMARY, "");
	expect_role("%d.%m.%y %T", utc, "[31.01.26 12:34:30.25] back", ROLE_BACKUP, "");
	expect_role("%Y-%m-%d %H:%M:%S %z", utc, "2026-01-31 07:34:30.5 -0500 MASTER", ROLE_PRIMARY,
		"");
	/* What a command prints holds now. */
	expect_role(NULL, utc, "primary", ROLE_PRIMARY, "");
	expect_role(NULL, utc, "MASTER BACKUP", ROLE_UNKNOWN,
		"it matches both role_primary and role_backup");
	expect_role(NULL, utc, "slave", ROLE_UNKNOWN,
		"it matches neither role_primary nor role_backup");
}

/* Local time changed since the boot: near the boot it counts as it was then. */
static void summer_time_does_not_make_lines_newer(void **state)
{
	(void)state;
	expect_role(STAMP_SYSLOG, "zone +0200 +0100\n", "Jan 31 14:33:30 n MASTER", ROLE_UNKNOWN,
		"it is older than this boot");
	expect_role(
		STAMP_SYSLOG, "zone +0100 +0200\n", "Jan 31 13:34:30 n MASTER", ROLE_PRIMARY, "");
	expect_role(
		STAMP_SYSLOG, "zone +0100 +0200\n", "Jan 31 14:34:50 n MASTER", ROLE_PRIMARY, "");
}

static void packages_of_debian_must_be_whole(void **state)
{
	CLEANUP(cleanup_facts) struct facts facts = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(parse(HEAD "service 0 keepalived\n"
				    "extra 0 nginx\n"
				    "health 1 check_it\n"
				    "deb keepalived 1:2.2.7-1+b2 amd64 install ok installed\n"
				    "deb ipvsadm 1.31-1 amd64 hold ok installed\n"
				    "deb nginx 1.22.1-9 all install ok half-configured\n"
				    "deb broken 2 all install reinstreq half-installed\n"
				    "deb gone 1.0 amd64 deinstall ok config-files\n"
				    "deb never   unknown ok not-installed\n"
				    "end\n",
				 &facts, &err),
		0);
	assert_int_equal(facts.package_count, 4);
	assert_string_equal(facts.packages[0].evr, "1:2.2.7-1+b2");
	assert_string_equal(facts.packages[0].state, "");
	assert_string_equal(facts.packages[1].evr, "0:1.31-1");
	assert_string_equal(facts.packages[1].state, "");
	assert_string_equal(facts.packages[2].state, "half-configured");
	assert_string_equal(facts.packages[3].state, "reinstreq");
	assert_int_equal(facts.service_count, 3);
	assert_false(facts_services_active(&facts));
	assert_false(facts_own_stopped(&facts));
}

static void stopped_is_when_nothing_of_its_own_runs(void **state)
{
	static const struct {
		const char *words;
		bool stopped;
	} cases[] = {
		{"service 3 clusterserverd\nservice 3 cmcd\n", true},
		{"service 3 clusterserverd\nservice 0 cmcd\n", false},
		{"service 3 clusterserverd\nextra 0 nginx\n", true},
		{"extra 3 nginx\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(cleanup_free)
		char *words = text_format(HEAD "%send\n", cases[i].words);
		CLEANUP(cleanup_facts) struct facts facts = {0};

		assert_int_equal(parse(words, &facts, NULL), 0);
		assert_int_equal(facts_own_stopped(&facts), cases[i].stopped);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_answer_is_understood),
		cmocka_unit_test(a_role_line_must_be_newer_than_the_boot),
		cmocka_unit_test(time_stamps_come_in_many_forms),
		cmocka_unit_test(summer_time_does_not_make_lines_newer),
		cmocka_unit_test(packages_of_debian_must_be_whole),
		cmocka_unit_test(stopped_is_when_nothing_of_its_own_runs),
		cmocka_unit_test(what_is_missing_or_malformed_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
