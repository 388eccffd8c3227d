/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preflight: all that must be true before a run, found out without changing anything on a node. */
#ifndef ORCHESTRATOR_CHECK_PREFLIGHT_H
#define ORCHESTRATOR_CHECK_PREFLIGHT_H

#include "orchestrator/check/waiver.h"
#include "orchestrator/journal/journal.h"
#include "orchestrator/lease/lease.h"
#include "orchestrator/node/target.h"
#include "orchestrator/probe/probe.h"

/* What the caller knows and wants; {0} is fine. All borrowed. */
struct preflight_wishes {
	const struct waivers *waivers;
	/* The packages that nobody vouches for are a failure, not a warning. */
	bool require_signatures;
	/* Where earlier runs of this cluster are looked for; NULL: not looked at. */
	struct journal *journal;
	/* The run must be able to go back: way-back is a failure, not a warning. */
	bool way_back;
	/* The run that goes on: it is no previous run of its own. 0: none. */
	int64_t run_id;
	struct probe *probe; /* NULL: nobody asks from outside */
	struct lease *lease; /* that the run holds already, or NULL */
	/* Ours, while this process has the lock that proves dead whoever left a lease with it; or
	 * NULL. */
	const char *lease_identity;
};

/*
 * Looks at all nodes without changing anything on them. Every check's outcome goes into checks; 0
 * when none failed but what was waived, else -EPERM with the first failure. Afterwards the nodes'
 * facts are fresh. target says what is meant: fresh, rollback. wishes may be NULL.
 */
int preflight(const struct target *target, const struct preflight_wishes *wishes,
	struct checks *checks, struct error *err);

#endif
