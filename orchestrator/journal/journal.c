/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing the journal: each call is one transaction of its own. */
#include "orchestrator/journal/journal.h"

#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/journal/database.h"
#include "orchestrator/journal/schema.h"

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
		[JOURNAL_ABORTED] = "aborted",
		[JOURNAL_ROLLED_BACK] = "rolled-back",
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

static int finish(const struct journal *journal, sqlite3_stmt *statement, const char *doing,
	struct error *err)
{
	if (sqlite3_step(statement) == SQLITE_DONE)
		return 0;
	return database_failed(journal, doing, err);
}

/* Runs a statement for one run. */
static int run_for(const struct journal *journal, const char *words, int64_t run_id,
	const char *doing, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal, words, &statement, err);

	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, run_id);
	return finish(journal, statement, doing, err);
}

static int insert_run(
	struct journal *journal, const struct journal_run *run, int64_t *run_id, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	const char *const words[] = {run->cluster, run->cluster_file, run->bundle,
		run->bundle_digest, run->profile, run->invoker, run->plan, run->options,
		plan_kind_name(run->kind)};
	const int count = sizeof(words) / sizeof(words[0]);
	int result = database_prepare(journal,
		"INSERT INTO run (begun_us, cluster, cluster_file, bundle, bundle_digest, profile,"
		" invoker, plan, options, kind, pid, of_run)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		&statement, err);

	if (result < 0)
		return result;
	bind_now(statement, 1);
	for (int i = 0; i < count; i++)
		bind_text(statement, 2 + i, words[i]);
	sqlite3_bind_int64(statement, 2 + count, run->pid);
	sqlite3_bind_int64(statement, 3 + count, run->of_run);
	result = finish(journal, statement, "begin a run", err);
	if (result < 0)
		return result;
	*run_id = sqlite3_last_insert_rowid(journal->connection);
	return run_for(journal, SCHEMA_SEAL_RUN, *run_id, "begin a run", err);
}

/* A row of the one table that keeps the order of everything. Borrowed words. */
struct row {
	const char *type; /* "step", "state", "note", "request" */
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
	static const char doing[] = "note an event";
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal,
		"INSERT INTO line (" SCHEMA_LINE_FIELDS ", hash) SELECT" SCHEMA_LINE_FIELDS
		", chain(head," SCHEMA_LINE_FIELDS ") FROM (SELECT id AS run, lines + 1 AS place,"
		" ?2 AS wall_us, ?3 AS type, ?4 AS step, ?5 AS kind, ?6 AS name, ?7 AS node,"
		" ?8 AS attempt, ?9 AS detail, head FROM run WHERE id = ?1)",
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
	result = finish(journal, statement, doing, err);
	if (result < 0)
		return result;
	if (!sqlite3_changes(journal->connection))
		return error_set(
			err, ENOENT, "%s: there is no run %lld", journal->path, (long long)run_id);
	return run_for(journal, SCHEMA_SEAL_LINE, run_id, doing, err);
}

/* Ends a transaction: keeps it when result is 0. */
static int end(const struct journal *journal, int result, const char *doing, struct error *err)
{
	if (result == 0)
		result = database_run(journal, "COMMIT", doing, err);
	if (result < 0)
		sqlite3_exec(journal->connection, "ROLLBACK", NULL, NULL, NULL);
	return result;
}

static int begin_run(
	struct journal *journal, const struct journal_run *run, int64_t *run_id, struct error *err)
{
	const struct row row = {
		.type = "state", .step = -1, .kind = journal_state_name(JOURNAL_RUNNING)};
	int64_t number = 0;
	int result = database_run(journal, "BEGIN IMMEDIATE", "begin a run", err);

	if (result < 0)
		return result;
	result = insert_run(journal, run, &number, err);
	if (result == 0)
		result = insert_row(journal, number, &row, err);
	result = end(journal, result, "begin a run", err);
	if (result == 0)
		*run_id = number;
	return result;
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
	result = database_run(journal, "BEGIN IMMEDIATE", "note an event", err);
	if (result == 0)
		result = end(journal, insert_row(journal, run_id, row, err), "note an event", err);
	pthread_mutex_unlock(&journal->mutex);
	return result;
}

int journal_run_state(struct journal *journal, int64_t run_id, enum journal_state state,
	const char *reason, struct error *err)
{
	const struct row row = {
		.type = "state", .step = -1, .kind = journal_state_name(state), .detail = reason};

	return write_row(journal, run_id, &row, err);
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

int journal_notes(struct journal *journal, int64_t run_id, const struct journal_words *notes,
	size_t count, struct error *err)
{
	int result;

	pthread_mutex_lock(&journal->mutex);
	result = database_run(journal, "BEGIN IMMEDIATE", "note an event", err);
	if (result == 0) {
		for (size_t i = 0; i < count && result == 0; i++) {
			const struct row row = {.type = "note",
				.step = -1,
				.kind = notes[i].kind,
				.detail = notes[i].text};

			result = insert_row(journal, run_id, &row, err);
		}
		result = end(journal, result, "note an event", err);
	}
	pthread_mutex_unlock(&journal->mutex);
	return result;
}

int journal_note(struct journal *journal, int64_t run_id, const char *kind, const char *text,
	struct error *err)
{
	const struct journal_words note = {kind, text};

	return journal_notes(journal, run_id, &note, 1, err);
}

int journal_request(struct journal *journal, int64_t run_id, const char *what, const char *who,
	struct error *err)
{
	const struct row row = {.type = "request", .step = -1, .kind = what, .detail = who};

	return write_row(journal, run_id, &row, err);
}
