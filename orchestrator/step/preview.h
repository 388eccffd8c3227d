/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bundle would change on the nodes of a cluster; nothing is changed to find out. */
#ifndef ORCHESTRATOR_STEP_PREVIEW_H
#define ORCHESTRATOR_STEP_PREVIEW_H

#include "orchestrator/node/target.h"

enum preview_change {
	PREVIEW_NEW,		/* it is not installed there */
	PREVIEW_UPGRADE,	/* an older version is */
	PREVIEW_SAME,		/* that version is */
	PREVIEW_DOWNGRADE,	/* a newer version is */
	PREVIEW_OTHER_MACHINE,	/* the node cannot install its architecture */
	PREVIEW_OTHER_PACKAGER, /* the node's package manager is for other packages */
};

struct preview_package {
	char *name;
	char *evr;
	char *arch;
};

/* One node's answer. Start as {0}; release with preview_clear. */
struct preview {
	char *machine; /* NULL: it did not answer */
	struct preview_package *packages;
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
int preview_ask(const struct target *target, struct preview *answers, struct error *errors,
	struct error *err);
void preview_clear(struct preview *answer);

/*
 * Reads what a node said. Pure; -EPROTO when it is not an answer, *answer is untouched then.
 */
int preview_parse(const char *output, size_t length, struct preview *answer, struct error *err);

/* installed gets the version that decided, borrowed, or NULL. Pure. */
enum preview_change preview_judge(const struct preview *answer, enum package_format format,
	const struct package *package, const char **installed);

/* "new", "upgrade", "same", "downgrade", "other machine", "other packager". */
const char *preview_change_name(enum preview_change change);
/* Whether the change stands in the way of the bundle's use. */
bool preview_change_hinders(enum preview_change change);

#endif
