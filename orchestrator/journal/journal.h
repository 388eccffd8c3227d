/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was intended and what was observed, kept through kill -9 and power loss: SQLite in
 * FOLDER/journal.db. Whatever a function here wrote is on the disk before it returns 0.
 *
 * A journal may be used by several threads at once, and by several processes: one upgrades, others
 * read. Errors: -EBUSY another process held the file longer than 5 s, -ENOSPC disk full, -EROFS
 * read-only, -EACCES, -EUCLEAN the file is damaged or no journal of ours, -EPROTONOSUPPORT written
 * by a newer haupgrade, -ENOENT no such run, -EINVAL, -EIO.
 */
#ifndef ORCHESTRATOR_JOURNAL_JOURNAL_H
#define ORCHESTRATOR_JOURNAL_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

/* Kept in the file (PRAGMA user_version). */
#define JOURNAL_SCHEMA_VERSION 1

struct journal;

/* Opens or makes the journal in folder, which is made with mode 0700 when missing. */
int journal_open(const char *folder, struct journal **journal, struct error *err);
void journal_free(struct journal *journal);
CLEANUP_DEFINE(journal);

enum journal_state {
	JOURNAL_RUNNING, /* a process works on it, or died doing so: see journal_lock */
	JOURNAL_STOPPED, /* safely; may be resumed */
	JOURNAL_DONE,
	JOURNAL_FAILED,
};

enum journal_kind {
	JOURNAL_INTENDED, /* perhaps begun: observe before acting */
	JOURNAL_STEP_DONE,
	JOURNAL_STEP_FAILED,
	JOURNAL_REFUSED, /* not begun, for a reason in the detail */
};

/* "running", "stopped", "done", "failed". */
const char *journal_state_name(enum journal_state state);
/* "intended", "done", "failed", "refused". */
const char *journal_kind_name(enum journal_kind kind);

/* What a run is about. All borrowed; NULL counts as "". */
struct journal_run {
	const char *cluster;
	const char *cluster_file;
	const char *bundle;
	const char *bundle_digest; /* sha256 over the sorted package digests */
	const char *profile;
	const char *invoker; /* user@host */
	int64_t pid;
	const char *plan; /* JSON */
};

/* *run_id > 0, growing. The run's state is JOURNAL_RUNNING. */
int journal_run_begin(
	struct journal *journal, const struct journal_run *run, int64_t *run_id, struct error *err);

/* reason may be NULL. Each change is also kept with its time. */
int journal_run_state(struct journal *journal, int64_t run_id, enum journal_state state,
	const char *reason, struct error *err);

/* Plain data, borrowed; NULL counts as "". */
struct journal_event {
	uint32_t step; /* index in the plan */
	const char *name;
	const char *node;
	enum journal_kind kind;
	uint32_t attempt;
	const char *detail; /* the evidence, or what went wrong */
};

int journal_step_event(struct journal *journal, int64_t run_id, const struct journal_event *event,
	struct error *err);

/* Free words beside the steps; kind is one short word of the caller's ("probe", "resumed"). */
int journal_note(struct journal *journal, int64_t run_id, const char *kind, const char *text,
	struct error *err);

/* The newest event of one step. Owned by its record. */
struct journal_step {
	uint32_t step;
	uint32_t attempt;
	enum journal_kind kind;
	char *name;
	char *node;
	char *detail;
	uint64_t wall_us;
	/* When its first event of this run was written: the step's beginning. */
	uint64_t first_wall_us;
};

/* Owned strings, never NULL after a load. Start as {0}; release with journal_record_clear. */
struct journal_record {
	int64_t run_id;
	enum journal_state state;
	char *reason;
	uint64_t begun_wall_us;
	uint64_t changed_wall_us; /* the newest change of state */
	char *cluster;
	char *cluster_file;
	char *bundle;
	char *bundle_digest;
	char *profile;
	char *invoker;
	int64_t pid;
	char *plan;		    /* "" in a list */
	struct journal_step *steps; /* by step index; only steps with events; none in a list */
	size_t step_count;
};

void journal_record_clear(struct journal_record *record);
static inline void cleanup_journal_record(struct journal_record *record)
{
	journal_record_clear(record);
}

/*
 * run_id 0: the newest run, of that cluster when cluster is not NULL. With a run_id, cluster is
 * not looked at. -ENOENT when there is none.
 */
int journal_run_load(struct journal *journal, int64_t run_id, const char *cluster,
	struct journal_record *record, struct error *err);

/* Newest first, at most limit (0: 100). *records is owned: journal_list_free. */
int journal_run_list(struct journal *journal, const char *cluster, size_t limit,
	struct journal_record **records, size_t *count, struct error *err);
void journal_list_free(struct journal_record *records, size_t count);

/* Every event and note of a run in the order of writing, for reports. */
struct journal_line {
	uint64_t wall_us;
	int64_t step; /* -1: a note or a change of the run's state */
	char *kind;   /* "intended", ..., "state", or a note's kind */
	char *name;   /* of the step; "" otherwise */
	char *node;   /* likewise */
	char *text;   /* detail, reason or note */
	uint32_t attempt;
};
int journal_run_lines(struct journal *journal, int64_t run_id, struct journal_line **lines,
	size_t *count, struct error *err);
void journal_lines_free(struct journal_line *lines, size_t count);

#endif
