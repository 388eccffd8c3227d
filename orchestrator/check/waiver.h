/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --waive: which checks the operator has taken upon himself for one run, and why. Pure. */
#ifndef ORCHESTRATOR_CHECK_WAIVER_H
#define ORCHESTRATOR_CHECK_WAIVER_H

#include "orchestrator/check/check.h"

/* A check that the operator has taken upon himself for one run. Plain data, reason borrowed. */
struct waiver {
	enum check_kind kind;
	const char *reason;
};

/* At most one for each check. */
struct waivers {
	struct waiver items[CHECK_KIND_COUNT];
	size_t count;
};

/*
 * Takes "NAME=REASON", which stays borrowed. -EINVAL: no reason, no such check (the message lists
 * those that can be waived), one that cannot be waived, or one that was waived already.
 */
int waiver_take(struct waivers *waivers, const char *words, struct error *err);

/* Marks what failed and was waived. waivers may be NULL. */
void waiver_apply(struct checks *checks, const struct waivers *waivers);

#endif
