/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What propagate runs on a node, as constant shell scripts: the set of files is staged, put in
 * place or put back there, and any of it may be cut short by a power failure.
 *
 * All is kept in ROOT (SCRIPT_ROOT): one folder per transaction with
 *     list     per file: OWNER GROUP MODE TARGET
 *     new, old the files to come and those before, each under its whole path
 *     absent   targets that were not there before
 *     state    staged -> committing -> committed -> settled, or reverted
 * The state is written by rename and synced. `committing` is the intent: it is on the disk, and the
 * whole of old and new too, before the first target is replaced. `committed` says that this node
 * has the whole set, `settled` that every node has.
 *
 * What changes anything does so under the lock of the node's lease (ROOT/../lease.lock), from its
 * first word to its last, and only while the lease there has TOKEN: it is the one fence between
 * those who work on a node. A job that its dead process has left behind keeps the next one from the
 * lease until it ends.
 *
 * Need a POSIX shell, GNU coreutils >= 8.24 (sync FILE) and flock. ROOT, the transaction and TOKEN
 * are always $1 to $3; a transaction is named [0-9A-Za-z._-]+.
 */
#ifndef ORCHESTRATOR_FILES_SCRIPT_H
#define ORCHESTRATOR_FILES_SCRIPT_H

#define SCRIPT_ROOT "/var/lib/haupgrade/files"

/* Makes ROOT. */
extern const char script_begin[];
/* Prints what survey.h reads; its TOKEN may be "". From $4: targets, "--", services. */
extern const char script_look[];
/* Makes the folders for the uploads. From $4: targets. */
extern const char script_prepare[];
/* When all are uploaded. From $4: owner, group, mode, target of each file. */
extern const char script_stage[];
/* Puts the staged set in place. Once begun it ends as committed, or as reverted with status 1. */
extern const char script_commit[];
/* $4 transaction: puts back what it had replaced, and forgets it. */
extern const char script_revert[];
/* $4 transaction: every node has committed it; only the files before are kept. */
extern const char script_settle[];
/* A set that was only staged is removed, and the folders of all jobs of propagate. */
extern const char script_end[];
/* $@: a command. Prints what it says, then "status N" on a line; knows none of ROOT and the others.
 */
extern const char script_check[];
/* From $4: services. Enables each at boot; whether it is then, script_look tells. */
extern const char script_enable[];
/* $1 a target: prints what is in it. */
extern const char script_read[];

#endif
