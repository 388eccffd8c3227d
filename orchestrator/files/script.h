/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What propagate runs on a node, as constant shell scripts: the set of files is staged, put in
 * place or put back there, and any of it may be cut short by a power failure.
 *
 * All is kept in ROOT (SCRIPT_ROOT): `lock` (flock, held while files are being replaced), `owner`
 * (who propagates: transaction, identity, words for people; touched by every step) and one folder
 * per transaction with
 *     list     per file: OWNER GROUP MODE TARGET
 *     new, old the files to come and those before, each under its whole path
 *     absent   targets that were not there before
 *     state    staged -> committing -> committed -> settled, or reverted
 * The state is written by rename and synced. `committing` is the intent: it is on the disk, and the
 * whole of old and new too, before the first target is replaced. `committed` says that this node
 * has the whole set, `settled` that every node has.
 *
 * Need a POSIX shell, GNU coreutils >= 8.24 (sync FILE) and flock. ROOT, and the transaction that
 * owns the node (LEASE), are always $1 and $2; a transaction is named [0-9A-Za-z._-]+.
 */
#ifndef ORCHESTRATOR_FILES_SCRIPT_H
#define ORCHESTRATOR_FILES_SCRIPT_H

#define SCRIPT_ROOT "/var/lib/haupgrade/files"
/* An owner that did nothing for so long has lost the node. Seconds. */
#define SCRIPT_LEASE_SECONDS 120

/*
 * Takes the node: $3 identity, $4 words for people. Prints "begun", or "held AGE WORDS" when
 * another identity owns it. The same identity is taken over at once: it cannot be alive. Waits for
 * a commit that is under way.
 */
extern const char script_begin[];
/* Prints what survey.h reads; needs no LEASE. From $3: targets, "--", services. */
extern const char script_look[];
/* Makes the folders for the uploads. From $3: targets. */
extern const char script_prepare[];
/* When all are uploaded. From $3: owner, group, mode, target of each file. */
extern const char script_stage[];
/* Puts the staged set in place. Once begun it ends as committed, or as reverted with status 1. */
extern const char script_commit[];
/* $3 transaction: puts back what it had replaced, and forgets it. */
extern const char script_revert[];
/* $3 transaction: every node has committed it; only the files before are kept. */
extern const char script_settle[];
/* Lets the node go; a set that was only staged is removed, and the folders of all jobs of
 * propagate. */
extern const char script_end[];
/* $@: a command. Prints what it says, then "status N" on a line; knows neither ROOT nor LEASE. */
extern const char script_check[];
/* From $3: services. Enables each at boot; whether it is then, script_look tells. */
extern const char script_enable[];
/* $1 a target: prints what is in it. */
extern const char script_read[];

#endif
