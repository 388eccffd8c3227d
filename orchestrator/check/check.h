/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The named checks before a run: what each looks at, and what came out. Pure. */
#ifndef ORCHESTRATOR_CHECK_CHECK_H
#define ORCHESTRATOR_CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

/* In the order they are looked at. The names are in scripts, journals and --waive. */
enum check_kind {
	CHECK_PACKAGES,
	CHECK_SIGNATURES,
	CHECK_PREVIOUS_RUN,
	CHECK_REACHABLE,
	CHECK_PRIVILEGE,
	CHECK_LEASE,
	CHECK_CONDITION,
	CHECK_CLOCK_SKEW,
	CHECK_SERVICES,
	CHECK_ROLE,
	CHECK_VERSIONS,
	CHECK_ONE_PRIMARY,
	CHECK_FLOATING_IP,
	CHECK_BACKUP_READY,
	CHECK_SPACE_VAR,
	CHECK_SPACE_BOOT,
	CHECK_SPACE_DATABASE,
	CHECK_PENDING_TRANSACTIONS,
	CHECK_LEFTOVER_JOBS,
	CHECK_UNITS,
	CHECK_BOOT_SERVICES,
	CHECK_REBOOT_PENDING,
	CHECK_CONFIG_DRIFT,
	CHECK_SERVICE,
	CHECK_TRANSACTION,
	CHECK_WAY_BACK,
	CHECK_KIND_COUNT,
};

enum check_outcome {
	CHECK_PASS,
	CHECK_WARN,	/* worth knowing; it does not stand in the way */
	CHECK_FAIL,	/* a run must not begin, unless waived */
	CHECK_UNLOOKED, /* not looked at, for the reason in text */
};

/* "one-primary"; constant. */
const char *check_name(enum check_kind kind);
/* CHECK_KIND_COUNT when no check has that name. */
enum check_kind check_find(const char *name);
/*
 * Why nobody can take the check upon himself (waiver.h); NULL: it may be waived. Constant.
 */
const char *check_firm(enum check_kind kind);
/* "pass", "warn", "fail", "skipped". */
const char *check_outcome_name(enum check_outcome outcome);

/* One outcome. Plain data, strings owned. */
struct check {
	enum check_kind kind;
	int node; /* or PLAN_NO_NODE: the cluster as a whole */
	enum check_outcome outcome;
	char *text;    /* what was found, and why that matters */
	char *fix;     /* what to do about it, with the command; "" when it passed */
	char *command; /* what was asked, in short; "" for what needed no question */
	char *answer;  /* what the node said, printable, at most CHECK_ANSWER_MAX bytes; "" */
	char *waived;  /* the reason given with --waive; NULL: not waived */
};

enum { CHECK_ANSWER_MAX = 2000 };

/* Start as {0}; release with checks_clear. */
struct checks {
	struct check *items;
	size_t count;
	bool way_back_known; /* it was looked for: */
	bool way_back;	     /* the way back was found and tested */
};

void checks_clear(struct checks *checks);
static inline void cleanup_checks(struct checks *checks)
{
	checks_clear(checks);
}

/* Adds one; the pointer is good until the next is added. */
struct check *checks_add(struct checks *checks, enum check_kind kind, int node,
	enum check_outcome outcome, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* What to do about it. */
void check_fix(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What was asked and what the node said, which may hold anything; answer may be NULL. */
void check_evidence(struct check *check, const char *command, const char *answer);

/* Nothing failed but what was waived. */
bool checks_passed(const struct checks *checks);
/* The first that failed and was not waived, or NULL. */
const struct check *checks_first_failure(const struct checks *checks);
size_t checks_count(const struct checks *checks, enum check_outcome outcome);

#endif
