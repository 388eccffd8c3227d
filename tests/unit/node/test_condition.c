/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node says of its condition: read, and asked of this very machine. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/node/condition.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void expect_parsed(const char *said, size_t files, struct condition *condition)
{
	CLEANUP(error_release) struct error err = {0};

	if (condition_parse(said, strlen(said), files, condition, &err) < 0)
		fail_msg("%s", error_text(&err));
}

static void expect_refused(const char *said, const char *expected)
{
	struct condition condition = {.database_kib = 7};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(condition_parse(said, strlen(said), 1, &condition, &err), -EPROTO);
	if (!strstr(error_text(&err), expected))
		fail_msg("\"%s\" is not in \"%s\"", expected, error_text(&err));
	assert_int_equal(condition.database_kib, 7);
}

static void all_of_it_is_read(void **state)
{
	static const char said[] = "Welcome to node1\n"
				   "clock 1795384153987335901\n"
				   "space /dev/sda1   264212084 21851596  78485592      22% /\n"
				   "space /dev/my disk  1000 900  100  90% /usr local\n"
				   "space tmpfs 5 5 0 100% /boot\n"
				   "space none 300 200 100 67% /var/lib/rpm\n"
				   "inodes /dev/sda1   1000 400  600  40% /\n"
				   "inodes /dev/x - - - - /usr\n"
				   "inodes btrfs 0 0 0 - /boot\n"
				   "write yes\nwrite no\nwrite yes\nwrite yes\n"
				   "database 300\n"
				   "lock /var/lib/rpm/.rpm.lock 4711 dnf\n"
				   "process 4711 dnf\nprocess 4712 rpm\n"
				   "leftover /usr/bin/x;5f3a1b2c\n"
				   "job 12-5e3-install 99\n"
				   "route 192.0.2.100 192.0.2.100 dev eth0 src 192.0.2.11 uid 0\n"
				   "system degraded\n"
				   "failed nginx.service loaded failed failed Web\n"
				   "unit heartbeatd enabled\n"
				   "scheduled USEC=1 MODE=reboot \n"
				   "file 1 " DIGEST "\n"
				   "reboot /run/reboot-required is there\n"
				   "kernel 6.1.0 8000000 40000000\n"
				   "end\n";
	CLEANUP(cleanup_condition) struct condition condition = {0};
	CLEANUP(cleanup_free) char *list = NULL;

	(void)state;
	expect_parsed(said, 2, &condition);
	assert_true(condition.is_known);
	assert_int_equal(condition.now_us, 1795384153987335);
	assert_int_equal(condition.spaces[CONDITION_PUT].free_kib, 78485592);
	assert_string_equal(condition.spaces[CONDITION_PUT].mount, "/");
	assert_int_equal(condition.spaces[CONDITION_PUT].inodes, 1000);
	assert_int_equal(condition.spaces[CONDITION_PUT].inodes_free, 600);
	assert_int_equal(condition.spaces[CONDITION_SYSTEM].free_kib, 100);
	assert_string_equal(condition.spaces[CONDITION_SYSTEM].mount, "/usr local");
	assert_false(condition.spaces[CONDITION_SYSTEM].is_writable);
	assert_int_equal(condition.spaces[CONDITION_SYSTEM].inodes, 0);
	assert_int_equal(condition.spaces[CONDITION_BOOT].free_kib, 0);
	assert_int_equal(condition.spaces[CONDITION_DATABASE].free_kib, 100);
	assert_int_equal(condition.database_kib, 300);
	assert_string_equal(condition.system, "degraded");
	assert_int_equal(condition_count(&condition, CONDITION_PROCESS), 2);
	assert_string_equal(condition_words(&condition, CONDITION_PROCESS, 1), "4712 rpm");
	assert_null(condition_words(&condition, CONDITION_PROCESS, 2));
	list = condition_list(&condition, CONDITION_PROCESS, 1);
	assert_string_equal(list, "4711 dnf and 1 more");
	assert_string_equal(
		condition_words(&condition, CONDITION_SCHEDULED, 0), "USEC=1 MODE=reboot");
	assert_string_equal(condition.digests[0], "");
	assert_string_equal(condition.digests[1], DIGEST);
}

static void nonsense_is_refused(void **state)
{
	(void)state;
	expect_refused("", "cut off before its end");
	expect_refused("clock 1\n", "cut off before its end");
	expect_refused("end\n", "the clock is missing");
	expect_refused("clock soon\nend\n", "clock");
	expect_refused("clock 1\nspace /\nend\n", "df says something else");
	expect_refused("clock 1\nspace a b c d 5% /\nend\n", "free space");
	expect_refused("clock 1\ndatabase -1\nend\n", "size of the package database");
	expect_refused("clock 1\nfile 1 " DIGEST "\nend\n", "index");
	expect_refused("clock 1\nfile 0 xyz\nend\n", "a digest that is none");
	expect_refused("clock 1\nfile 0\nend\n", "a digest that is none");
	expect_refused("clock 1\nspace a 1 1 1 5% /\nspace a 1 1 1 5% /\nspace a 1 1 1 5% /\n"
		       "space a 1 1 1 5% /\nspace a 1 1 1 5% /\nend\n",
		"more file systems than were asked for");
}

static void there_is_an_end_to_it(void **state)
{
	CLEANUP(cleanup_text) struct text said = {0};
	struct condition condition = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	text_append(&said, "clock 1\n");
	for (size_t i = 0; i <= CONDITION_ITEMS_MAX; i++)
		text_appendf(&said, "failed u%zu\n", i);
	text_append(&said, "end\n");
	assert_int_equal(condition_parse(said.data, said.length, 0, &condition, &err), -EPROTO);
	assert_string_equal(error_text(&err), "more than 1024 items");
}

static void what_steers_terminals_is_shown(void **state)
{
	static const char said[] = "clock 1\nfailed a\033[2J\nend\n";
	CLEANUP(cleanup_condition) struct condition condition = {0};

	(void)state;
	expect_parsed(said, 0, &condition);
	assert_string_equal(condition_words(&condition, CONDITION_FAILED, 0), "a\\x1b[2J");
}

/* A cluster file beside the shipped profiles; owned. */
static struct cluster *load(const char *profile)
{
	CLEANUP(cleanup_free)
	char *profiles = text_format("%s/profiles", getenv("srcdir") ? getenv("srcdir") : ".");
	CLEANUP(cleanup_free)
	char *bytes = text_format(
		"cluster \"c\" {\nprofile = \"%s\"\nfloating_ips = {\"192.0.2.100\"}\n"
		"services = {\"no-such-service\"}\nfile \"/etc/passwd\" { source = \"x\" }\n"
		"file \"/nonexistent/x\" { source = \"x\" }\n"
		"node \"a\" { address = \"192.0.2.1\" }\nnode \"b\" { address = \"192.0.2.2\" }\n}\n",
		profile);
	CLEANUP(cleanup_problems) struct problems problems = {0};
	char path[] = "/tmp/haupgrade-condition-XXXXXX.conf";
	struct cluster *cluster = NULL;
	CLEANUP(error_release) struct error err = {0};
	int descriptor = mkstemps(path, 5);

	assert_true(descriptor >= 0);
	assert_int_equal(file_write_all(descriptor, bytes, strlen(bytes)), 0);
	close(descriptor);
	if (cluster_load(path, profiles, &cluster, &problems, &err) < 0)
		fail_msg("%s", problems.count ? problems.items[0].message : error_text(&err));
	unlink(path);
	return cluster;
}

/* The very script, by this machine's shell, which looks at no more than it would on a node. */
static void this_machine_answers(void **state)
{
	static const char *const profiles[] = {"hacluster", "keepalived"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		CLEANUP(cleanup_cluster) struct cluster *cluster = load(profiles[i]);
		CLEANUP(cleanup_condition) struct condition condition = {0};
		CLEANUP(cleanup_free) char *line = NULL;
		CLEANUP(cleanup_text) struct text said = {0};
		size_t count = cluster->files.count, length;
		char buffer[4096];
		CLEANUP(error_release) struct error err = {0};
		FILE *stream;

		assert_int_equal(
			condition_command(cluster, "/var/lib/haupgrade/bundles/none", &line, &err),
			0);
		stream = popen(line, "r");
		assert_non_null(stream);
		while ((length = fread(buffer, 1, sizeof(buffer), stream)) > 0)
			text_append_bytes(&said, buffer, length);
		assert_int_equal(pclose(stream), 0);
		expect_parsed(text_string(&said), count, &condition);
		for (int place = 0; place < CONDITION_PLACE_COUNT; place++) {
			assert_true(condition.spaces[place].is_known);
			assert_int_equal(condition.spaces[place].mount[0], '/');
		}
		assert_string_not_equal(condition.digests[count - 2], "");
		assert_string_equal(condition.digests[count - 1], "");
		assert_int_equal(condition_count(&condition, CONDITION_ROUTE), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_read),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(there_is_an_end_to_it),
		cmocka_unit_test(what_steers_terminals_is_shown),
		cmocka_unit_test(this_machine_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
