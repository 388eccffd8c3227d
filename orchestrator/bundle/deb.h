/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and checks a Debian package (deb(5)). */
#ifndef ORCHESTRATOR_BUNDLE_DEB_H
#define ORCHESTRATOR_BUNDLE_DEB_H

#include "orchestrator/bundle/package.h"

/*
 * package_read_descriptor for a Debian package whose first 8 bytes, STREAM_MAGIC_DEB, have been
 * read already. *package may hold parts of the result after a failure.
 */
int deb_read(int descriptor, const char *path, struct package *package, struct error *err);

#endif
