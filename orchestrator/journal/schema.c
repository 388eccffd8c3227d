/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of a journal, and the way from those of an older one. */
#include "orchestrator/journal/schema.h"

#define QUOTE_(number) #number
#define QUOTE(number) QUOTE_(number)

static const char run_table[] = "CREATE TABLE run ("
				" id INTEGER PRIMARY KEY AUTOINCREMENT,"
				" begun_us INTEGER NOT NULL,"
				" cluster TEXT NOT NULL,"
				" cluster_file TEXT NOT NULL,"
				" bundle TEXT NOT NULL,"
				" bundle_digest TEXT NOT NULL,"
				" profile TEXT NOT NULL,"
				" invoker TEXT NOT NULL,"
				" pid INTEGER NOT NULL,"
				" plan TEXT NOT NULL);"
				"CREATE INDEX run_by_cluster ON run (cluster, id);";

/* What format 2 knows of a run besides. */
static const char run_columns[] =
	"ALTER TABLE run ADD COLUMN kind TEXT NOT NULL DEFAULT 'upgrade'"
	" CHECK (kind IN ('upgrade', 'rollback', 'bootstrap'));"
	"ALTER TABLE run ADD COLUMN of_run INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE run ADD COLUMN options TEXT NOT NULL DEFAULT '';"
	/* Its lines were given their hashes by a migration. */
	"ALTER TABLE run ADD COLUMN late INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE run ADD COLUMN hash TEXT NOT NULL DEFAULT '';"
	/* How many lines it has, and the newest one's hash: a line cut off its end shows. */
	"ALTER TABLE run ADD COLUMN lines INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE run ADD COLUMN head TEXT NOT NULL DEFAULT '';";

/* One table for all that happened, so that one counter keeps the order of writing: the clock on
 * the wall may be set back. */
static const char line_table[] =
	"CREATE TABLE line ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" run INTEGER NOT NULL REFERENCES run (id),"
	" place INTEGER NOT NULL," /* 1, 2, ... in its run */
	" wall_us INTEGER NOT NULL,"
	" type TEXT NOT NULL CHECK (type IN ('step', 'state', 'note', 'request')),"
	" step INTEGER CHECK ((type = 'step') = (step IS NOT NULL)),"
	" kind TEXT NOT NULL CHECK ("
	"  CASE type WHEN 'step' THEN kind IN ('intended', 'done', 'failed', 'refused')"
	"  WHEN 'state' THEN kind IN ('running', 'stopped', 'done', 'failed', 'aborted',"
	"   'rolled-back') ELSE 1 END),"
	" name TEXT NOT NULL,"
	" node TEXT NOT NULL,"
	" attempt INTEGER NOT NULL,"
	" detail TEXT NOT NULL,"
	" hash TEXT NOT NULL);"
	"CREATE UNIQUE INDEX line_by_place ON line (run, place);"
	"CREATE INDEX line_by_step ON line (run, type, step, id);";

static const char marks[] = "PRAGMA application_id = " QUOTE(
	SCHEMA_APPLICATION_ID) ";"
			       "PRAGMA user_version = " QUOTE(JOURNAL_SCHEMA_VERSION) ";";

int schema_make(const struct journal *journal, struct error *err)
{
	const char *const parts[] = {run_table, run_columns, line_table, marks};
	int result = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && result == 0; i++)
		result = database_run(journal, parts[i], "make its tables", err);
	return result;
}

/* Runs a prepared statement for one number and makes it ready for the next one. */
static int run_for(const struct journal *journal, sqlite3_stmt *statement, sqlite3_int64 number,
	struct error *err)
{
	sqlite3_bind_int64(statement, 1, number);
	if (sqlite3_step(statement) != SQLITE_DONE)
		return database_failed(journal, "bring it to the new format", err);
	sqlite3_reset(statement);
	return 0;
}

static int migrate_runs(const struct journal *journal, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *runs = NULL;
	CLEANUP(cleanup_statement) sqlite3_stmt *seal = NULL;
	int result = database_prepare(journal, "SELECT id FROM run", &runs, err);
	int code = SQLITE_DONE;

	if (result == 0)
		result = database_prepare(journal, SCHEMA_SEAL_RUN, &seal, err);
	while (result == 0 && (code = sqlite3_step(runs)) == SQLITE_ROW)
		result = run_for(journal, seal, sqlite3_column_int64(runs, 0), err);
	if (result < 0)
		return result;
	return code == SQLITE_DONE ? 0 : database_failed(journal, "read its runs", err);
}

static int migrate_lines(const struct journal *journal, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *lines = NULL;
	CLEANUP(cleanup_statement) sqlite3_stmt *copy = NULL;
	CLEANUP(cleanup_statement) sqlite3_stmt *seal = NULL;
	int result =
		database_prepare(journal, "SELECT id, run FROM line_1 ORDER BY id", &lines, err);
	int code = SQLITE_DONE;

	if (result == 0)
		result = database_prepare(journal,
			"INSERT INTO line (id," SCHEMA_LINE_FIELDS
			", hash) SELECT id," SCHEMA_LINE_FIELDS ", chain(head," SCHEMA_LINE_FIELDS
			") FROM ("
			"SELECT line_1.*, run.lines + 1 AS place, run.head AS head FROM line_1"
			" JOIN run ON run.id = line_1.run WHERE line_1.id = ?1)",
			&copy, err);
	if (result == 0)
		result = database_prepare(journal, SCHEMA_SEAL_LINE, &seal, err);
	while (result == 0 && (code = sqlite3_step(lines)) == SQLITE_ROW) {
		result = run_for(journal, copy, sqlite3_column_int64(lines, 0), err);
		if (result == 0)
			result = run_for(journal, seal, sqlite3_column_int64(lines, 1), err);
	}
	if (result < 0)
		return result;
	return code == SQLITE_DONE ? 0 : database_failed(journal, "read its lines", err);
}

int schema_migrate(const struct journal *journal, struct error *err)
{
	static const char doing[] = "bring it to the new format";
	int result = database_run(journal, run_columns, doing, err);

	/* A plan is compact JSON, in whose strings a quote would have a backslash before it. */
	if (result == 0)
		result = database_run(journal,
			"UPDATE run SET late = 1;"
			"UPDATE run SET kind = 'bootstrap'"
			" WHERE instr(plan, '\"kind\":\"bootstrap\"') > 0;"
			"DROP INDEX line_by_step;"
			"ALTER TABLE line RENAME TO line_1;",
			doing, err);
	if (result == 0)
		result = database_run(journal, line_table, doing, err);
	if (result == 0)
		result = migrate_runs(journal, err);
	if (result == 0)
		result = migrate_lines(journal, err);
	if (result == 0)
		result = database_run(journal, "DROP TABLE line_1", doing, err);
	return result < 0 ? result : database_run(journal, marks, doing, err);
}
