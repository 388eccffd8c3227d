/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going back: what the command rollback, a resumed rollback and --on-failure have in common. */
#ifndef ORCHESTRATOR_COMMAND_ROLLBACK_H
#define ORCHESTRATOR_COMMAND_ROLLBACK_H

#include "orchestrator/command/conduct.h"

/* What a rollback of of_run wants. */
struct conduct_wish rollback_wish(int64_t of_run);

/*
 * Turns the run, whose cluster is loaded, into one that goes back from that run: the versions
 * before it become the nodes' goals. An exit status; all is told.
 */
int rollback_arm(struct conduct *conduct, int64_t of_run);

/* Writes down that of_run was taken back by the run that has just ended well. */
void rollback_done(struct conduct *conduct, int64_t of_run);

/*
 * After an upgrade that ended with status: if it failed and is to be rolled back, clears conduct
 * and does so in a run of its own, without asking. The exit status: never EXIT_DONE for an upgrade
 * that failed.
 */
int rollback_if_failed(struct conduct *conduct, int status);

#endif
