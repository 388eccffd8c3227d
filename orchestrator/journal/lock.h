/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only one haupgrade process works on a cluster at a time on this machine. */
#ifndef ORCHESTRATOR_JOURNAL_LOCK_H
#define ORCHESTRATOR_JOURNAL_LOCK_H

#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

struct lock;

/*
 * Takes FOLDER/CLUSTER.lock (folder is made with mode 0700 when missing) by flock, and writes the
 * process id in it for people. The kernel lets go when the process ends, however it ends; the
 * file stays. cluster: letters, digits, '.', '_', '-', not starting with '.', at most 64.
 * -EBUSY with the holder's process id in the message; -EINVAL for the name.
 * The lock goes with the process: a fork shares it, an exec does not.
 */
int lock_take(const char *folder, const char *cluster, struct lock **lock, struct error *err);
/* Says which run of the journal the process works on, for whoever wants that one ended. */
void lock_name_run(const struct lock *lock, int64_t run_id);

/* Who holds it, or held it last, as it says in the file; 0: not known, or none yet. */
struct lock_holder {
	int64_t process;
	int64_t run_id;
};
struct lock_holder lock_holder(const char *folder, const char *cluster);
/* Lets go. NULL is legal. */
void lock_free(struct lock *lock);
CLEANUP_DEFINE(lock);

#endif
