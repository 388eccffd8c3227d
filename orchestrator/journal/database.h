/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a journal is inside: a SQLite file, opened safely, its errors in words. For this room. */
#ifndef ORCHESTRATOR_JOURNAL_DATABASE_H
#define ORCHESTRATOR_JOURNAL_DATABASE_H

#include <pthread.h>

#include <sqlite3.h>

#include "lib/base/error.h"
#include "orchestrator/journal/journal.h"

/* One connection; mutex is held from the first statement of an operation to its last. */
struct journal {
	sqlite3 *connection;
	char *path;
	pthread_mutex_t mutex;
};

/* Opens FOLDER/journal.db, made with its tables when missing. See journal.h for the errors. */
int database_open(const char *folder, struct journal **journal, struct error *err);
void database_close(struct journal *journal);

/* Says in err what SQLite said last, as a failure of doing, and what to do about it. */
int database_failed(const struct journal *journal, const char *doing, struct error *err);

/* Runs statements without results. */
int database_run(const struct journal *journal, const char *statements, const char *doing,
	struct error *err);

/* *statement is owned: sqlite3_finalize. */
int database_prepare(const struct journal *journal, const char *words, sqlite3_stmt **statement,
	struct error *err);

static inline void cleanup_statement(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}

#endif
