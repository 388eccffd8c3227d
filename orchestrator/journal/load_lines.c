/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the lines of one run: for reports, for requests, and whether anybody altered them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/journal/database.h"
#include "orchestrator/journal/load_run.h"
#include "orchestrator/journal/schema.h"

static char *column(sqlite3_stmt *statement, int place)
{
	const unsigned char *words = sqlite3_column_text(statement, place);

	return text_copy(words ? (const char *)words : "");
}

static const char *borrow(sqlite3_stmt *statement, int place)
{
	const unsigned char *words = sqlite3_column_text(statement, place);

	return words ? (const char *)words : "";
}

static int no_run(const struct journal *journal, int64_t run_id, struct error *err)
{
	return error_set(err, ENOENT, "%s: there is no run %lld", journal->path, (long long)run_id);
}

void journal_lines_free(struct journal_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(lines[i].kind);
		free(lines[i].name);
		free(lines[i].node);
		free(lines[i].text);
	}
	free(lines);
}

static enum journal_line_type line_type(const char *word)
{
	if (strcmp(word, "step") == 0)
		return JOURNAL_LINE_STEP;
	if (strcmp(word, "state") == 0)
		return JOURNAL_LINE_STATE;
	return strcmp(word, "request") == 0 ? JOURNAL_LINE_REQUEST : JOURNAL_LINE_NOTE;
}

static int load_lines(const struct journal *journal, int64_t run_id, struct journal_line **lines,
	size_t *count, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal,
		"SELECT wall_us, coalesce(step, -1),"
		" CASE WHEN type IN ('state', 'request') THEN type ELSE kind END, name, node,"
		" CASE WHEN type NOT IN ('state', 'request') THEN detail WHEN detail = '' THEN kind"
		" ELSE kind || ': ' || detail END, attempt, type, hash FROM line WHERE run = ?"
		" ORDER BY place",
		&statement, err);
	int code;

	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, run_id);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		sqlite3_int64 wall_us = sqlite3_column_int64(statement, 0);
		struct journal_line *line = VECTOR_APPEND(*lines, *count);

		*line = (struct journal_line){
			.wall_us = wall_us > 0 ? (uint64_t)wall_us : 0,
			.step = sqlite3_column_int64(statement, 1),
			.kind = column(statement, 2),
			.name = column(statement, 3),
			.node = column(statement, 4),
			.text = column(statement, 5),
			.attempt = (uint32_t)sqlite3_column_int64(statement, 6),
			.type = line_type(borrow(statement, 7)),
		};
		snprintf(line->hash, sizeof(line->hash), "%s", borrow(statement, 8));
	}
	if (code != SQLITE_DONE)
		return database_failed(journal, "read the events", err);
	/* Every run has at least its first state. */
	return *count ? 0 : no_run(journal, run_id, err);
}

int journal_run_lines(struct journal *journal, int64_t run_id, struct journal_line **lines,
	size_t *count, struct error *err)
{
	struct journal_line *read = NULL;
	size_t read_count = 0;
	int result;

	pthread_mutex_lock(&journal->mutex);
	result = load_lines(journal, run_id, &read, &read_count, err);
	pthread_mutex_unlock(&journal->mutex);
	if (result < 0) {
		journal_lines_free(read, read_count);
		return result;
	}
	*lines = read;
	*count = read_count;
	return 0;
}

static int read_request(const struct journal *journal, int64_t run_id, const char *what,
	bool *asked, char **who, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal,
		"SELECT detail FROM line WHERE run = ?1 AND type = 'request' AND kind = ?2"
		" AND id > (SELECT max(id) FROM line WHERE run = ?1 AND type = 'state'"
		"  AND kind = 'running') ORDER BY id LIMIT 1",
		&statement, err);
	int code;

	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, run_id);
	sqlite3_bind_text(statement, 2, what, -1, SQLITE_TRANSIENT);
	code = sqlite3_step(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return database_failed(journal, "look for requests", err);
	*asked = code == SQLITE_ROW;
	if (who)
		*who = *asked ? column(statement, 0) : NULL;
	return 0;
}

int journal_requested(struct journal *journal, int64_t run_id, const char *what, bool *asked,
	char **who, struct error *err)
{
	int result;

	pthread_mutex_lock(&journal->mutex);
	result = read_request(journal, run_id, what, asked, who, err);
	pthread_mutex_unlock(&journal->mutex);
	return result;
}

static int read_request_since(const struct journal *journal, const struct journal_record *record,
	const char *what, char **who, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal,
		"SELECT detail FROM line WHERE run = ?1 AND type = 'request' AND kind = ?2"
		" AND id > (SELECT max(id) FROM line WHERE run = ?1 AND hash = ?3)"
		" ORDER BY id LIMIT 1",
		&statement, err);
	int code;

	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, record->run_id);
	sqlite3_bind_text(statement, 2, what, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(statement, 3, record->seal, -1, SQLITE_TRANSIENT);
	code = sqlite3_step(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return database_failed(journal, "look for requests", err);
	*who = code == SQLITE_ROW ? column(statement, 0) : NULL;
	return 0;
}

int journal_requested_since(struct journal *journal, const struct journal_record *record,
	const char *what, char **who, struct error *err)
{
	int result;

	pthread_mutex_lock(&journal->mutex);
	result = read_request_since(journal, record, what, who, err);
	pthread_mutex_unlock(&journal->mutex);
	return result;
}

/* A run's own row: how its chain begins, and how it should end. */
struct ends {
	bool whole; /* the row is as it was written */
	bool late;
	int64_t lines;
	char head[JOURNAL_HASH_SIZE];
};

static int read_ends(
	const struct journal *journal, int64_t run_id, struct ends *ends, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal,
		"SELECT hash = chain(''," SCHEMA_RUN_FIELDS "), late, lines, head FROM run"
		" WHERE id = ?",
		&statement, err);
	int code;

	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, run_id);
	code = sqlite3_step(statement);
	if (code == SQLITE_DONE)
		return no_run(journal, run_id, err);
	if (code != SQLITE_ROW)
		return database_failed(journal, "read a run", err);
	ends->whole = sqlite3_column_int(statement, 0) != 0;
	ends->late = sqlite3_column_int(statement, 1) != 0;
	ends->lines = sqlite3_column_int64(statement, 2);
	snprintf(ends->head, sizeof(ends->head), "%s", borrow(statement, 3));
	return 0;
}

static void wrong(struct journal_chain *chain, size_t line, const char *what)
{
	chain->intact = false;
	chain->wrong_line = line;
	if (line)
		snprintf(chain->text, sizeof(chain->text), "line %zu was %s", line, what);
	else
		snprintf(chain->text, sizeof(chain->text), "%s", what);
}

/* Walks the lines up to the first wrong one; every line is hashed with the one before as stored. */
static int walk(const struct journal *journal, int64_t run_id, const struct ends *ends,
	struct journal_chain *chain, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal,
		"SELECT place, hash = chain(coalesce(lag(hash) OVER (ORDER BY place, id),"
		" (SELECT hash FROM run WHERE id = ?1))," SCHEMA_LINE_FIELDS "), hash"
		" FROM line WHERE run = ?1 ORDER BY place, id",
		&statement, err);
	int code;

	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, run_id);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		size_t line = ++chain->line_count;
		sqlite3_int64 place = sqlite3_column_int64(statement, 0);

		if (!chain->intact)
			continue; /* counted only */
		if (place > ends->lines || place < (sqlite3_int64)line)
			wrong(chain, line, "inserted");
		else if (place > (sqlite3_int64)line)
			wrong(chain, line, "removed");
		else if (!sqlite3_column_int(statement, 1))
			wrong(chain, line, "edited");
		else
			snprintf(chain->seal, sizeof(chain->seal), "%s", borrow(statement, 2));
	}
	return code == SQLITE_DONE ? 0 : database_failed(journal, "read the lines", err);
}

static int check_chain(const struct journal *journal, int64_t run_id, struct journal_chain *chain,
	struct error *err)
{
	struct ends ends = {0};
	int result = read_ends(journal, run_id, &ends, err);

	if (result < 0)
		return result;
	*chain = (struct journal_chain){.intact = true, .late = ends.late};
	if (!ends.whole)
		wrong(chain, 0, "what the run was begun with (its row) was edited");
	result = walk(journal, run_id, &ends, chain, err);
	if (result < 0 || !chain->intact)
		return result;
	if ((int64_t)chain->line_count < ends.lines)
		wrong(chain, chain->line_count + 1, "removed");
	else if (strcmp(chain->seal, ends.head) != 0)
		wrong(chain, chain->line_count, "edited");
	else
		snprintf(chain->text, sizeof(chain->text), "%zu lines, %s", chain->line_count,
			ends.late ? "unaltered since this haupgrade's format" : "none altered");
	return 0;
}

void journal_account_clear(struct journal_account *account)
{
	journal_record_clear(&account->record);
	journal_lines_free(account->lines, account->line_count);
	*account = (struct journal_account){0};
}

int journal_run_account(
	struct journal *journal, int64_t run_id, struct journal_account *account, struct error *err)
{
	struct journal_account read = {0};
	int result;

	pthread_mutex_lock(&journal->mutex);
	/* One view of both tables, while another process may be writing. */
	result = database_run(journal, "BEGIN", "read", err);
	if (result == 0) {
		result = load_run_record(journal, run_id, NULL, &read.record, err);
		if (result == 0)
			result = load_lines(
				journal, read.record.run_id, &read.lines, &read.line_count, err);
		if (result == 0)
			result = check_chain(journal, read.record.run_id, &read.chain, err);
		sqlite3_exec(journal->connection, "ROLLBACK", NULL, NULL, NULL);
	}
	pthread_mutex_unlock(&journal->mutex);
	if (result < 0)
		journal_account_clear(&read);
	else
		*account = read;
	return result;
}
