/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Journals for tests, each in a temporary folder. */
#include "tests/unit/journal/journal_fixture.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

int journal_fixture_folder(void **state)
{
	char folder[] = "/tmp/haupgrade-journal.XXXXXX";

	*state = mkdtemp(folder) ? text_copy(folder) : NULL;
	return *state ? 0 : -1;
}

int journal_fixture_remove(void **state)
{
	int result = nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return result;
}

const struct journal_run *journal_fixture_run(void)
{
	static const struct journal_run run_of_shop = {
		.cluster = "shop",
		.cluster_file = "/etc/haupgrade/shop.conf",
		.bundle = "/srv/bundle-2",
		.bundle_digest = "0123abcd",
		.profile = "hacluster",
		.invoker = "root@admin",
		.pid = 4711,
		.plan = "{\"steps\":[]}",
	};

	return &run_of_shop;
}

struct journal *journal_fixture_open(const char *folder)
{
	struct journal *journal = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (journal_open(folder, &journal, &err) < 0)
		fail_msg("%s", error_text(&err));
	return journal;
}

int64_t journal_fixture_begin(struct journal *journal)
{
	CLEANUP(error_release) struct error err = {0};
	int64_t run_id = 0;

	if (journal_run_begin(journal, journal_fixture_run(), &run_id, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_true(run_id > 0);
	return run_id;
}

void journal_fixture_add(struct journal *journal, int64_t run_id, uint32_t step,
	enum journal_kind kind, const char *detail)
{
	const struct journal_event event = {
		.step = step,
		.name = "install",
		.node = "web1",
		.kind = kind,
		.attempt = 2,
		.detail = detail,
	};
	CLEANUP(error_release) struct error err = {0};

	if (journal_step_event(journal, run_id, &event, &err) < 0)
		fail_msg("%s", error_text(&err));
}

void journal_fixture_alter(const char *folder, const char *statements)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/journal.db", folder);
	sqlite3 *connection = NULL;

	assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
	if (sqlite3_exec(connection, statements, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(connection));
	sqlite3_close(connection);
}
