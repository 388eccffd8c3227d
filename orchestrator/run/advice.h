/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a stop: who serves, and how does one go on or back? */
#ifndef ORCHESTRATOR_RUN_ADVICE_H
#define ORCHESTRATOR_RUN_ADVICE_H

#include "orchestrator/journal/journal.h"
#include "orchestrator/step/run_context.h"

/* How the run ended. */
enum advice_end {
	ADVICE_STOPPED, /* it may be resumed */
	ADVICE_ABORTED,
};

struct advice {
	const char *run_name; /* borrowed */
	enum advice_end end;
	bool way_back; /* a rollback was found possible before the run began */
};

/*
 * Says, out of the nodes' newest facts, how the cluster stands and how to go on or back: whole
 * lines, appended to words.
 */
void advice_say(struct run_context *run, const struct advice *advice, struct text *words);

/*
 * Why a run that is done cannot be aborted, and why an aborted one's services are still down on
 * that many of its nodes (never of a first installation): with the way back or forward that a run
 * of its kind has. Both return error_set's.
 */
int advice_nothing_to_abort(const struct journal_record *record, struct error *err);
int advice_left_stopped(
	const struct journal_record *record, size_t stopped, size_t nodes, struct error *err);

#endif
