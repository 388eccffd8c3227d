/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is run on a node for its lease, as constant POSIX shell scripts. They need flock and GNU
 * coreutils' or busybox's usual commands. $1 is LEASE_FOLDER, $2 a token. Answers are text.h's.
 */
#ifndef ORCHESTRATOR_LEASE_SCRIPT_H
#define ORCHESTRATOR_LEASE_SCRIPT_H

/* Prints what is there, changing nothing. Needs no token. */
extern const char script_lease_look[];
/*
 * Atomically takes or renews it: when there is none, when it is ours, when its token is $3 (the one
 * inherited; "" none), or when it ran out $4 seconds ago. One that cannot be read as text.h says is
 * somebody else's. With $5 "renew" it is renewed when it is ours, and else left alone: one of
 * another token that ran out, or none, says that somebody has been here meanwhile. Who slept
 * through another's whole run would otherwise bring its own lease back and go on with an old plan.
 * $6 to $10: identity, owner, purpose, cluster, heir. Prints "taken", or what is there.
 */
extern const char script_lease_take[];
/* Removes it if it is ours. */
extern const char script_lease_end[];

#endif
