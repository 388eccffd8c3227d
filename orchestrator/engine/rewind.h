/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a run really goes on. The journal says what was believed when its process ended; since then
 * nodes may have lost power, got other packages, been started by somebody, or changed their
 * roles. What they say now decides. Pure.
 */
#ifndef ORCHESTRATOR_ENGINE_REWIND_H
#define ORCHESTRATOR_ENGINE_REWIND_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "orchestrator/plan/plan.h"
#include "orchestrator/plan/view.h"

/* A run's place in its plan. Plain data; begins as {0}. */
struct rewind_point {
	size_t step;   /* the first that is not done; the plan's count: none is left */
	bool intended; /* its intent is durable, so it may have been acted on */
	/* The journal has no event of this step or a later one: a new plan begins here at the
	 * earliest, for the events of one step must not be taken for those of another. */
	size_t untouched;
};

/* What an event in the journal says of its step. */
enum rewind_mark {
	REWIND_INTENDED,
	REWIND_DONE,
	REWIND_FAILED,	/* after its intent */
	REWIND_REFUSED, /* before it */
};

/*
 * Takes the journal's next event, oldest first. The newest alone says where the run was: steps are
 * taken one after the other, and what was done before a run went back counts no longer.
 */
void rewind_follow(struct rewind_point *point, size_t step, enum rewind_mark mark);

/* What is known now. Plain data. */
struct rewind_facts {
	struct cluster_view view;
	/* The node has not booted since it was told to reboot: false when that is not known. */
	bool same_boot[PLAN_NODES_MAX];
	/* A first installation: every node has the files as they shall be. */
	bool files_ready;
};

/* Where to go on, and why it is not where the journal stands. Plain data. */
struct rewind {
	struct rewind_point point;
	/*
	 * The roles moved by themselves, or a finished node needs work again: what is left is
	 * planned anew. plan then has the steps up to point as they were, done or not, and from
	 * point on those to come.
	 */
	bool replanned;
	struct plan plan;
	char reason[128]; /* "" when it goes on where the journal stands */
	int node;	  /* of which the reason speaks, or PLAN_NO_NODE */
};

/*
 * A first installation goes back to the first node that lacks packages; while nobody takes part in
 * serving, to the files where they are not as here, and to the stop of the first whose services run
 * with others; or, behind the files, to the first whose services do not run; or, where one serves
 * already and nothing is missing anywhere, on to the starting of the others. Its plan stays as it
 * is.
 *
 * -ENOSPC with the reason when a new plan has no room left (point and plan are set as without it).
 */
int rewind_find(enum plan_kind kind, const struct plan *plan, const struct rewind_point *point,
	const struct rewind_facts *facts, struct rewind *rewind, struct error *err);

#endif
