/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing the journal: each call is one transaction of its own. */
#include "orchestrator/journal/journal.h"

#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/journal/database.h"

int journal_open(const char *folder, struct journal **journal, struct error *err)
{
	return database_open(folder, journal, err);
}

void journal_free(struct journal *journal)
{
	database_close(journal);
}

const char *journal_state_name(enum journal_state state)
{
	static const char *const names[] = {
		[JOURNAL_RUNNING] = "running",
		[JOURNAL_STOPPED] = "stopped",
		[JOURNAL_DONE] = "done",
		[JOURNAL_FAILED] = "failed",
	};

	return names[state];
}

const char *journal_kind_name(enum journal_kind kind)
{
	static const char *const names[] = {
		[JOURNAL_INTENDED] = "intended",
		[JOURNAL_STEP_DONE] = "done",
		[JOURNAL_STEP_FAILED] = "failed",
		[JOURNAL_REFUSED] = "refused",
	};

	return names[kind];
}

static void bind_text(sqlite3_stmt *statement, int place, const char *words)
{
	/* A failed bind leaves NULL, which the NOT NULL of the column refuses. */
	sqlite3_bind_text(statement, place, words ? words : "", -1, SQLITE_TRANSIENT);
}

static void bind_now(sqlite3_stmt *statement, int place)
{
	sqlite3_bind_int64(statement, place, (sqlite3_int64)clock_wall_us());
}

static int finish(const struct journal *journal, sqlite3_stmt *statement, int64_t run_id,
	const char *doing, struct error *err)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_DONE)
		return 0;
	if (sqlite3_extended_errcode(journal->connection) == SQLITE_CONSTRAINT_FOREIGNKEY)
		return error_set(
			err, ENOENT, "%s: there is no run %lld", journal->path, (long long)run_id);
	return database_failed(journal, doing, err);
}

static int insert_run(struct journal *journal, const struct journal_run *run, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	const char *const words[] = {run->cluster, run->cluster_file, run->bundle,
		run->bundle_digest, run->profile, run->invoker};
	const int count = sizeof(words) / sizeof(words[0]);
	int result = database_prepare(journal,
		"INSERT INTO run (begun_us, cluster, cluster_file, bundle, bundle_digest, profile,"
		" invoker, pid, plan) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		&statement, err);

	if (result < 0)
		return result;
	bind_now(statement, 1);
	for (int i = 0; i < count; i++)
		bind_text(statement, 2 + i, words[i]);
	sqlite3_bind_int64(statement, 2 + count, run->pid);
	bind_text(statement, 3 + count, run->plan);
	return finish(journal, statement, 0, "begin a run", err);
}

/* A row of the one table that keeps the order of everything. Borrowed words. */
struct row {
	const char *type; /* "step", "state", "note" */
	int64_t step;	  /* -1: none */
	const char *kind;
	const char *name;
	const char *node;
	uint32_t attempt;
	const char *detail;
};

static int insert_row(
	struct journal *journal, int64_t run_id, const struct row *row, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal,
		"INSERT INTO line (run, wall_us, type, step, kind, name, node, attempt, detail)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		&statement, err);

	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, run_id);
	bind_now(statement, 2);
	bind_text(statement, 3, row->type);
	if (row->step >= 0)
		sqlite3_bind_int64(statement, 4, row->step);
	bind_text(statement, 5, row->kind);
	bind_text(statement, 6, row->name);
	bind_text(statement, 7, row->node);
	sqlite3_bind_int64(statement, 8, row->attempt);
	bind_text(statement, 9, row->detail);
	return finish(journal, statement, run_id, "note an event", err);
}

static int insert_state(struct journal *journal, int64_t run_id, enum journal_state state,
	const char *reason, struct error *err)
{
	const struct row row = {
		.type = "state", .step = -1, .kind = journal_state_name(state), .detail = reason};

	return insert_row(journal, run_id, &row, err);
}

static int begin_run(
	struct journal *journal, const struct journal_run *run, int64_t *run_id, struct error *err)
{
	int64_t number = 0;
	int result = database_run(journal, "BEGIN IMMEDIATE", "begin a run", err);

	if (result < 0)
		return result;
	result = insert_run(journal, run, err);
	if (result == 0) {
		number = sqlite3_last_insert_rowid(journal->connection);
		result = insert_state(journal, number, JOURNAL_RUNNING, NULL, err);
	}
	if (result == 0)
		result = database_run(journal, "COMMIT", "begin a run", err);
	if (result < 0) {
		sqlite3_exec(journal->connection, "ROLLBACK", NULL, NULL, NULL);
		return result;
	}
	*run_id = number;
	return 0;
}

int journal_run_begin(
	struct journal *journal, const struct journal_run *run, int64_t *run_id, struct error *err)
{
	int result;

	pthread_mutex_lock(&journal->mutex);
	result = begin_run(journal, run, run_id, err);
	pthread_mutex_unlock(&journal->mutex);
	return result;
}

static int write_row(
	struct journal *journal, int64_t run_id, const struct row *row, struct error *err)
{
	int result;

	pthread_mutex_lock(&journal->mutex);
	result = insert_row(journal, run_id, row, err);
	pthread_mutex_unlock(&journal->mutex);
	return result;
}

int journal_run_state(struct journal *journal, int64_t run_id, enum journal_state state,
	const char *reason, struct error *err)
{
	int result;

	pthread_mutex_lock(&journal->mutex);
	result = insert_state(journal, run_id, state, reason, err);
	pthread_mutex_unlock(&journal->mutex);
	return result;
}

int journal_step_event(struct journal *journal, int64_t run_id, const struct journal_event *event,
	struct error *err)
{
	const struct row row = {
		.type = "step",
		.step = event->step,
		.kind = journal_kind_name(event->kind),
		.name = event->name,
		.node = event->node,
		.attempt = event->attempt,
		.detail = event->detail,
	};

	return write_row(journal, run_id, &row, err);
}

int journal_note(struct journal *journal, int64_t run_id, const char *kind, const char *text,
	struct error *err)
{
	const struct row row = {.type = "note", .step = -1, .kind = kind, .detail = text};

	return write_row(journal, run_id, &row, err);
}
