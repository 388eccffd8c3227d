/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run has stopped and nobody serves: what is stopped is started. */
#ifndef ORCHESTRATOR_RUN_RESCUE_H
#define ORCHESTRATOR_RUN_RESCUE_H

#include "orchestrator/step/run_context.h"

/*
 * Looks at all nodes afresh. When none serves, e.g. because the primary died while its backup was
 * being upgraded, starts the profile's services where engine_guard_rescue lets it and no
 * installation is running (its deadline is waited for its end), and waits a while for one of the
 * nodes to serve: the cluster software decides which. What is done is in the journal before
 * (NOTE_START), and whole lines about it are appended to words. Nothing is done when the lease is
 * lost.
 */
void rescue_run(struct run_context *run, struct text *words);

#endif
