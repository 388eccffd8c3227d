/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bundle would change on the nodes of a cluster; nothing is changed to find out. */
#ifndef ORCHESTRATOR_STEP_AGAINST_H
#define ORCHESTRATOR_STEP_AGAINST_H

#include "orchestrator/node/target.h"

enum against_change {
	AGAINST_NEW,		/* it is not installed there */
	AGAINST_UPGRADE,	/* an older version is */
	AGAINST_SAME,		/* that version is */
	AGAINST_DOWNGRADE,	/* a newer version is */
	AGAINST_OTHER_MACHINE,	/* the node cannot install its architecture */
	AGAINST_OTHER_PACKAGER, /* the node's package manager is for other packages */
};

struct against_package {
	char *name;
	char *evr;
	char *arch;
};

/* One node's answer. Start as {0}; release with against_clear. */
struct against {
	char *machine; /* NULL: it did not answer */
	struct against_package *packages;
	size_t count;
	/* Its package manager's own test of what would be installed or upgraded: whether it was
	 * made, and what it said against it ("" when nothing). */
	bool is_tested;
	struct error trouble;
};

/*
 * Asks every node of the run about the packages of its bundle and has its package manager test the
 * transaction. answers and errors: one per node. 0, or the first node's error.
 */
int against_ask(const struct target *target, struct against *answers, struct error *errors,
	struct error *err);
void against_clear(struct against *answer);

/*
 * Reads what a node said. Pure; -EPROTO when it is not an answer, *answer is untouched then.
 */
int against_parse(const char *output, size_t length, struct against *answer, struct error *err);

/* installed gets the version that decided, borrowed, or NULL. Pure. */
enum against_change against_judge(const struct against *answer, enum package_format format,
	const struct package *package, const char **installed);

/* "new", "upgrade", "same", "downgrade", "other machine", "other packager". */
const char *against_change_name(enum against_change change);
/* Whether the change stands in the way of the bundle's use. */
bool against_change_hinders(enum against_change change);

#endif
