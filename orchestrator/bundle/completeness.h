/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the packages of a bundle belong together, and is one of them missing? Pure. */
#ifndef ORCHESTRATOR_BUNDLE_COMPLETENESS_H
#define ORCHESTRATOR_BUNDLE_COMPLETENESS_H

#include "orchestrator/bundle/bundle.h"

/*
 * Adds what there is to say: a package twice or in two versions, packages of one source in several
 * versions, of several formats or architectures that no node can install together, a requirement
 * that a package of the bundle should meet and does not; and what was odd about a file. Damaged
 * packages are left out.
 */
void completeness_check(const struct bundle *bundle, struct bundle_findings *findings);

/*
 * Whether a machine of that architecture (uname -m or dpkg --print-architecture) can install a
 * package of the other; "noarch" and "all" go everywhere, 32-bit x86 goes on 64-bit x86.
 */
bool completeness_fits(const char *machine, const char *arch);

#endif
