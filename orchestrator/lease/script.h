/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is run on a node for its lease, with flock and the usual commands of GNU coreutils or
 * busybox: script_lease_NAME is NAME.sh in this folder, and that says what it takes and prints. */
#ifndef ORCHESTRATOR_LEASE_SCRIPT_H
#define ORCHESTRATOR_LEASE_SCRIPT_H

extern const char script_lease_look[];
extern const char script_lease_take[];
extern const char script_lease_end[];

#endif
