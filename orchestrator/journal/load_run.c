/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the journal: the journal_* functions that give runs and steps back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/journal/database.h"
#include "orchestrator/journal/load_run.h"

static char *column(sqlite3_stmt *statement, int place)
{
	const unsigned char *words = sqlite3_column_text(statement, place);

	return text_copy(words ? (const char *)words : "");
}

static uint64_t column_time(sqlite3_stmt *statement, int place)
{
	sqlite3_int64 time = sqlite3_column_int64(statement, place);

	return time > 0 ? (uint64_t)time : 0;
}

static void step_clear(struct journal_step *step)
{
	free(step->name);
	free(step->node);
	free(step->detail);
}

void journal_record_clear(struct journal_record *record)
{
	for (size_t i = 0; i < record->step_count; i++)
		step_clear(&record->steps[i]);
	free(record->steps);
	free(record->reason);
	free(record->cluster);
	free(record->cluster_file);
	free(record->bundle);
	free(record->bundle_digest);
	free(record->profile);
	free(record->invoker);
	free(record->plan);
	free(record->options);
	*record = (struct journal_record){0};
}

void journal_list_free(struct journal_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		journal_record_clear(&records[i]);
	free(records);
}

static int bad_word(const struct journal *journal, const char *word, struct error *err)
{
	return error_set(err, EUCLEAN,
		"%s: \"%.40s\" is neither a state nor a kind of event; the file is damaged",
		journal->path, word);
}

static int read_state(const struct journal *journal, sqlite3_stmt *statement, int place,
	enum journal_state *state, struct error *err)
{
	CLEANUP(cleanup_free) char *word = column(statement, place);

	for (enum journal_state each = JOURNAL_RUNNING; each < JOURNAL_STATE_COUNT; each++) {
		if (text_equal(word, journal_state_name(each))) {
			*state = each;
			return 0;
		}
	}
	return bad_word(journal, word, err);
}

static int read_kind(const struct journal *journal, sqlite3_stmt *statement, int place,
	enum journal_kind *kind, struct error *err)
{
	CLEANUP(cleanup_free) char *word = column(statement, place);

	for (enum journal_kind each = JOURNAL_INTENDED; each <= JOURNAL_REFUSED; each++) {
		if (text_equal(word, journal_kind_name(each))) {
			*kind = each;
			return 0;
		}
	}
	return bad_word(journal, word, err);
}

static int read_run_kind(const struct journal *journal, sqlite3_stmt *statement, int place,
	enum plan_kind *kind, struct error *err)
{
	CLEANUP(cleanup_free) char *word = column(statement, place);
	const enum plan_kind read = plan_kind_of(word);

	if (read == PLAN_KIND_COUNT)
		return bad_word(journal, word, err);
	*kind = read;
	return 0;
}

static void read_hash(sqlite3_stmt *statement, int place, char hash[JOURNAL_HASH_SIZE])
{
	const unsigned char *words = sqlite3_column_text(statement, place);

	snprintf(hash, JOURNAL_HASH_SIZE, "%s", words ? (const char *)words : "");
}

/* The columns that read_run expects; a run without a state is one nobody could have written. */
#define RUN_COLUMNS                                                                      \
	"SELECT run.id, run.begun_us, state.wall_us, state.kind, state.detail, cluster," \
	" cluster_file, bundle, bundle_digest, profile, invoker, pid, plan, run.kind,"   \
	" of_run, options, head FROM run"                                                \
	" JOIN line AS state ON state.id = (SELECT max(last.id) FROM line AS last"       \
	"  WHERE last.run = run.id AND last.type = 'state')"

static int read_run(const struct journal *journal, sqlite3_stmt *statement, bool with_plan,
	struct journal_record *record, struct error *err)
{
	int result = read_state(journal, statement, 3, &record->state, err);

	if (result == 0)
		result = read_run_kind(journal, statement, 13, &record->kind, err);
	if (result < 0)
		return result;
	record->run_id = sqlite3_column_int64(statement, 0);
	record->begun_wall_us = column_time(statement, 1);
	record->changed_wall_us = column_time(statement, 2);
	record->reason = column(statement, 4);
	record->cluster = column(statement, 5);
	record->cluster_file = column(statement, 6);
	record->bundle = column(statement, 7);
	record->bundle_digest = column(statement, 8);
	record->profile = column(statement, 9);
	record->invoker = column(statement, 10);
	record->pid = sqlite3_column_int64(statement, 11);
	record->plan = with_plan ? column(statement, 12) : text_copy("");
	record->of_run = sqlite3_column_int64(statement, 14);
	record->options = column(statement, 15);
	read_hash(statement, 16, record->seal);
	return 0;
}

static int none(
	const struct journal *journal, int64_t run_id, const char *cluster, struct error *err)
{
	if (run_id)
		return error_set(
			err, ENOENT, "%s: there is no run %lld", journal->path, (long long)run_id);
	if (cluster)
		return error_set(
			err, ENOENT, "%s: there is no run of cluster %s", journal->path, cluster);
	return error_set(err, ENOENT, "%s: there is no run yet", journal->path);
}

static int load_run(const struct journal *journal, int64_t run_id, const char *cluster,
	struct journal_record *record, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal,
		RUN_COLUMNS " WHERE (?1 = 0 OR run.id = ?1) AND (?1 != 0 OR ?2 IS NULL OR"
			    " cluster = ?2) ORDER BY run.id DESC LIMIT 1",
		&statement, err);
	int code;

	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, run_id);
	sqlite3_bind_text(statement, 2, cluster, -1, SQLITE_TRANSIENT);
	code = sqlite3_step(statement);
	if (code == SQLITE_DONE)
		return none(journal, run_id, cluster, err);
	if (code != SQLITE_ROW)
		return database_failed(journal, "read a run", err);
	return read_run(journal, statement, true, record, err);
}

static int read_step(const struct journal *journal, sqlite3_stmt *statement,
	struct journal_record *record, struct error *err)
{
	enum journal_kind kind = JOURNAL_INTENDED;
	int result = read_kind(journal, statement, 3, &kind, err);

	if (result < 0)
		return result;
	*VECTOR_APPEND(record->steps, record->step_count) = (struct journal_step){
		.step = (uint32_t)sqlite3_column_int64(statement, 0),
		.name = column(statement, 1),
		.node = column(statement, 2),
		.kind = kind,
		.attempt = (uint32_t)sqlite3_column_int64(statement, 4),
		.detail = column(statement, 5),
		.wall_us = column_time(statement, 6),
		.begun_wall_us = column_time(statement, 7),
	};
	return 0;
}

static int load_steps(
	const struct journal *journal, struct journal_record *record, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal,
		"SELECT step, name, node, kind, attempt, detail, wall_us,"
		" (SELECT begun.wall_us FROM line AS begun WHERE begun.run = line.run"
		"  AND begun.type = 'step' AND begun.step = line.step AND begun.kind = 'intended'"
		"  AND begun.id <= line.id AND begun.id > (SELECT max(id) FROM line AS sitting"
		"   WHERE sitting.run = line.run AND sitting.type = 'state'"
		"   AND sitting.kind = 'running' AND sitting.id < line.id)"
		"  ORDER BY begun.id LIMIT 1)"
		" FROM line WHERE id IN (SELECT max(id) FROM line WHERE run = ?"
		"  AND type = 'step' GROUP BY step) ORDER BY step",
		&statement, err);
	int code = SQLITE_DONE;

	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, record->run_id);
	while (result == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW)
		result = read_step(journal, statement, record, err);
	if (result < 0)
		return result;
	return code == SQLITE_DONE ? 0 : database_failed(journal, "read the steps", err);
}

int load_run_record(const struct journal *journal, int64_t run_id, const char *cluster,
	struct journal_record *record, struct error *err)
{
	int result = load_run(journal, run_id, cluster, record, err);

	return result < 0 ? result : load_steps(journal, record, err);
}

int journal_run_load(struct journal *journal, int64_t run_id, const char *cluster,
	struct journal_record *record, struct error *err)
{
	struct journal_record read = {0};
	int result;

	pthread_mutex_lock(&journal->mutex);
	/* One view of both tables, while another process may be writing. */
	result = database_run(journal, "BEGIN", "read", err);
	if (result == 0) {
		result = load_run_record(journal, run_id, cluster, &read, err);
		sqlite3_exec(journal->connection, "ROLLBACK", NULL, NULL, NULL);
	}
	pthread_mutex_unlock(&journal->mutex);
	if (result < 0)
		journal_record_clear(&read);
	else
		*record = read;
	return result;
}

static int load_list(const struct journal *journal, const char *cluster, size_t limit,
	struct journal_record **records, size_t *count, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal,
		RUN_COLUMNS " WHERE ?1 IS NULL OR cluster = ?1 ORDER BY run.id DESC LIMIT ?2",
		&statement, err);
	int code = SQLITE_DONE;

	if (result < 0)
		return result;
	sqlite3_bind_text(statement, 1, cluster, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)(limit ? limit : 100));
	while (result == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct journal_record *record = VECTOR_APPEND(*records, *count);

		result = read_run(journal, statement, false, record, err);
	}
	if (result < 0)
		return result;
	return code == SQLITE_DONE ? 0 : database_failed(journal, "read the runs", err);
}

int journal_run_list(struct journal *journal, const char *cluster, size_t limit,
	struct journal_record **records, size_t *count, struct error *err)
{
	struct journal_record *read = NULL;
	size_t read_count = 0;
	int result;

	pthread_mutex_lock(&journal->mutex);
	result = load_list(journal, cluster, limit, &read, &read_count, err);
	pthread_mutex_unlock(&journal->mutex);
	if (result < 0) {
		journal_list_free(read, read_count);
		return result;
	}
	*records = read;
	*count = read_count;
	return 0;
}

int journal_highest_run(struct journal *journal, int64_t *run_id, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result, code;

	pthread_mutex_lock(&journal->mutex);
	result = database_prepare(
		journal, "SELECT seq FROM sqlite_sequence WHERE name = 'run'", &statement, err);
	if (result == 0) {
		code = sqlite3_step(statement);
		*run_id = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
		if (code != SQLITE_ROW && code != SQLITE_DONE)
			result = database_failed(journal, "read the highest number of a run", err);
	}
	pthread_mutex_unlock(&journal->mutex);
	return result;
}
