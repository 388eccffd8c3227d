/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said of a run that a gate holds: why, and how it goes on. The words of maintenance
 * windows are cluster/window's. Pure.
 */
#ifndef ORCHESTRATOR_GATE_HELD_WORDS_H
#define ORCHESTRATOR_GATE_HELD_WORDS_H

#include "lib/base/error.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/plan/plan.h"

/* A pause point behind that step. */
void held_words_pause(
	const struct cluster *cluster, const struct step *last, int64_t run_id, struct error *err);
/* The question was for somebody at a terminal, and nobody is there. */
void held_words_nobody(const char *question, int64_t run_id, struct error *err);
/* Somebody was asked about that node, and did not say yes. */
void held_words_not_approved(const char *node, int64_t run_id, struct error *err);

#endif
