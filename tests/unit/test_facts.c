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
#include "orchestrator/step/facts.h"

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
	"address 2: eth0    inet 192.0.2.100/24 scope global secondary eth0:cs0\n"

static int parse(const char *words, struct facts *facts, struct error *err)
{
	return facts_parse(words, strlen(words), PRIMARY, BACKUP, facts, err);
}

static void a_whole_answer_is_understood(void **state)
{
	char first[] = "192.0.2.100", second[] = "192.0.2.101";
	char *ips[] = {first, second, NULL};
	const struct profile_list list = {ips, 2};
	CLEANUP(cleanup_facts) struct facts facts = {0};
	struct error err = {0};

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
	assert_int_equal(facts_count_addresses(&facts, &list), 1);
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
	struct error err = {0};

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
}

static void expect_refusal(const char *words, const char *message)
{
	struct facts facts = {.user = 42};
	struct error err = {0};

	assert_int_not_equal(parse(words, &facts, &err), 0);
	assert_non_null(strstr(err.text, message));
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
	expect_refusal(HEAD "service 0\nend\n", "service without a name");
	expect_refusal("uptime 1 day\nend\n", "uptime: '1 day'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_answer_is_understood),
		cmocka_unit_test(a_role_line_must_be_newer_than_the_boot),
		cmocka_unit_test(what_is_missing_or_malformed_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
