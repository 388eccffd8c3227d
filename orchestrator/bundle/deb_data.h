/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the files of a Debian package those that its md5sums say? */
#ifndef ORCHESTRATOR_BUNDLE_DEB_DATA_H
#define ORCHESTRATOR_BUNDLE_DEB_DATA_H

#include "orchestrator/bundle/package.h"
#include "orchestrator/bundle/tarball.h"

/*
 * Reads all entries and compares their digests with md5sums (owned, taken; "" when the package has
 * none). A difference or a missing file is -EBADMSG; files that are not listed are told in
 * package's notes, but for conffiles, which older tools left out.
 */
int deb_data_check(struct tarball *data, char *md5sums, const char *conffiles,
	struct package *package, struct error *err);

#endif
