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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/plan/plan.h"

/* Kept in the file (PRAGMA user_version). */
#define JOURNAL_SCHEMA_VERSION 2

/* A SHA-256 in lower-case hexadecimal digits, and its terminator. */
#define JOURNAL_HASH_SIZE 65

struct journal;

/* Opens or makes the journal in folder, which is made with mode 0700 when missing. */
int journal_open(const char *folder, struct journal **journal, struct error *err);
void journal_free(struct journal *journal);
CLEANUP_DEFINE(journal);

enum journal_state {
	JOURNAL_RUNNING, /* a process works on it, or died doing so: see journal/lock.h */
	JOURNAL_STOPPED, /* safely; may be resumed */
	JOURNAL_DONE,
	JOURNAL_FAILED,	     /* to be read, if it is ever met; haupgrade writes JOURNAL_STOPPED */
	JOURNAL_ABORTED,     /* ended by the operator; not to be resumed */
	JOURNAL_ROLLED_BACK, /* a rollback of it is done */
	JOURNAL_STATE_COUNT
};

enum journal_kind {
	JOURNAL_INTENDED, /* perhaps begun: observe before acting */
	JOURNAL_STEP_DONE,
	JOURNAL_STEP_FAILED,
	JOURNAL_REFUSED, /* not begun, for a reason in the detail */
};

/* "running", "stopped", "done", "failed", "aborted", "rolled-back". */
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
	enum plan_kind kind;
	int64_t of_run;	     /* the run that this one is a rollback of; 0: none */
	const char *options; /* JSON object: waivers, on-failure, previous, ... */
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

/* What is beside the steps; kind and text are those of journal/note.h. */
int journal_note(struct journal *journal, int64_t run_id, const char *kind, const char *text,
	struct error *err);
/* Several at once, all or none: the disk is waited for once. */
struct journal_words {
	const char *kind;
	const char *text;
};
int journal_notes(struct journal *journal, int64_t run_id, const struct journal_words *notes,
	size_t count, struct error *err);

struct journal_record;

/*
 * Asks the process that works on the run, or will, for something: "abort". who: user@host. Any
 * process that has the journal open may ask.
 */
int journal_request(struct journal *journal, int64_t run_id, const char *what, const char *who,
	struct error *err);
/*
 * Whether that was asked since the run began or was last resumed. *who, when not NULL, is owned,
 * and NULL when it was not asked. 0, or what reading failed with.
 */
int journal_requested(struct journal *journal, int64_t run_id, const char *what, bool *asked,
	char **who, struct error *err);
/*
 * Who asked for it since the record of the run was loaded, wherever the run has got to; *who is
 * owned, NULL: nobody. For a process that goes on with a run: between its lock and its "running"
 * lie minutes, in which the request is meant for it.
 */
int journal_requested_since(struct journal *journal, const struct journal_record *record,
	const char *what, char **who, struct error *err);

/* The newest event of one step. Owned by its record. */
struct journal_step {
	uint32_t step;
	uint32_t attempt;
	enum journal_kind kind;
	char *name;
	char *node;
	char *detail;
	uint64_t wall_us;
	/* When the process that wrote it first intended the step; 0: it did not. A step that a gate
	 * held, or that an earlier process had begun, has older events, which are not counted. */
	uint64_t begun_wall_us;
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
	char *plan; /* "" in a list */
	enum plan_kind kind;
	int64_t of_run;		      /* 0: none */
	char *options;		      /* JSON; "" in a run begun by a haupgrade that had none */
	char seal[JOURNAL_HASH_SIZE]; /* the newest line's hash: see journal_chain */
	struct journal_step *steps;   /* by step index; only steps with events; none in a list */
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

/* The highest number that was ever given to a run, also one taken out of the journal since; 0:
 * none. */
int journal_highest_run(struct journal *journal, int64_t *run_id, struct error *err);

/* Newest first, at most limit (0: 100). *records is owned: journal_list_free. */
int journal_run_list(struct journal *journal, const char *cluster, size_t limit,
	struct journal_record **records, size_t *count, struct error *err);
void journal_list_free(struct journal_record *records, size_t count);

enum journal_line_type {
	JOURNAL_LINE_STEP,
	JOURNAL_LINE_STATE,
	JOURNAL_LINE_NOTE,
	JOURNAL_LINE_REQUEST
};

/* Everything that was written of a run, in the order of writing, for reports. */
struct journal_line {
	enum journal_line_type type;
	uint64_t wall_us;
	int64_t step; /* -1: no event of a step */
	char *kind;   /* "intended", ..., "state", "request", or a note's kind */
	char *name;   /* of the step; "" otherwise */
	char *node;   /* likewise */
	char *text;   /* detail, "STATE: reason", "abort: who", or note */
	uint32_t attempt;
	char hash[JOURNAL_HASH_SIZE];
};
int journal_run_lines(struct journal *journal, int64_t run_id, struct journal_line **lines,
	size_t *count, struct error *err);
void journal_lines_free(struct journal_line *lines, size_t count);

/*
 * Every line of a run carries SHA-256(hash of the line before, its fields), the first one that of
 * the run's own row, and the run keeps count and hash of the newest line, its seal. What a tool for
 * SQLite changed afterwards shows; a forger who computes all hashes anew is found out by a seal
 * that was written down elsewhere, as each report and the end of each run show it.
 */
struct journal_chain {
	bool intact;
	size_t line_count;
	size_t wrong_line; /* the first wrong one, counted from 1; 0: none, or the run's own row */
	/* Lines written by a haupgrade without hashes were given theirs when the journal was
	 * brought to this format: unaltered since then is all that is known. */
	bool late;
	char seal[JOURNAL_HASH_SIZE];
	char text[256]; /* the finding in words, e.g. "line 12 was edited" */
};

/* All that the journal has of a run, as it was at one moment: another process may be writing, and
 * lines, seal and chain belong together. Start as {0}; release with journal_account_clear. */
struct journal_account {
	struct journal_record record;
	struct journal_line *lines;
	size_t line_count;
	struct journal_chain chain;
};
/* run_id 0: the newest run. 0 also when the chain is broken. */
int journal_run_account(struct journal *journal, int64_t run_id, struct journal_account *account,
	struct error *err);
void journal_account_clear(struct journal_account *account);
static inline void cleanup_journal_account(struct journal_account *account)
{
	journal_account_clear(account);
}

#endif
