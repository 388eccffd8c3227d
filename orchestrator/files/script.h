/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What propagate runs on a node: the set of files is staged, put in place or put back there, and
 * any of it may be cut short by a power failure. script_files_NAME is NAME.sh in this folder, and
 * that says what it takes and prints.
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

extern const char script_files_begin[];
extern const char script_files_look[];
extern const char script_files_prepare[];
extern const char script_files_stage[];
extern const char script_files_commit[];
extern const char script_files_revert[];
extern const char script_files_settle[];
extern const char script_files_end[];
extern const char script_files_check[];
extern const char script_files_enable[];
extern const char script_files_read[];

#endif
