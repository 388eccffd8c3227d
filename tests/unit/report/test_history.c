/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade history: which runs it tells, and which it says are missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "orchestrator/command/command.h"
#include "tests/unit/journal/journal_fixture.h"

/* What `haupgrade history [CLUSTER]` prints; owned. */
static char *tell(const char *folder, char *cluster, bool json, int wanted_status)
{
	struct screen *screen = NULL;
	const struct settings settings = {
		.process.state_folder = folder, .json = json, .screen = &screen};
	FILE *before = stdout;
	char *said = NULL;
	size_t length = 0;
	int status;

	stdout = open_memstream(&said, &length);
	assert_non_null(stdout);
	status = command_history.run(&settings, NULL, &cluster, cluster ? 1 : 0);
	fclose(stdout);
	stdout = before;
	if (status != wanted_status)
		fail_msg("exit status %d and not %d: %s", status, wanted_status, said);
	return said;
}

static void expect_words(const char *said, const char *words)
{
	if (!strstr(said, words))
		fail_msg("no \"%s\" in: %s", words, said);
}

static void begin_runs(const char *folder, int count)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(folder);

	for (int i = 0; i < count; i++)
		journal_fixture_begin(journal);
}

static void test_whole(void **state)
{
	CLEANUP(cleanup_free) char *said = NULL;

	begin_runs(*state, 3);
	said = tell(*state, NULL, false, EXIT_DONE);
	expect_words(said, "\n   3  upgrade");
	expect_words(said, "\n   1  upgrade");
	assert_null(strstr(said, "missing"));
}

/* The newest one, and one in the middle. */
static void test_missing(void **state)
{
	static char shop[] = "shop";
	CLEANUP(cleanup_free) char *said = NULL, *events = NULL, *of_shop = NULL;

	begin_runs(*state, 5);
	journal_fixture_alter(
		*state, "DELETE FROM line WHERE run IN (3, 5);DELETE FROM run WHERE id IN (3, 5)");
	said = tell(*state, NULL, false, EXIT_NO);
	expect_words(said, "\n   5  missing from the journal\n   4  upgrade");
	expect_words(said, "\n   3  missing from the journal\n   2  upgrade");
	events = tell(*state, NULL, true, EXIT_NO);
	expect_words(events, "\"run\":5,\"first\":5,\"result\":\"missing\"");
	/* The numbers between the runs of one cluster are those of others. */
	of_shop = tell(*state, shop, false, EXIT_DONE);
	assert_null(strstr(of_shop, "missing"));
}

static void test_all_missing(void **state)
{
	CLEANUP(cleanup_free) char *said = NULL;

	begin_runs(*state, 3);
	journal_fixture_alter(*state, "DELETE FROM line; DELETE FROM run");
	said = tell(*state, NULL, false, EXIT_NO);
	assert_string_equal(said, "   3  and down to 1 missing from the journal\n");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, journal_fixture_folder, journal_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole),
		TEST(test_missing),
		TEST(test_all_missing),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
