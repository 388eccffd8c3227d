/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal's file. Write-ahead log with synchronous=FULL: each commit is one append and one
 * fsync, durable when it returns (a rollback journal needs synchronous=EXTRA and four syncs for
 * the same promise), and who only reads (`haupgrade status`) never holds up who writes. It needs a
 * local file system, which the journal's folder is.
 */
#include "orchestrator/journal/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/journal/chain.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/journal/schema.h"

#define BUSY_TIMEOUT_MS 5000

static const char set_up[] = "PRAGMA foreign_keys = ON;"
			     "PRAGMA trusted_schema = OFF;"
			     "PRAGMA synchronous = FULL;";

int database_failed(const struct journal *journal, const char *doing, struct error *err)
{
	int code = sqlite3_errcode(journal->connection);
	int number = sqlite3_system_errno(journal->connection);
	const char *said = sqlite3_errmsg(journal->connection);

	/* A full disk shows as one of many I/O errors when it is not the file itself that grows. */
	if (((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN) &&
		(number == ENOSPC || number == EDQUOT))
		code = SQLITE_FULL;
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(err, EBUSY,
			"%s: cannot %s: another process has held the journal for %d ms; wait for "
			"it, or see with `fuser` what it is",
			journal->path, doing, BUSY_TIMEOUT_MS);
	case SQLITE_FULL:
		return error_set(err, ENOSPC,
			"%s: cannot %s: the disk is full; make room, then resume the run",
			journal->path, doing);
	case SQLITE_READONLY:
		return error_set(err, EROFS,
			"%s: cannot %s: the file or its folder is read-only; the journal must be "
			"writable by the user who runs haupgrade",
			journal->path, doing);
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return error_set(err, EACCES,
			"%s: cannot %s: %s%s%s; check the owner and mode of the folder",
			journal->path, doing, said, number ? ": " : "",
			number ? strerror(number) : "");
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return error_set(err, EUCLEAN,
			"%s: cannot %s: %s. Move the file away to start a new journal; what the "
			"nodes have is seen by `haupgrade status`",
			journal->path, doing, said);
	default:
		return error_set(err, EIO, "%s: cannot %s: %s%s%s", journal->path, doing, said,
			number ? ": " : "", number ? strerror(number) : "");
	}
}

int database_run(
	const struct journal *journal, const char *statements, const char *doing, struct error *err)
{
	if (sqlite3_exec(journal->connection, statements, NULL, NULL, NULL) != SQLITE_OK)
		return database_failed(journal, doing, err);
	return 0;
}

int database_prepare(const struct journal *journal, const char *words, sqlite3_stmt **statement,
	struct error *err)
{
	if (sqlite3_prepare_v2(journal->connection, words, -1, statement, NULL) != SQLITE_OK)
		return database_failed(journal, "prepare a query", err);
	return 0;
}

static int ask_number(
	const struct journal *journal, const char *words, sqlite3_int64 *number, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal, words, &statement, err);

	if (result < 0)
		return result;
	if (sqlite3_step(statement) != SQLITE_ROW)
		return database_failed(journal, "read it", err);
	*number = sqlite3_column_int64(statement, 0);
	return 0;
}

static int check_owner(const struct journal *journal, sqlite3_int64 *version, struct error *err)
{
	sqlite3_int64 application, objects;
	int result = ask_number(journal, "PRAGMA application_id", &application, err);

	if (result == 0)
		result = ask_number(journal, "PRAGMA user_version", version, err);
	if (result == 0)
		result = ask_number(journal, "SELECT count(*) FROM sqlite_master", &objects, err);
	if (result < 0)
		return result;
	if (application == 0 && *version == 0 && objects == 0)
		return 0; /* new */
	if (application != SCHEMA_APPLICATION_ID)
		return error_set(err, EUCLEAN,
			"%s: this is a database of another program, no journal of haupgrade; move "
			"it "
			"away, or name another folder",
			journal->path);
	if (*version > JOURNAL_SCHEMA_VERSION)
		return error_set(err, EPROTONOSUPPORT,
			"%s: written by a newer haupgrade (format %lld, this one knows up to %d); "
			"use that haupgrade, or a newer one",
			journal->path, *version, JOURNAL_SCHEMA_VERSION);
	if (*version < 1)
		return error_set(err, EUCLEAN, "%s: format %lld is none", journal->path, *version);
	return 0;
}

/* Two processes may open a new or an old journal at once: one makes the tables or migrates, the
 * other sees what is done. */
static int make_tables(const struct journal *journal, struct error *err)
{
	sqlite3_int64 version = 0;
	int result = database_run(journal, "BEGIN IMMEDIATE", "begin to write", err);

	if (result < 0)
		return result;
	result = check_owner(journal, &version, err);
	if (result == 0 && version == 0)
		result = schema_make(journal, err);
	else if (result == 0 && version < JOURNAL_SCHEMA_VERSION)
		result = schema_migrate(journal, err);
	if (result == 0)
		result = database_run(journal, "COMMIT", "make its tables", err);
	if (result < 0)
		sqlite3_exec(journal->connection, "ROLLBACK", NULL, NULL, NULL);
	return result;
}

static int use_write_ahead_log(const struct journal *journal, struct error *err)
{
	CLEANUP(cleanup_statement) sqlite3_stmt *statement = NULL;
	int result = database_prepare(journal, "PRAGMA journal_mode = WAL", &statement, err);
	const unsigned char *mode;

	if (result < 0)
		return result;
	if (sqlite3_step(statement) != SQLITE_ROW)
		return database_failed(journal, "begin its write-ahead log", err);
	mode = sqlite3_column_text(statement, 0);
	if (!mode || strcmp((const char *)mode, "wal") != 0)
		return error_set(err, EROFS,
			"%s: no write-ahead log is possible here; the journal's folder must be "
			"writable and on a local disk",
			journal->path);
	return 0;
}

static int sync_folder(const char *folder, struct error *err)
{
	CLEANUP(cleanup_close) int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (descriptor < 0 || fsync(descriptor) < 0)
		return error_system(err, errno, "%s: cannot sync the folder", folder);
	return 0;
}

/*
 * SQLite would give the file the mode that the umask leaves; plans name hosts and users. A file
 * that is there is not opened: to close it would let go of the locks that this process may hold on
 * it already, in another connection (fcntl(2)).
 */
static int make_file(const char *path, struct error *err)
{
	CLEANUP(cleanup_close)
	int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat status;

	if (descriptor >= 0)
		return 0;
	if (errno == EEXIST && lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return error_set(err, EUCLEAN, "%s: not a regular file", path);
	if (errno == EEXIST && access(path, R_OK | W_OK) == 0)
		return 0;
	if (errno == EROFS)
		return error_set(err, EROFS, "%s: the file system is read-only", path);
	return error_system(err, errno, "%s: cannot open the journal for writing", path);
}

static int open_steps(const struct journal *journal, const char *folder, struct error *err)
{
	sqlite3_int64 version = 0;
	int result = database_run(journal, set_up, "set it up", err);

	/* Before anything is written: a foreign file stays as it is. */
	if (result == 0)
		result = check_owner(journal, &version, err);
	if (result == 0)
		result = use_write_ahead_log(journal, err);
	if (result == 0 && version < JOURNAL_SCHEMA_VERSION)
		result = make_tables(journal, err);
	return result < 0 ? result : sync_folder(folder, err);
}

int database_open(const char *folder, struct journal **result, struct error *err)
{
	CLEANUP(cleanup_journal) struct journal *journal = NULL;
	int outcome = file_make_folders(folder, 0700, err);

	if (outcome < 0)
		return outcome;
	journal = calloc(1, sizeof(*journal));
	if (!journal)
		return error_set(err, ENOMEM, "%s: no memory for the journal", folder);
	pthread_mutex_init(&journal->mutex, NULL);
	journal->path = text_format("%s/journal.db", folder);
	outcome = make_file(journal->path, err);
	if (outcome < 0)
		return outcome;
	if (sqlite3_open_v2(journal->path, &journal->connection, SQLITE_OPEN_READWRITE, NULL) !=
		SQLITE_OK)
		return database_failed(journal, "open the journal", err);
	sqlite3_extended_result_codes(journal->connection, 1);
	sqlite3_busy_timeout(journal->connection, BUSY_TIMEOUT_MS);
	if (chain_define(journal->connection) != SQLITE_OK)
		return database_failed(journal, "set it up", err);
	outcome = open_steps(journal, folder, err);
	if (outcome < 0)
		return outcome;
	*result = TAKE(journal);
	return 0;
}

void database_close(struct journal *journal)
{
	if (!journal)
		return;
	sqlite3_close(journal->connection);
	pthread_mutex_destroy(&journal->mutex);
	free(journal->path);
	free(journal);
}
