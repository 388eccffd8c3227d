/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages that a run replaced: which they are, and how they come back from the nodes. */
#ifndef ORCHESTRATOR_KEEP_PREVIOUS_H
#define ORCHESTRATOR_KEEP_PREVIOUS_H

#include "orchestrator/node/target.h"

enum {
	PREVIOUS_PACKAGES_MAX = 1024,
};

/* No more is fetched. */
#define PREVIOUS_BYTES_MAX (UINT64_C(8) << 30)

/* Labels (packager_label), each once; owned. Start as {0}. */
struct previous {
	char **labels;
	size_t count;
};

void previous_clear(struct previous *previous);
static inline void cleanup_previous(struct previous *previous)
{
	previous_clear(previous);
}

/*
 * The packages of the nodes' goals that are not installed on them now, by their newest facts, which
 * hold the packages; all of a node that has got packages and has not booted since. Pure. -EINVAL
 * when nodes had different versions of one package: no bundle brings both back.
 */
int previous_missing(const struct target *target, struct previous *previous, struct error *err);

/*
 * Is the run's bundle what the nodes' goals ask for? It has all that is missing, and nothing of it
 * in a version that no node had before. Pure. -EINVAL when it has another version, -ENOENT when it
 * lacks one.
 */
int previous_judge(const struct target *target, struct error *err);

/*
 * Makes the folder (which is made, and rid of other files) a bundle of these packages, fetched from
 * the nodes that keep them; digests are compared. What was fetched before is not fetched again.
 * A package that cannot be had from one node, or is damaged there, is fetched from the next.
 * -ENOENT when no node that could be asked keeps one of them; -EFBIG; -EBADMSG when it arrives as
 * something else; errors of link.h and of writing.
 */
int previous_fetch(const struct target *target, const struct previous *previous, const char *folder,
	struct error *err);

#endif
