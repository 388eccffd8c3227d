/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of a journal, and the way from those of an older one. For this room. */
#ifndef ORCHESTRATOR_JOURNAL_SCHEMA_H
#define ORCHESTRATOR_JOURNAL_SCHEMA_H

#include "orchestrator/journal/database.h"

/* "haup": tells our files from those of other programs (PRAGMA application_id). */
#define SCHEMA_APPLICATION_ID 0x68617570

/* Both inside a transaction of the caller's. */
int schema_make(const struct journal *journal, struct error *err);
/* From format 1 to JOURNAL_SCHEMA_VERSION; all that was written stays, and is given its hashes. */
int schema_migrate(const struct journal *journal, struct error *err);

/* The fields of a line that its hash is made of, behind the hash before. */
#define SCHEMA_LINE_FIELDS " run, place, wall_us, type, step, kind, name, node, attempt, detail"
/* Those of a run. */
#define SCHEMA_RUN_FIELDS                                                                \
	" id, begun_us, cluster, cluster_file, bundle, bundle_digest, profile, invoker," \
	" pid, plan, kind, of_run, options, late"

/* Gives the run ?1 its hash, with which its chain begins. */
#define SCHEMA_SEAL_RUN                                                            \
	"UPDATE run SET lines = 0, (hash, head) = (SELECT made, made FROM (SELECT" \
	" chain(''," SCHEMA_RUN_FIELDS ") AS made)) WHERE id = ?1"
/* Hangs the newest line of the run ?1 into it. */
#define SCHEMA_SEAL_LINE                                                              \
	"UPDATE run SET (lines, head) = (SELECT place, hash FROM line WHERE run = ?1" \
	" AND place = run.lines + 1) WHERE id = ?1"

#endif
